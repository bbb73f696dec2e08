package dev.slipway.release.status;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.startsWith;

import dev.slipway.devstack.testing.Infrastructure;
import dev.slipway.devstack.testing.InfrastructureResource;
import dev.slipway.release.Api;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is shown of releases. */
@QuarkusTest
@QuarkusTestResource(InfrastructureResource.class)
class StatusTest {

    private static final String AWAITS = """
            phases:
              - name: migration
                steps:
                  - { name: backup, await: { event: BackupDone, timeout: 30m } }
                  - { name: upgrade, await: { event: MigrationDone } }
            rollback: { steps: [ { name: revert, await: { event: Reverted } } ] }
            """;

    @TestHTTPResource
    URI service;

    // ---- the status ----

    @Test
    void theStatusSaysWhatIsAwaitedSinceWhenUntilWhenAndWhatThen() {
        // When
        var id = Api.release(Api.application(), AWAITS);
        Api.awaitStep(id, "migration.backup", "WAITING");

        // Then
        Api.call()
                .get("/api/v1/releases/" + id)
                .then()
                .body("state", equalTo("RUNNING"))
                .body("phases[0].state", equalTo("WAITING"))
                .body("phases[0].startedAt", notNullValue())
                .body("phases[0].steps[1].state", equalTo("PENDING"))
                .body("phases[0].steps[1].startedAt", nullValue())
                .body("waitingFor", hasSize(1))
                .body("waitingFor[0].step", equalTo("migration.backup"))
                .body("waitingFor[0].what", equalTo("the event BackupDone"))
                .body("waitingFor[0].since", notNullValue())
                .body("waitingFor[0].until", notNullValue())
                .body("waitingFor[0].then", equalTo("the step times out, and the release fails"))
                .body("rollback", nullValue());
    }

    @Test
    void thePhasesOfAReleaseThatWentBackSayHowFarTheyCame() {
        // Given
        var id = Api.release(Api.application(), AWAITS);
        Api.report(id, "BackupDone");
        Api.awaitStep(id, "migration.upgrade", "WAITING");

        // When
        Api.act(id, "rollback", Map.of("reason", "customers complain")).then().statusCode(202);

        // Then
        Api.awaitStep(id, "rollback.revert", "WAITING");
        Api.call()
                .get("/api/v1/releases/" + id)
                .then()
                .body("state", equalTo("ROLLING_BACK"))
                .body("phases", hasSize(1))
                .body("phases[0].state", equalTo("CANCELLED"))
                .body("phases[0].steps[0].state", equalTo("SUCCEEDED"))
                .body("rollback.reason", equalTo("customers complain"))
                .body("rollback.until", notNullValue());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/journal", "/stream"})
    void aReleaseThatIsNotThereIsNotFound(String what) {
        Api.call()
                .get("/api/v1/releases/%s%s".formatted(UUID.randomUUID(), what))
                .then()
                .statusCode(404);
        Api.call().get("/api/v1/releases/latest" + what).then().statusCode(404);
    }

    // ---- lists ----

    @Test
    void releasesAreListedTheNewestFirstPageByPage() {
        // Given
        var application = Api.application();
        Api.store(application, AWAITS);
        var ids = new ArrayList<String>();
        for (var version : List.of("1", "2", "3", "4", "5")) {
            ids.addFirst(Api.ask(application, version));
        }

        // When
        var listed = new ArrayList<String>();
        var cursor = "";
        while (cursor != null) {
            var request = Api.call().queryParam("application", application).queryParam("limit", 2);
            var page = (cursor.isEmpty() ? request : request.queryParam("cursor", cursor))
                    .get("/api/v1/releases")
                    .jsonPath();
            listed.addAll(page.getList("items.id"));
            cursor = page.getString("next");
        }

        // Then
        assertThat(listed).isEqualTo(ids);
    }

    @Test
    void releasesAreListedByStateAndEnvironment() {
        // Given
        var application = Api.application();
        var first = Api.release(application, AWAITS);
        Api.awaitState(first, "RUNNING");
        var second = Api.ask(application, "2");

        // Then
        assertThat(listed(application, "state", "RUNNING")).containsExactly(first);
        assertThat(listed(application, "state", "QUEUED")).containsExactly(second);
        assertThat(listed(application, "state", "FAILED")).isEmpty();
        assertThat(listed(application, "environment", "staging")).containsExactly(second, first);
        assertThat(listed(application, "environment", "production")).isEmpty();
    }

    private static List<String> listed(String application, String name, String value) {
        return Api.call()
                .queryParam("application", application)
                .queryParam(name, value)
                .get("/api/v1/releases")
                .jsonPath()
                .getList("items.id");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "limit=0 | 'limit' must be a whole number from 1 to 200",
                "limit=201 | 'limit' must be a whole number from 1 to 200",
                "limit=x | 'limit' must be a whole number from 1 to 200",
                "state=running | 'running' is not a state; there are: [QUEUED, RUNNING",
                "cursor=x | 'cursor' is not one that a page gave as 'next'",
            })
    void aWrongFilterIsRefused(String query, String detail) {
        Api.call()
                .get("/api/v1/releases?" + query)
                .then()
                .statusCode(400)
                .contentType("application/problem+json")
                .body("detail", startsWith(detail));
    }

