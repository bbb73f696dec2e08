package dev.slipway.release.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.startsWith;

import dev.slipway.devstack.testing.InfrastructureResource;
import dev.slipway.release.Api;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Approvals, rejections, skips and ways back, as calls: who may, and what is answered otherwise. */
@QuarkusTest
@QuarkusTestResource(InfrastructureResource.class)
class ControlCallsTest {

    private static final String APPROVE = """
            phases:
              - name: go-live
                steps: [ { name: approval, approve: { by: release-managers%s } } ]
            """;

    private static final String BUILDS = """
            phases:
              - name: android
                steps: [ { name: build, await: { event: AndroidBuilt } } ]
              - name: ios
                steps: [ { name: build, await: { event: IosBuilt } } ]
            rollback: { steps: [ { name: revert, await: { event: Reverted } } ] }
            """;

    private static Response act(String who, String id, String what, Object body) {
        return Api.callAs(who).body(body).post("/api/v1/releases/%s/%s".formatted(id, what));
    }

    private static String awaitingApproval(String more) {
        var id = Api.release(Api.application(), APPROVE.formatted(more));
        Api.awaitStep(id, "go-live.approval", "WAITING");
        return id;
    }

    // ---- roles ----

    @ParameterizedTest
    @ValueSource(strings = {"resume", "retry", "skip", "abort"})
    void toHaveAReleaseGoOnWhereItsPlanWouldNotNeedsARole(String control) {
        // Given
        var id = awaitingApproval("");

        // When
        var answer = act("ci", id, control, Map.of("step", "approval", "reason", "so"));

        // Then
        answer.then()
                .statusCode(403)
                .contentType("application/problem+json")
                .body("detail", equalTo("This needs a token with the role 'controls'"));
        assertThat(Api.status(id).getString("state")).isEqualTo("RUNNING");
    }

    @Test
    void toPauseAndToRollBackATokenIsEnough() {
        // Given
        var id = Api.release(Api.application(), BUILDS);
        Api.awaitState(id, "RUNNING");

        // When
        var paused = act("ci", id, "pause", Map.of());
        var back = act("ci", id, "rollback", Map.of());

        // Then
        paused.then().statusCode(202);
        back.then().statusCode(202);
        Api.awaitState(id, "ROLLING_BACK");
    }

