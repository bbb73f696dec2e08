package dev.slipway.release.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.startsWith;

import dev.slipway.devstack.testing.InfrastructureResource;
import dev.slipway.event.ReleaseEvent.ReleaseRequested;
import dev.slipway.messaging.Ids;
import dev.slipway.release.Api;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

/** Releases that find their environment taken. */
@QuarkusTest
@QuarkusTestResource(InfrastructureResource.class)
class QueueingTest {

    private static final String AWAITS = """
            phases: [ { name: mobile, steps: [ { name: build, await: { event: Built } } ] } ]
            rollback: { steps: [ { name: revert, await: { event: Reverted } } ] }
            queue: { when-taken: %s, timeout: %s }
            """;

    @Inject
    EventBus bus;

    @Inject
    Jdbi jdbi;

    /** An application whose environment is taken by the release of 1.0.0, and that release. */
    private record Taken(String application, String active) {

        static Taken by(String whenTaken) {
            var application = Api.application();
            var active = Api.release(application, AWAITS.formatted(whenTaken, "1h"));
            Api.awaitState(active, "RUNNING");
            return new Taken(application, active);
        }

        Response ask(String version, String priority) {
            return ask(Api.call(), version, priority);
        }

        Response ask(RequestSpecification call, String version, String priority) {
            return call.body(Map.of(
                            "application",
                            application,
                            "environment",
                            "staging",
                            "version",
                            version,
                            "priority",
                            priority))
                    .post("/api/v1/releases");
        }

        String queued(String version, String priority) {
            var id = ask(version, priority).then().statusCode(202).extract().<String>path("id");
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> Api.status(id).getList("accepted").isEmpty());
            return id;
        }

