package dev.slipway.release.insight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.startsWith;

import dev.slipway.devstack.testing.InfrastructureResource;
import dev.slipway.release.Api;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How well releasing goes, asked over HTTP, of releases that went through Kafka and PostgreSQL. */
@QuarkusTest
@QuarkusTestResource(InfrastructureResource.class)
class InsightResourceTest {

    private static final String PLAN = """
            phases:
              - name: migration
                steps: [ { name: backup, await: { event: BackupDone } } ]
            rollback: { steps: [ { name: revert, await: { event: Reverted } } ] }
            """;

    @Test
    void releasesThatEndAreCounted() {
        // Given: one whose commit is an hour old, one whose commit nobody told, one that is rolled back, one aborted
        var application = Api.application();
        Api.store(application, PLAN);
        String first = Api.call()
                .body(Map.of(
                        "application",
                        application,
                        "environment",
                        "staging",
                        "version",
                        "1",
                        "committedAt",
                        Instant.now().minus(Duration.ofHours(1)).toString()))
                .post("/api/v1/releases")
                .path("id");
        Api.report(first, "BackupDone");
        Api.awaitState(first, "SUCCEEDED");
        var second = Api.ask(application, "2");
        Api.report(second, "BackupDone");
        Api.awaitState(second, "SUCCEEDED");
        var third = Api.ask(application, "3");
        Api.awaitStep(third, "migration.backup", "WAITING");
        Api.act(third, "rollback", "{}").then().statusCode(202);
        Api.awaitStep(third, "rollback.revert", "WAITING");
        Api.report(third, "Reverted");
        Api.awaitState(third, "ROLLED_BACK");
        var fourth = Api.ask(application, "4");
        Api.act(fourth, "abort", "{}").then().statusCode(202);
        Api.awaitState(fourth, "ABORTED");

        // When
        var report = Api.call()
                .queryParam("application", application)
                .queryParam("environment", "staging")
                .queryParam("window", "1d")
                .get("/api/v1/insights");

        // Then
        report.then()
                .statusCode(200)
                .body("items", hasSize(1))
                .body("items[0].application", equalTo(application))
                .body("items[0].environment", equalTo("staging"))
                .body("items[0].releases.succeeded", equalTo(2))
                .body("items[0].releases.rolledBack", equalTo(1))
                .body("items[0].releases.aborted", equalTo(1))
                .body("items[0].deploymentFrequency.perDay", equalTo(3.0f))
                .body("items[0].leadTime.releases", equalTo(2))
                .body("items[0].leadTime.fromRequest", equalTo(1))
                .body("items[0].changeFailureRate.failures", equalTo(1))
                .body("items[0].changeFailureRate.of", equalTo(3))
                .body("items[0].timeToRestore.restored", equalTo(1));
        assertThat(report.jsonPath().getDouble("items[0].leadTime.p90Seconds")).isBetween(3_000.0, 3_700.0);
        assertThat(report.jsonPath().getDouble("items[0].timeToRestore.medianSeconds"))
                .isBetween(0.0, 60.0);
    }

    @ParameterizedTest
    @CsvSource({
        "limit=1, 2592000",
        "window=12h, 43200",
        "window=1h30m, 5400",
        "to=2026-03-01T00:00:00Z, 2592000",
        "to=2026-03-01T00:00:00Z&window=7d, 604800",
        "from=2026-02-01T00:00:00Z&to=2026-02-02T00:00:00Z, 86400"
    })
    void aTimeIsGivenByItsEndsOrItsLength(String query, long seconds) {
        // When
        var report = Api.call().get("/api/v1/insights?" + query).jsonPath();

        // Then
        var length = Duration.between(Instant.parse(report.getString("from")), Instant.parse(report.getString("to")));
        assertThat(length).hasSeconds(seconds);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "from=2026-02-02T00:00:00Z&to=2026-02-01T00:00:00Z | 'from' must be before 'to'",
                "from=2999-01-01T00:00:00Z | 'from' must be before 'to'",
                "from=2026-02-02T00:00:00Z&window=7d | 'from' and 'window' say the same",
                "from=+1000000000-12-31T23:59:59Z | 'from' must be a time",
                "to=x | 'to' must be a time",
                "window=0s | 'window' must be a duration of up to 36500d",
                "window=999999d | 'window' must be a duration of up to 36500d",
                "window=99999999999d | 'window' must be a duration of up to 36500d",
                "window=month | 'window' must be a duration of up to 36500d",
                "limit=abc | 'limit' must be a whole number from 1 to 200",
                "cursor=x | 'cursor' must be one that a page gave as 'next'",
                "application=%00 | 'application' must have 1 to 200 characters",
            })
    void whatIsNoTimeIsRefused(String query, String detail) {
        Api.call()
                .urlEncodingEnabled(false)
                .get("/api/v1/insights?" + query)
                .then()
                .statusCode(400)
                .body("detail", startsWith(detail));
    }

    @Test
    void nobodyIsToldWithoutAToken() {
        RestAssured.given().get("/api/v1/insights").then().statusCode(401);
    }
}