    @Test
    void aHotfixNeedsARole() {
        // Given
        var application = Api.application();
        Api.release(application, BUILDS);

        // When
        var answer = Api.callAs("ci")
                .body(Map.of(
                        "application",
                        application,
                        "environment",
                        "production",
                        "version",
                        "2.0.0",
                        "priority",
                        "HOTFIX"))
                .post("/api/v1/releases");

        // Then
        answer.then()
                .statusCode(403)
                .body(
                        "detail",
                        equalTo("To ask for a hotfix, which has its turn before others, a token needs the role "
                                + "'controls'; 'ci' has not"));
        assertThat(Api.call()
                        .get("/api/v1/releases?application=" + application)
                        .jsonPath()
                        .getList("items"))
                .hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/v1/plans/shop/production", "/api/v1/fragments/deploy"})
    void toSayWhatAReleaseHasToPassNeedsARole(String path) {
        // When
        var answer = Api.callAs("ci")
                .contentType("application/yaml")
                .body("phases: []")
                .put(path);

        // Then
        answer.then().statusCode(403).body("detail", equalTo("This needs a token with the role 'plans'"));
    }

    // ---- approve, reject ----

    @Test
    void whoHasTheRoleThatThePlanNamesMayApprove() {
        // Given
        var id = awaitingApproval("");

        // When
        var outsider = act("ci", id, "approve", Map.of());
        var manager = act("ada", id, "approve", Map.of("comment", "tried by hand"));

        // Then
        outsider.then()
                .statusCode(403)
                .contentType("application/problem+json")
                .body("detail", startsWith("The approval of go-live.approval is for release-managers; the token 'ci'"));
        manager.then().statusCode(202);
        Api.awaitState(id, "SUCCEEDED");
        assertThat(Api.evidence(id, "go-live.approval").toString())
                .contains("Approved by ada")
                .contains("tried by hand");
    }

    @Test
    void whoAskedForTheReleaseMayNotApproveIt() {
        // Given
        var id = awaitingApproval("");

        // When
        var answer = Api.act(id, "approve", Map.of());

        // Then
        answer.then()
                .statusCode(409)
                .body("detail", equalTo("operator asked for this release; somebody else must approve"));
        assertThat(Api.step(id, "go-live.approval")).isEqualTo("WAITING");
    }

    @Test
    void severalApprovalsComeFromSeveralPeople() {
        // Given
        var id = awaitingApproval(", approvals: 2, self-approval: true");
        Api.act(id, "approve", Map.of()).then().statusCode(202);
        Api.awaitWaitingFor(id, "approval by release-managers, after operator");

        // When
        Api.act(id, "approve", Map.of())
                .then()
                .statusCode(409)
                .body("detail", equalTo("operator has approved already; somebody else must too"));
        act("ada", id, "approve", Map.of()).then().statusCode(202);

        // Then
        Api.awaitState(id, "SUCCEEDED");
    }

    @Test
    void aRejectionHasARoleAndAReason() {
        // Given
        var id = awaitingApproval("");

        // When
        act("ci", id, "reject", Map.of("comment", "no")).then().statusCode(403);
        act("ada", id, "reject", Map.of())
                .then()
                .statusCode(400)
                .body("detail", equalTo("'reason' is missing; say why"));
        act("ada", id, "reject", Map.of("comment", "The sign-in is slow"))
                .then()
                .statusCode(202);

        // Then
        Api.awaitState(id, "FAILED");
        assertThat(Api.status(id).getString("reason"))
                .isEqualTo("go-live.approval: Rejected by ada: The sign-in is slow");
        assertThat(Api.journal(id)).contains("\"actor\":\"ada\"");
    }

    // ---- skip ----

    @Test
    void aSkipNamesItsStepAndItsReason() {
        // Given
        var id = Api.release(Api.application(), BUILDS);
        Api.awaitStep(id, "android.build", "WAITING");

        // When
        Api.act(id, "skip", Map.of("reason", "so")).then().statusCode(400);
        Api.act(id, "skip", Map.of("step", "ios.build"))
                .then()
                .statusCode(400)
                .body("detail", equalTo("'reason' is missing; say why"));
        Api.act(id, "skip", Map.of("step", "windows", "reason", "so"))
                .then()
                .statusCode(422)
                .body("detail", equalTo("This release's plan has no step 'windows'"));
        Api.act(id, "skip", Map.of("step", "build", "reason", "so"))
                .then()
                .statusCode(422)
                .body("detail", equalTo("Several steps are called 'build'; say which: android.build, ios.build"));
        Api.act(id, "skip", Map.of("step", "rollback.revert", "reason", "so"))
                .then()
                .statusCode(409)
                .body("detail", startsWith("The step rollback.revert cannot be skipped: the way back goes on"));
        Api.act(id, "skip", Map.of("step", "ios.build", "reason", "The store is closed"))
                .then()
                .statusCode(202);
        Api.act(id, "skip", Map.of("step", "android.build", "reason", "No app today"))
                .then()
                .statusCode(202);

        // Then
        Api.awaitState(id, "SUCCEEDED");
        assertThat(Api.step(id, "android.build")).isEqualTo("SKIPPED");
        assertThat(Api.evidence(id, "ios.build")).containsEntry("summary", "Skipped by operator: The store is closed");
    }

    // ---- the way back ----

    @Test
    void aReleaseThatHasSucceededCanBeRolledBackAndHoldsItsEnvironmentAgain() {
        // Given
        var application = Api.application();
        var id = Api.release(application, BUILDS);
        Api.report(id, "AndroidBuilt");
        Api.report(id, "IosBuilt");
        Api.awaitState(id, "SUCCEEDED");

        // When
        Api.act(id, "rollback", Map.of("reason", "Customers complain")).then().statusCode(202);

        // Then
        Api.awaitStep(id, "rollback.revert", "WAITING");
        assertThat(Api.status(id).getString("endedAt")).isNull();
        var next = Api.ask(application, "1.1.0");
        assertThat(Api.status(next).getString("state")).isEqualTo("QUEUED");
        Api.report(id, "Reverted");
        Api.awaitState(id, "ROLLED_BACK");
        Api.awaitState(next, "RUNNING");
        Api.act(id, "rollback", Map.of())
                .then()
                .statusCode(409)
                .body("detail", startsWith("The release cannot be rolled back: a rollback is not rolled back"));
    }

    @Test
    void whatIsNotTheLastReleaseOfItsEnvironmentIsNotRolledBack() {
        // Given
        var application = Api.application();
        var first = Api.release(application, BUILDS);
        var second = Api.ask(application, "1.1.0");
        Api.awaitState(first, "RUNNING");
        Api.act(first, "abort", Map.of()).then().statusCode(202);
        Api.awaitState(second, "RUNNING");

        // When
        var answer = Api.act(first, "rollback", Map.of());

        // Then
        answer.then()
                .statusCode(409)
                .body(
                        "detail",
                        equalTo(
                                "The release cannot be rolled back: the release %s of 1.1.0 has begun since; roll that one back"
                                        .formatted(second)));
        assertThat(Api.status(first).getString("state")).isEqualTo("ABORTED");
    }
}
