package dev.slipway.release.dryrun;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.nullValue;

import dev.slipway.devstack.testing.InfrastructureResource;
import dev.slipway.release.Api;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.response.Response;
import jakarta.inject.Inject;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Dry runs over the API. */
@QuarkusTest
@QuarkusTestResource(InfrastructureResource.class)
class DryRunResourceTest {

    private static final String PLAN = """
            inputs: { strategy: { options: [rolling, blue-green], required: true } }
            phases:
              - name: only
                steps:
                  - { name: approval, approve: { by: release-managers, timeout: 2h } }
                  - name: deploy
                    run: http
                    with: { url: "https://shop.example/deploy", body: { version: "${release.version}" }, headers: { Authorization: "${secrets.NOBODY_HAS}" } }
                    if: inputs.strategy == rolling
            """;

    @Inject
    Jdbi jdbi;

    private static Response dryRun(String application, String dryRun, String inputs) {
        return Api.call()
                .queryParam("dryRun", dryRun)
                .body("""
                        {"application": "%s", "environment": "staging", "version": "2.0.0", "inputs": %s}
                        """.formatted(application, inputs))
                .post("/api/v1/releases");
    }

    private long releasesOf(String application) {
        return jdbi.withHandle(handle -> handle.createQuery("SELECT count(*) FROM release WHERE application = ?")
                .bind(0, application)
                .mapTo(Long.class)
                .one());
    }

    @Test
    void aDryRunSaysWhatWouldHappenAndNothingDoes() {
        // Given
        var application = Api.application();
        Api.store(application, PLAN);

        // When
        var answer = dryRun(application, "true", "{\"strategy\": \"rolling\"}");

        // Then
        answer.then()
                .statusCode(200)
                .body("planVersion", equalTo(1))
                .body("endsAs", equalTo("SUCCEEDED"))
                .body("atMost", equalTo("2h15m"))
                .body("assumed", empty())
                .body("ahead", empty())
                .body("phases[0].steps[0].waits[0].atMost", equalTo("2h"))
                .body("phases[0].steps[1].with.body.version", equalTo("2.0.0"))
                .body("phases[0].steps[1].beginsWithin", equalTo("2h"))
                .body("phases[0].steps[1].if", equalTo("inputs.strategy == rolling"))
                .body("approvals[0].by", equalTo("release-managers"))
                .body("missing", hasItem(containsString("SLIPWAY_SECRET_NOBODY_HAS")))
                .body("rollback", nullValue());
        assertThat(releasesOf(application)).isZero();
    }

    @Test
    void aDryRunSaysWhatItWouldWaitBehind() {
        // Given
        var application = Api.application();
        Api.store(application, "phases: [ { name: only, steps: [ { name: it, await: { event: Done } } ] } ]");
        var first = Api.ask(application, "1");
        Api.awaitState(first, "RUNNING");
        var second = Api.ask(application, "2");

        // When
        var answer = dryRun(application, "true", "{}");

        // Then
        answer.then()
                .body("ahead", hasSize(2))
                .body("ahead[0].id", equalTo(first))
                .body("ahead[0].state", equalTo("RUNNING"))
                .body("ahead[1].id", equalTo(second))
                .body("ahead[1].state", equalTo("QUEUED"))
                .body("ahead[1].version", equalTo("2"));
    }

    @Test
    void whatARealCallWouldBeRefusedForIsRefused() {
        // Given
        var application = Api.application();
        Api.store(application, PLAN);

        // Then
        dryRun(application, "true", "{\"strategy\": \"green\"}").then().statusCode(422);
        dryRun(Api.application(), "true", "{}").then().statusCode(422);
    }

    @ParameterizedTest
    @ValueSource(strings = {"yes", "", "True", "1"})
    void aDryRunThatIsMisspeltBeginsNothing(String dryRun) {
        // Given
        var application = Api.application();
        Api.store(application, PLAN);

        // When
        var answer = dryRun(application, dryRun, "{\"strategy\": \"rolling\"}");

        // Then
        answer.then().statusCode(400).body("detail", equalTo("'dryRun' must be true or false"));
        assertThat(releasesOf(application)).isZero();
    }

    @Test
    void aPlanIsExplainedWhenItIsValidated() {
        // When
        var answer = Api.call()
                .contentType("application/yaml")
                .body("""
                        application: shop
                        phases: [ { name: only, steps: [ { name: it, await: { event: Done, timeout: 1h } } ] } ]
                        environments: { staging: ~, production: { phases: { only: { steps: { it: { timeout: 2h } } } } } }
                        """)
                .queryParam("explain", true)
                .post("/api/v1/plans/validate");

        // Then
        answer.then()
                .statusCode(200)
                .body("valid", equalTo(true))
                .body("explanations", hasSize(2))
                .body("explanations[0].environment", equalTo("staging"))
                .body("explanations[0].atMost", equalTo("1h"))
                .body("explanations[1].environment", equalTo("production"))
                .body("explanations[1].atMost", equalTo("2h"))
                .body("explanations[1].planVersion", nullValue());
    }

    @Test
    void whatWouldHappenIsDescribedToClients() {
        // When
        var api = RestAssured.given()
                .accept("application/json")
                .get("/openapi?format=json")
                .jsonPath();

        // Then
        assertThat(api.getMap("paths.'/api/v1/releases'.post.parameters.find { it.name == 'dryRun' }.schema"))
                .containsEntry("type", "boolean");
        assertThat(api.getString(
                        "paths.'/api/v1/releases'.post.responses.'200'.content.'application/json'.schema.$ref"))
                .endsWith("/Explanation");
        assertThat(api.getList("paths.'/api/v1/plans/validate'.post.parameters.name"))
                .contains("explain");
        assertThat(api.getList("paths.'/api/v1/plans/{application}/{environment}'.get.parameters.name"))
                .contains("version", "diff");
    }

    @Test
    void aWrongPlanIsNotExplained() {
        // When
        var answer = Api.call()
                .contentType("application/yaml")
                .body("application: shop")
                .queryParam("explain", true)
                .post("/api/v1/plans/validate");

        // Then
        answer.then().body("valid", equalTo(false)).body("explanations", nullValue());
    }
}
