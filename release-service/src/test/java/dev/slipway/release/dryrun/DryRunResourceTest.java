package dev.slipway.release.dryrun;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.startsWith;

import dev.slipway.devstack.testing.InfrastructureResource;
import dev.slipway.release.Api;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.response.Response;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Map;
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

    private static final String AWAITS = "phases: [ { name: only, steps: [ { name: it, await: { event: Done } } ] } ]";

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
        Api.store(application, AWAITS);
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
    void aDryRunSaysWhosePlaceItWouldTake() {
        // Given
        var application = Api.application();
        Api.store(application, "queue: { when-taken: supersede, timeout: 2d }\n" + AWAITS);
        Api.awaitState(Api.ask(application, "1"), "RUNNING");
        var second = Api.ask(application, "2");

        // When
        var answer = dryRun(application, "true", "{}");

        // Then
        answer.then()
                .body("ahead.version", equalTo(List.of("1")))
                .body("queue.whenTaken", equalTo("SUPERSEDE"))
                .body("queue.timeout", equalTo("2d"))
                .body("queue.supersedes.id", equalTo(List.of(second)));
    }

    @Test
    void aPlanThatRefusesAnotherSaysBecauseOfWhichWhenItIsExplained() {
        // Given
        var application = Api.application();
        Api.store(application, AWAITS);
        var first = Api.ask(application, "1");
        Api.awaitState(first, "RUNNING");

        // When
        var answer = Api.call()
                .contentType("application/yaml")
                .body("application: %s\nenvironment: staging\nqueue: { when-taken: refuse }\n%s"
                        .formatted(application, AWAITS))
                .queryParam("explain", true)
                .post("/api/v1/plans/validate");

        // Then
        answer.then()
                .body("explanations[0].queue.whenTaken", equalTo("REFUSE"))
                .body(
                        "explanations[0].queue.refusedFor",
                        equalTo("The release %s of 1 is RUNNING in %s/staging, and the plan refuses another beside it"
                                .formatted(first, application)));
    }

    @Test
    void aDryRunSaysWhichFreezeHoldsUpTheEnvironmentAndWhetherItsOptOutPassesIt() {
        // Given
        var application = Api.application();
        Api.store(application, AWAITS);
        String freeze = Api.call()
                .body(Map.of(
                        "kind", "STOP", "application", application, "reason", "Fire", "until", "2099-01-01T00:00:00Z"))
                .post("/api/v1/freezes")
                .path("id");

        // When
        var held = dryRun(application, "true", "{}");
        var passed = Api.call()
                .body(Map.of(
                        "application", application, "environment", "staging", "version", "2", "optOut", "It mends it"))
                .post("/api/v1/releases?dryRun=true");

        // Then
        held.then()
                .body("freeze.id", equalTo(freeze))
                .body("freeze.kind", equalTo("STOP"))
                .body("freeze.reason", equalTo("Fire"))
                .body("freeze.setBy", equalTo("operator"))
                .body("freeze.until", equalTo("2099-01-01T00:00:00Z"))
                .body("freeze.passed", equalTo(false));
        passed.then().body("freeze.passed", equalTo(true));
        assertThat(releasesOf(application)).isZero();
    }

    @Test
    void aTrainSaysWhatItsChildrenNeedAndWhichOfThemThereCannotBe() {
        // Given
        var application = Api.application();
        var api = Api.application();
        var wrong = Api.application();
        var web = Api.application();
        var nobody = Api.application();
        var plan = """
                inputs: { mode: { options: [fast, slow], required: true } }
                phases: [ { name: only, steps: [ { name: look, approve: { by: api-team, approvals: 2 } } ] } ]
                rollback: { steps: [ { name: revert, await: { event: Reverted, timeout: 3m } } ] }
                """;
        Api.store(api, plan);
        Api.store(wrong, plan);
        Api.store(web, AWAITS);

        // When
        var answer = Api.call()
                .contentType("application/yaml")
                .body("""
                        application: %s
                        environment: staging
                        phases:
                          - name: services
                            steps:
                              - { name: api, release: { application: %s, environment: staging, version: "9", inputs: { mode: slow } } }
                              - { name: wrong, release: { application: %s, environment: staging, inputs: { mode: wild } } }
                              - { name: web, release: { application: %s, environment: staging } }
                              - { name: nobody, release: { application: %s, environment: staging } }
                              - { name: again, release: { application: %s, environment: staging } }
                        """.formatted(application, api, wrong, web, nobody, api))
                .queryParam("explain", true)
                .post("/api/v1/plans/validate");

        // Then
        answer.then()
                .statusCode(200)
                .body("explanations[0].children.step", equalTo(List.of("services.api", "services.web")))
                .body("explanations[0].children[0].release.application", equalTo(api))
                .body("explanations[0].children[0].release.planVersion", equalTo(1))
                .body("explanations[0].children[0].release.inputs.mode", equalTo("slow"))
                .body("explanations[0].children[0].release.approvals[0].by", equalTo("api-team"))
                .body("explanations[0].children[0].release.approvals[0].approvals", equalTo(2))
                .body("explanations[0].children[0].release.approvals[0].selfApproval", equalTo(false))
                .body("explanations[0].children[0].release.rollback.atMost", equalTo("3m"))
                .body(
                        "explanations[0].missing",
                        contains(
                                startsWith("services.wrong: The plan for %s/staging does not take these inputs: {mode="
                                        .formatted(wrong)),
                                equalTo(
                                        "services.nobody: There is no plan for %1$s/staging; store one: PUT /api/v1/plans/%1$s/staging"
                                                .formatted(nobody)),
                                startsWith("services.again: %s/staging has a release of this train already"
                                        .formatted(api)),
                                startsWith("services.web: The plan for %s/staging has no way back".formatted(web))));
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