    @Test
    void theJournalIsReadPageByPageTheOldestFirst() {
        // Given
        var id = Api.release(Api.application(), AWAITS);
        Api.report(id, "BackupDone");
        Api.report(id, "MigrationDone");
        Api.awaitState(id, "SUCCEEDED");
        var address = "/api/v1/releases/%s/journal".formatted(id);

        // When
        var first = Api.call().queryParam("limit", 2).get(address).jsonPath();
        var second = Api.call()
                .queryParam("limit", 2)
                .queryParam("cursor", first.getString("next"))
                .get(address)
                .jsonPath();

        // Then
        assertThat(first.getList("items.seq")).isEqualTo(List.of(1, 2));
        assertThat(second.getList("items.seq")).isEqualTo(List.of(3));
        assertThat(second.getString("next")).isNull();
        assertThat(first.getString("items[0].input.input")).isEqualTo("TurnCame");
        assertThat(first.getString("items[1].input.event")).isEqualTo("BackupDone");
        assertThat(first.getString("items[1].changes[0].step.step")).isEqualTo("backup");
        assertThat(first.getString("items[1].actor")).isNotBlank();
        Api.call().get(address + "?cursor=x").then().statusCode(400);
    }

    // ---- live ----

    @Test
    void theStreamTellsEachChangeAndEndsWithTheRelease() throws Exception {
        // Given
        var id = Api.release(Api.application(), AWAITS);
        Api.awaitStep(id, "migration.backup", "WAITING");
        var lines = listen(id, "");

        // When
        Api.report(id, "BackupDone");
        Api.awaitStep(id, "migration.upgrade", "WAITING");
        Api.report(id, "MigrationDone");

        // Then
        var told = lines.get(30, TimeUnit.SECONDS);
        assertThat(told).contains("event:status");
        assertThat(told.stream().filter(line -> line.startsWith("id:")))
                .isSorted()
                .endsWith("id:3");
        assertThat(told.stream().filter(line -> line.startsWith("data:")).toList())
                .allSatisfy(data -> assertThat(data).contains(id))
                .last()
                .asString()
                .contains("\"state\":\"SUCCEEDED\"");
    }

    @ParameterizedTest
    @CsvSource({"'', 1", "1, 1", "2, 0", "99, 0"})
    void theStreamOfAReleaseThatHasEndedTellsTheEndToWhoDoesNotKnowIt(String lastEventId, int expected)
            throws Exception {
        // Given
        var id = Api.release(Api.application(), AWAITS);
        Api.awaitState(id, "RUNNING");
        Api.act(id, "abort", "{}");
        Api.awaitState(id, "ABORTED");

        // When
        var told = listen(id, lastEventId).get(20, TimeUnit.SECONDS);

        // Then
        assertThat(told.stream().filter(line -> line.startsWith("data:"))).hasSize(expected);
    }

    @Test
    void whoListensIsAskedForAToken() {
        given().get("/api/v1/releases/%s/stream".formatted(UUID.randomUUID()))
                .then()
                .statusCode(401);
    }

    @Test
    void aLastEventIdThatIsNoneIsRefused() {
        // Given
        var id = Api.release(Api.application(), AWAITS);

        // Then
        Api.call()
                .header("Last-Event-ID", "x")
                .get("/api/v1/releases/%s/stream".formatted(id))
                .then()
                .statusCode(400);
    }

    private CompletableFuture<List<String>> listen(String id, String lastEventId) {
        var request = HttpRequest.newBuilder(service.resolve("/api/v1/releases/%s/stream".formatted(id)))
                .header("Authorization", "Bearer " + Infrastructure.TOKEN)
                .header("Accept", "text/event-stream");
        if (!lastEventId.isEmpty()) {
            request.header("Last-Event-ID", lastEventId);
        }
        return HttpClient.newHttpClient()
                .sendAsync(request.build(), BodyHandlers.ofLines())
                .thenApplyAsync(answer -> answer.body().toList());
    }

    // ---- for machines ----

    @Test
    void theServiceSaysHowItIs() {
        given().get("/health")
                .then()
                .statusCode(200)
                .body("status", equalTo("healthy"))
                .body("database", equalTo("connected"));
        given().get("/health/ready").then().statusCode(200).body("ready", equalTo(true));
        given().get("/health/live").then().statusCode(200).body("live", equalTo(true));
    }

    @Test
    void theServiceIsMeasured() {
        // Given
        var id = Api.release(Api.application(), AWAITS);
        Api.awaitState(id, "RUNNING");

        // Then
        given().get("/metrics").then().statusCode(200).body(containsString("slipway_events_handled_total"));
    }

    @Test
    void theApiIsDescribed() {
        given().get("/openapi")
                .then()
                .statusCode(200)
                .body(containsString("/api/v1/releases/{id}/rollback"))
                .body(containsString("/api/v1/plans/{application}/{environment}"));
    }
}