        void end() {
            Api.act(active, "abort", "{}").then().statusCode(202);
        }
    }

    @Test
    void aHotfixHasItsTurnBeforeAllOthersAndTheStatusSaysSo() {
        // Given
        var taken = Taken.by("queue");
        var first = taken.queued("1.1.0", "NORMAL");
        var second = taken.queued("1.2.0", "NORMAL");
        var hotfix = taken.queued("1.0.1", "HOTFIX");
        var active = "its turn: the release %s of 1.0.0 is active".formatted(taken.active());
        assertThat(Api.status(hotfix).getString("waitingFor[0].what")).isEqualTo(active);
        assertThat(Api.status(hotfix).getString("priority")).isEqualTo("HOTFIX");
        assertThat(Api.status(first).getString("waitingFor[0].what")).isEqualTo(active + "; 1 release is before it");
        assertThat(Api.status(second).getString("waitingFor[0].what")).isEqualTo(active + "; 2 releases are before it");
        assertThat(Api.status(second).getString("waitingFor[0].then")).isEqualTo("it is aborted");

        // When
        taken.end();

        // Then
        Api.awaitState(hotfix, "RUNNING");
        assertThat(Api.status(first).getString("state")).isEqualTo("QUEUED");
        Api.act(hotfix, "abort", "{}").then().statusCode(202);
        Api.awaitState(first, "RUNNING");
        assertThat(Api.status(second).getString("state")).isEqualTo("QUEUED");
    }

    @Test
    void aNewerReleaseTakesThePlaceOfThoseThatHaveNotBegunButNotOfAHotfix() {
        // Given
        var taken = Taken.by("supersede");
        var hotfix = taken.queued("1.0.1", "HOTFIX");
        var older = taken.queued("1.1.0", "NORMAL");

        // When
        var newer = taken.queued("1.2.0", "NORMAL");

        // Then
        Api.awaitState(older, "SUPERSEDED");
        assertThat(Api.status(older).getString("reason"))
                .isEqualTo("The release %s of 1.2.0 took its place".formatted(newer));
        assertThat(Api.status(taken.active()).getString("state")).isEqualTo("RUNNING");
        assertThat(Api.status(hotfix).getString("state")).isEqualTo("QUEUED");
        var next = taken.queued("1.0.2", "HOTFIX");
        Api.awaitState(hotfix, "SUPERSEDED");
        Api.awaitState(newer, "SUPERSEDED");
        assertThat(Api.status(next).getString("state")).isEqualTo("QUEUED");
    }

    @Test
    void aPlanCanRefuseASecondReleaseButNotAHotfix() {
        // Given
        var taken = Taken.by("refuse");

        // When
        var refused = taken.ask("1.1.0", "NORMAL");
        var hotfix = taken.ask("1.0.1", "HOTFIX");

        // Then
        refused.then()
                .statusCode(409)
                .body(
                        "detail",
                        startsWith("The release %s of 1.0.0 is RUNNING in %s/staging, and the plan refuses"
                                .formatted(taken.active(), taken.application())));
        hotfix.then().statusCode(202);
        taken.end();
        Api.awaitState(hotfix.path("id"), "RUNNING");
    }

    @Test
    void whoIsRefusedAndMayNotAskForAHotfixIsToldSo() {
        // Given
        var taken = Taken.by("refuse");

        // When
        var operator = taken.ask("1.1.0", "NORMAL");
        var ci = taken.ask(Api.callAs("ci"), "1.1.0", "NORMAL");

        // Then
        var advice = "; ask again when that has ended, or with the priority HOTFIX";
        operator.then().statusCode(409).body("detail", endsWith(advice));
        ci.then()
                .statusCode(409)
                .body("detail", endsWith(advice + ": that needs the role 'controls', which 'ci' has not"));
    }

    @Test
    void whatTheCallCouldNotSeeTheWriterRefuses() {
        // Given
        var taken = Taken.by("refuse");
        var id = Ids.next();

        // When: it comes another way
        bus.publish(
                taken.application() + "/staging",
                new ReleaseRequested(
                        id, "1.1.0", Optional.empty(), Optional.empty(), "ci", Optional.empty(), 1, List.of()));

        // Then
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(
                        () -> Api.call().get("/api/v1/releases/" + id).then().statusCode(200));
        Api.awaitState(id.toString(), "ABORTED");
        assertThat(Api.status(id.toString()).getString("reason")).contains("and the plan refuses another beside it");
    }

    @Test
    void aPriorityIsOneOfThoseThatThereAre() {
        Taken.by("queue")
                .ask("1.1.0", "URGENT")
                .then()
                .statusCode(400)
                .body("detail", equalTo("'priority' must be one of [NORMAL, HOTFIX]"));
    }

    @Test
    void aTurnThatDoesNotComeInItsTimeIsAwaitedNoLonger() {
        // Given
        var taken = Taken.by("queue");
        Api.store(taken.application(), AWAITS.formatted("queue", "300ms"));

        // When
        var id = Api.ask(taken.application(), "1.1.0");

        // Then
        Api.awaitState(id, "ABORTED");
        assertThat(Api.status(id).getString("reason")).isEqualTo("Its turn did not come within 300ms");
    }

    @Test
    void aTurnThatWasAwaitedTooLongWhileNoServiceRanIsAwaitedNoLonger() {
        // Given
        var taken = Taken.by("queue");
        var id = taken.queued("1.1.0", "NORMAL");

        // When
        jdbi.useHandle(handle -> handle.execute(
                "UPDATE timer SET due_at = now() - interval '1 hour' WHERE release_id = ?", UUID.fromString(id)));

        // Then
        Api.awaitState(id, "ABORTED");
        assertThat(Api.status(taken.active()).getString("state")).isEqualTo("RUNNING");
    }

    @Test
    void aTurnThatAwaitsTheEndOfAnOperationSaysSo() {
        // Given: the release ended, what it began at a provider goes on
        var taken = Taken.by("queue");
        var next = taken.queued("1.1.0", "NORMAL");
        jdbi.useHandle(handle -> handle.execute(
                """
                INSERT INTO operation (key, release_id, subject, kind, settings, state, until, attempts,
                    next_attempt_at, lease_owner, lease_until, trace)
                VALUES (?, ?, ?, 'http', '{}', 'RUNNING', now() + interval '1 hour', 1, now(), ?,
                    now() + interval '1 hour', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')
                """,
                taken.active() + "/mobile/call/1",
                UUID.fromString(taken.active()),
                taken.application() + "/staging",
                UUID.randomUUID()));

        // When
        taken.end();
        Api.awaitState(taken.active(), "ABORTED");

        // Then
        assertThat(Api.status(next).getString("state")).isEqualTo("QUEUED");
        assertThat(Api.status(next).getString("waitingFor[0].what"))
                .isEqualTo("its turn: an operation of an earlier release is still under way");
    }

    @Test
    void aWayBackNeedsNobodysTurn() {
        // Given: the environment is free for the next
        var taken = Taken.by("queue");
        Api.report(taken.active(), "Built");
        Api.awaitState(taken.active(), "SUCCEEDED");
        Api.act(taken.active(), "rollback", "{}").then().statusCode(202);
        Api.awaitState(taken.active(), "ROLLING_BACK");

        // When
        var hotfix = taken.queued("1.0.1", "HOTFIX");

        // Then
        assertThat(Api.status(hotfix).getString("state")).isEqualTo("QUEUED");
        Api.report(taken.active(), "Reverted");
        Api.awaitState(taken.active(), "ROLLED_BACK");
        Api.awaitState(hotfix, "RUNNING");
    }
}
