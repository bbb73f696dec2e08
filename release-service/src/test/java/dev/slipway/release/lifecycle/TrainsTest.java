package dev.slipway.release.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.slipway.devstack.testing.InfrastructureResource;
import dev.slipway.release.Api;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A release with others as its parts, in environments of their own, on their way through Kafka. */
@QuarkusTest
@QuarkusTestResource(InfrastructureResource.class)
class TrainsTest {

    private static final String PART = """
            phases: [ { name: only, steps: [ { name: deploy, await: { event: Deployed } } ] } ]
            rollback: { steps: [ { name: revert, await: { event: Reverted } } ] }
            """;

    /** A parent with two parts. */
    private record Train(String parent, String api, String web) {

        static Train begun() {
            var api = Api.application();
            var web = Api.application();
            Api.store(api, PART);
            Api.store(web, PART);
            var parent = Api.release(Api.application(), """
                    phases:
                      - name: services
                        steps:
                          - { name: api, release: { application: %s, environment: staging } }
                          - { name: web, release: { application: %s, environment: staging, version: "web-${release.version}" } }
                      - name: smoke
                        steps: [ { name: tried, await: { event: Tried } } ]
                    """.formatted(api, web));
            Api.awaitStep(parent, "services.api", "RUNNING");
            var train = new Train(parent, child(parent, 0), "");
            Api.awaitStep(train.api(), "only.deploy", "WAITING");
            return train;
        }

        /** Both parts have done their work. */
        Train ready() {
            Api.report(api, "Deployed");
            Api.awaitStep(parent, "services.web", "RUNNING");
            var whole = new Train(parent, api, child(parent, 1));
            Api.awaitStep(whole.web(), "only.deploy", "WAITING");
            Api.report(whole.web(), "Deployed");
            Api.awaitStep(parent, "smoke.tried", "WAITING");
            return whole;
        }

        private static String child(String parent, int step) {
            var path = "phases[0].steps[%d].release".formatted(step);
            var id = Api.status(parent).getString(path);
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> Api.call().get("/api/v1/releases/" + id).statusCode() == 200);
            return id;
        }
    }

    @Test
    void allSucceedTogether() {
        // Given
        var train = Train.begun().ready();
        assertThat(Api.status(train.api()).getString("state")).isEqualTo("RUNNING");
        assertThat(Api.status(train.api()).getString("waitingFor[0].what"))
                .startsWith("the release %s of ".formatted(train.parent()));
        assertThat(Api.status(train.api()).getString("parent.releaseId")).isEqualTo(train.parent());
        assertThat(Api.status(train.web()).getString("version")).isEqualTo("web-1.0.0");

        // When
        Api.report(train.parent(), "Tried");

        // Then
        Api.awaitState(train.parent(), "SUCCEEDED");
        Api.awaitState(train.api(), "SUCCEEDED");
        Api.awaitState(train.web(), "SUCCEEDED");
    }

    @Test
    void allComeBackTogetherTheLastOneFirst() {
        // Given
        var train = Train.begun().ready();

        // When
        Api.act(train.parent(), "rollback", Map.of("reason", "Nobody can pay"))
                .then()
                .statusCode(202);

        // Then
        Api.awaitStep(train.web(), "rollback.revert", "WAITING");
        assertThat(Api.status(train.web()).getString("reason")).isEqualTo("Nobody can pay");
        assertThat(Api.status(train.api()).getString("state")).isEqualTo("RUNNING");
        Api.report(train.web(), "Reverted");
        Api.awaitStep(train.api(), "rollback.revert", "WAITING");
        assertThat(Api.status(train.parent()).getString("state")).isEqualTo("ROLLING_BACK");
        Api.report(train.api(), "Reverted");
        Api.awaitState(train.parent(), "ROLLED_BACK");
        Api.awaitState(train.api(), "ROLLED_BACK");
        Api.awaitState(train.web(), "ROLLED_BACK");
    }

    @Test
    void aPartThatWasSkippedAndThenBecameReadyEndsWithTheOthersAndStaysWhenTheyComeBack() {
        // Given
        var begun = Train.begun();
        Api.act(begun.parent(), "skip", Map.of("step", "services.api", "reason", "it may come later"))
                .then()
                .statusCode(202);
        var train = begun.ready();
        assertThat(Api.step(train.parent(), "services.api")).isEqualTo("SKIPPED");
        Api.awaitWaitingFor(
                train.api(),
                "the release %s of %s/staging, which it is part of"
                        .formatted(train.parent(), Api.status(train.parent()).getString("application")));

        // When
        Api.report(train.parent(), "Tried");

        // Then: its way back would need a report that nobody makes
        Api.awaitState(train.parent(), "SUCCEEDED");
        Api.awaitState(train.api(), "SUCCEEDED");
        Api.awaitState(train.web(), "SUCCEEDED");
        Api.act(train.parent(), "rollback", Map.of("reason", "Nobody can pay"))
                .then()
                .statusCode(202);
        Api.awaitStep(train.web(), "rollback.revert", "WAITING");
        Api.report(train.web(), "Reverted");
        Api.awaitState(train.parent(), "ROLLED_BACK");
        assertThat(Api.status(train.api()).getString("state")).isEqualTo("SUCCEEDED");
    }

    @Test
    void whenOnePartIsAbortedItComesBackAndTheOthersDo() {
        // Given
        var train = Train.begun().ready();

        // When
        Api.act(train.web(), "abort", Map.of("reason", "wrong version")).then().statusCode(202);

        // Then
        Api.awaitStep(train.web(), "rollback.revert", "WAITING");
        assertThat(Api.journal(train.web())).contains("ABORTED");
        Api.report(train.web(), "Reverted");
        Api.awaitState(train.web(), "ROLLED_BACK");
        Api.awaitStep(train.api(), "rollback.revert", "WAITING");
        Api.report(train.api(), "Reverted");
        Api.awaitState(train.parent(), "ROLLED_BACK");
    }

    @Test
    void aPartThatHasNoPlanMakesTheWholeFail() {
        // When
        var parent = Api.release(Api.application(), """
                phases:
                  - name: services
                    steps: [ { name: api, release: { application: nobody-has-this, environment: staging } } ]
                """);

        // Then
        await().atMost(Duration.ofSeconds(20))
                .until(() -> Api.journal(parent).contains("There is no plan for nobody-has-this/staging"));
        Api.awaitState(parent, "ROLLED_BACK");
    }
}
