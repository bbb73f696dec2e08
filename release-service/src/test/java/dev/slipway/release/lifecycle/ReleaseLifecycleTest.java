package dev.slipway.release.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.slipway.devstack.testing.InfrastructureResource;
import dev.slipway.event.CheckEvent.CheckCompleted;
import dev.slipway.event.Event;
import dev.slipway.event.Evidence;
import dev.slipway.event.ReleaseEvent.ReleaseRequested;
import dev.slipway.event.ReleaseEvent.RollbackRequested;
import dev.slipway.event.ReportEvent.BackupDone;
import dev.slipway.event.ReportEvent.CustomReport;
import dev.slipway.event.ReportEvent.MigrationDone;
import dev.slipway.event.WebhookEvent.Mode;
import dev.slipway.event.WebhookEvent.WebhookVerified;
import dev.slipway.messaging.Ids;
import dev.slipway.messaging.ReceivedEvent;
import dev.slipway.messaging.TraceParent;
import dev.slipway.release.Api;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Releases on their way through Kafka and PostgreSQL. */
@QuarkusTest
@QuarkusTestResource(InfrastructureResource.class)
class ReleaseLifecycleTest {

    private static final String AWAITS = """
            phases:
              - name: migration
                steps:
                  - { name: backup, await: { event: BackupDone, timeout: 30m } }
                  - { name: upgrade, await: { event: MigrationDone, timeout: 30m } }
              - name: go-live
                steps:
                  - { name: approval, approve: { by: release-managers, self-approval: true } }
            """;

    private static final String ONE_STEP =
            "phases: [{ name: migration, steps: [{ name: backup, await: { event: BackupDone, timeout: 30m } }] }]";

    @Inject
    EventBus bus;

    @Inject
    ReleaseWriter writer;

    @Inject
    Jdbi jdbi;

    @Test
    void aReleaseGoesAllTheWay() {
        // Given: the reports come in the wrong order
        var id = Api.release(Api.application(), AWAITS);
        Api.report(id, "MigrationDone");
        Api.report(id, "BackupDone");
        Api.awaitStep(id, "go-live.approval", "WAITING");

        // When
        Api.act(id, "approve", Map.of("comment", "go")).then().statusCode(202);

        // Then
        Api.awaitState(id, "SUCCEEDED");
        assertThat(Api.evidence(id, "go-live.approval").get("summary").toString())
                .startsWith("Approved by ");
        assertThat(Api.evidence(id, "migration.upgrade")).containsEntry("summary", "MigrationDone was reported");
        assertThat(Api.journal(id)).contains("All phases are done").contains("\"TurnCame\"");
    }

    @Test
    void aSecondReleaseWaitsUntilTheFirstHasEnded() {
        // Given
        var application = Api.application();
        var first = Api.release(application, AWAITS);
        Api.awaitState(first, "RUNNING");
        var second = Api.ask(application, "1.1.0");
        var third = Api.ask(application, "1.2.0");
        assertThat(Api.status(second).getString("waitingFor[0].what"))
                .isEqualTo("its turn: the release %s of 1.0.0 is active".formatted(first));

        // When
        Api.act(first, "abort", Map.of()).then().statusCode(202);

        // Then
        Api.awaitState(second, "RUNNING");
        assertThat(Api.status(first).getString("state")).isEqualTo("ABORTED");
        assertThat(Api.status(third).getString("state")).isEqualTo("QUEUED");
    }

    @Test
    void aWayBackThatWasAskedForTooLateIsNotedAndRevertsNothingThatCameLater() {
        // Given
        var application = Api.application();
        var first = Api.release(
                application, AWAITS + "rollback: { steps: [ { name: revert, await: { event: Reverted } } ] }");
        Api.awaitState(first, "RUNNING");
        var second = Api.ask(application, "1.1.0");
        Api.act(first, "abort", Map.of()).then().statusCode(202);
        Api.awaitState(second, "RUNNING");

        // When
        bus.publish(
                application + "/staging", new RollbackRequested(UUID.fromString(first), "ada", Optional.of("slow")));

        // Then
        await().atMost(Duration.ofSeconds(20))
                .until(() -> Api.journal(first)
                        .contains(
                                "ada asked for the way back, but the release %s of 1.1.0 has begun since; roll that one back"
                                        .formatted(second)));
        assertThat(Api.status(first).getString("state")).isEqualTo("ABORTED");
        assertThat(Api.status(second).getString("state")).isEqualTo("RUNNING");
    }

    @Test
    void aReportThatNamesNoReleaseIsForTheActiveOne() {
        // Given
        var application = Api.application();
        var id = Api.release(application, AWAITS);
        Api.awaitStep(id, "migration.backup", "WAITING");

        // When
        bus.publish(application + "/staging", new BackupDone(Optional.empty(), Map.of("size", 12)));

        // Then
        Api.awaitStep(id, "migration.backup", "SUCCEEDED");
        assertThat(Api.journal(id)).contains("\"size\":12");
    }

    @Test
    void aReportThatNamesNoReleaseWhereNoneIsActiveIsADeadLetter() {
        // Given
        var subject = Api.application() + "/staging";

        // When
        bus.publish(subject, new BackupDone(Optional.empty(), Map.of()));

        // Then
        assertThat(bus.deadLetter("slipway.releases", subject))
                .contains("BackupDone names no release, and none is active in " + subject);
    }

    @Test
    void anEventThatComesTwiceHasItsEffectOnce() {
        // Given
        var application = Api.application();
        var subject = application + "/staging";
        var id = Api.release(application, """
                phases:
                  - name: mobile
                    steps:
                      - { name: android, await: { event: BuildDone } }
                      - { name: ios, await: { event: BuildDone } }
                      - { name: last, needs: [], await: { event: Marked } }
                """);
        Api.awaitStep(id, "mobile.android", "WAITING");
        var build = new CustomReport("BuildDone", Optional.of(UUID.fromString(id)), Map.of());

        // When
        bus.publish("build-" + id, subject, build);
        bus.publish("build-" + id, subject, build);
        bus.publish(subject, new CustomReport("Marked", Optional.empty(), Map.of()));

        // Then
        Api.awaitStep(id, "mobile.last", "SUCCEEDED");
        assertThat(Api.step(id, "mobile.android")).isEqualTo("SUCCEEDED");
        assertThat(Api.step(id, "mobile.ios")).isEqualTo("WAITING");
    }

    @Test
    void anEventForAStepThatHasEndedChangesNoStep() {
        // Given
        var application = Api.application();
        var id = Api.release(application, AWAITS);
        Api.report(id, "BackupDone");
        Api.awaitStep(id, "migration.backup", "SUCCEEDED");

        // When
        bus.publish(application + "/staging", new BackupDone(Optional.of(UUID.fromString(id)), Map.of("again", true)));

        // Then
        await().atMost(Duration.ofSeconds(20))
                .until(() -> Api.journal(id).contains("BackupDone came, but no step awaits it"));
        assertThat(Api.step(id, "migration.upgrade")).isEqualTo("WAITING");
    }

    @Test
    void anEventOfAReleaseThatIsNotThereIsADeadLetter() {
        // Given
        var subject = Api.application() + "/staging";
        var unknown = UUID.randomUUID();

        // When
        bus.publish(subject, new BackupDone(Optional.of(unknown), Map.of()));

        // Then
        assertThat(bus.deadLetter("slipway.releases", subject)).contains("There is no release " + unknown);
    }

    @Test
    void anEventOfAReleaseOfAnotherEnvironmentIsADeadLetter() {
        // Given
        var application = Api.application();
        var id = Api.release(application, AWAITS);
        var other = Api.application() + "/staging";

        // When
        bus.publish(other, new BackupDone(Optional.of(UUID.fromString(id)), Map.of()));

        // Then
        assertThat(bus.deadLetter("slipway.releases", other))
                .contains("is one of %s/staging, not of %s".formatted(application, other));
        assertThat(Api.step(id, "migration.backup")).isIn("WAITING", "PENDING");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "[]", "\"text\"", "{\"releaseId\": \"no-uuid\"}", ""})
    void whatIsNoEventIsADeadLetterAndWhatFollowsIsHandled(String data) {
        // Given
        var application = Api.application();
        var subject = application + "/staging";
        var id = Api.release(application, AWAITS);
        Api.awaitStep(id, "migration.backup", "WAITING");

        // When
        bus.publishRaw("slipway.releases", subject, "BackupDone", data);
        bus.publish(subject, new BackupDone(Optional.empty(), Map.of()));

        // Then
        assertThat(bus.deadLetter("slipway.releases", subject)).startsWith("It");
        Api.awaitStep(id, "migration.backup", "SUCCEEDED");
    }

    @Test
    void anEventOfAnUnknownVersionIsSkipped() {
        // Given
        var application = Api.application();
        var subject = application + "/staging";
        var id = Api.release(application, AWAITS);
        Api.awaitStep(id, "migration.backup", "WAITING");

        // When
        bus.publishRaw("slipway.releases", subject, "BackupDone.v1.v2", "{}");
        bus.publishRaw("slipway.releases", subject, "SomethingNobodyKnows", "{}");
        bus.publish(subject, new BackupDone(Optional.empty(), Map.of()));

        // Then
        Api.awaitStep(id, "migration.backup", "SUCCEEDED");
    }

    @Test
    void aWebhookThatNoEnvironmentClaimsIsOfferedToEveryReleaseThatAwaitsIt() {
        // Given
        var source = "source-" + UUID.randomUUID();
        var plan = """
                phases:
                  - name: webhooks
                    steps:
                      - { name: first, await: { event: WebhookVerified, where: { source: %s, payload.data.kind: test } } }
                """;
        var one = Api.release(Api.application(), plan.formatted(source));
        var two = Api.release(
                Api.application(), "vars: { from: %s }\n".formatted(source) + plan.formatted("\"${from}\""));
        var other = Api.release(Api.application(), plan.formatted("another"));
        for (var id : List.of(one, two, other)) {
            Api.awaitStep(id, "webhooks.first", "WAITING");
        }

        // When
        var payload = JsonNodeFactory.instance.objectNode();
        payload.putObject("data").put("kind", "test").put("customer", "cus_confidential");
        bus.publish(
                source,
                new WebhookVerified(
                        UUID.randomUUID(),
                        source,
                        "evt_1",
                        "invoice.paid",
                        Mode.TEST,
                        Instant.now(),
                        Optional.of(payload),
                        Optional.empty(),
                        Optional.empty()));

        // Then: without the customers' data that came with it
        Api.awaitState(one, "SUCCEEDED");
        Api.awaitState(two, "SUCCEEDED");
        assertThat(Api.step(other, "webhooks.first")).isEqualTo("WAITING");
        assertThat(Api.journal(one)).contains("evt_1").contains("invoice.paid").doesNotContain("cus_confidential");
    }

    @Test
    void aReleaseMayBeAskedForOnKafka() {
        // Given
        var application = Api.application();
        Api.store(application, AWAITS);
        var id = Ids.next();

        // When
        bus.publish(
                application + "/staging",
                new ReleaseRequested(
                        id,
                        "2.0.0",
                        Optional.of("c0ffee"),
                        Optional.of(Instant.parse("2026-03-14T09:26:53Z")),
                        "ci",
                        Optional.of("hotfix"),
                        1,
                        List.of()));

        // Then
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(
                        () -> Api.call().get("/api/v1/releases/" + id).then().statusCode(200));
        Api.awaitStep(id.toString(), "migration.backup", "WAITING");
        assertThat(Api.status(id.toString()).getString("requestedBy")).isEqualTo("ci");
    }

    @Test
    void releasesThatComeAndEndInOneBatchTakeTheirTurns() {
        // Given
        var application = Api.application();
        Api.store(application, ONE_STEP);
        var subject = application + "/staging";
        var ids = Stream.generate(Ids::next).limit(4).toList();
        var events = new ArrayList<ReceivedEvent>();
        ids.forEach(id -> events.add(received(subject, requested(id))));
        ids.subList(0, 2).forEach(id -> events.add(received(subject, new BackupDone(Optional.of(id), Map.of()))));

        // When
        jdbi.useTransaction(handle -> writer.handle(handle, events));

        // Then
        assertThat(ids.stream().map(id -> Api.status(id.toString()).getString("state")))
                .containsExactly("SUCCEEDED", "SUCCEEDED", "RUNNING", "QUEUED");
        assertThat(Api.journal(ids.getFirst().toString())).contains("was asked for by ci", "All phases are done");
    }

    @Test
    void whoHasWaitedLongestIsNextWhoeverComesInTheSameBatch() {
        // Given
        var application = Api.application();
        var subject = application + "/staging";
        var running = Api.release(application, ONE_STEP);
        Api.awaitState(running, "RUNNING");
        var waiting = Api.ask(application, "1.1.0");
        var newer = Ids.next();
        var events = List.of(
                received(subject, requested(newer)),
                received(subject, new BackupDone(Optional.of(UUID.fromString(running)), Map.of())));

        // When
        jdbi.useTransaction(handle -> writer.handle(handle, events));

        // Then
        assertThat(Stream.of(running, waiting, newer.toString())
                        .map(id -> Api.status(id).getString("state")))
                .containsExactly("SUCCEEDED", "RUNNING", "QUEUED");
    }

    private static ReleaseRequested requested(UUID id) {
        return new ReleaseRequested(
                id, "2.0.0", Optional.empty(), Optional.empty(), "ci", Optional.empty(), 1, List.of());
    }

    private static ReceivedEvent received(String subject, Event event) {
        return new ReceivedEvent(Ids.next().toString(), "/tests", subject, Instant.now(), TraceParent.start(), event);
    }

    @Test
    void aReleaseOfAPlanThatIsNotThereIsADeadLetter() {
        // Given
        var subject = Api.application() + "/staging";

        // When
        bus.publish(
                subject,
                new ReleaseRequested(
                        Ids.next(), "2.0.0", Optional.empty(), Optional.empty(), "ci", Optional.empty(), 9, List.of()));

        // Then
        assertThat(bus.deadLetter("slipway.releases", subject))
                .contains("There is no plan %s version 9".formatted(subject));
    }

    @Test
    void aCheckIsAskedForAndItsAnswerEndsTheStep() {
        // Given
        var application = Api.application();
        var id = Api.release(application, """
                phases:
                  - name: smoke
                    steps: [ { name: auth, check: { http: "http://shop.example", expect: ["[STATUS] == 401"] } } ]
                """);
        Api.awaitStep(id, "smoke.auth", "RUNNING");

        // When
        bus.publish(
                application + "/staging",
                new CheckCompleted(id + "/smoke/auth/1", UUID.fromString(id), false, Evidence.of("[STATUS] was 200")));

        // Then
        Api.awaitState(id, "FAILED");
        assertThat(Api.status(id).getString("reason")).isEqualTo("smoke.auth: [STATUS] was 200");
    }

    @Test
    void aStepThatIsNotReportedInItsTimeTimesOut() {
        // When
        var id = Api.release(Api.application(), """
                phases:
                  - name: migration
                    steps: [ { name: backup, await: { event: BackupDone, timeout: 300ms } } ]
                """);

        // Then
        Api.awaitStep(id, "migration.backup", "TIMED_OUT");
        Api.awaitState(id, "FAILED");
    }

    @Test
    void aTimerThatFellDueWhileNoServiceRanFiresAtOnce() {
        // Given
        var id = Api.release(Api.application(), AWAITS);
        Api.awaitStep(id, "migration.backup", "WAITING");

        // When
        jdbi.useHandle(handle -> handle.execute(
                "UPDATE timer SET due_at = now() - interval '1 hour' WHERE release_id = ?", UUID.fromString(id)));

        // Then
        Api.awaitStep(id, "migration.backup", "TIMED_OUT");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "UPDATE journal SET actor = 'nobody'",
                "DELETE FROM journal",
                "TRUNCATE journal",
                "MERGE INTO journal USING (SELECT 1) AS one ON true WHEN MATCHED THEN DELETE",
                "INSERT INTO journal SELECT * FROM journal ON CONFLICT (release_id, seq) DO UPDATE SET actor = 'nobody'",
            })
    void nobodyChangesTheJournal(String statement) {
        assertThatThrownBy(() -> jdbi.useTransaction(handle -> handle.execute(statement)))
                .hasMessageContaining("The journal is append-only");
    }

    @Test
    void nobodyChangesTheJournalByReplication() {
        // When
        var whenItFires = jdbi.withHandle(
                handle -> handle.select("SELECT tgenabled FROM pg_trigger WHERE tgname = 'journal_append_only'")
                        .mapTo(String.class)
                        .one());

        // Then: always, also where session_replication_role says that triggers are not to fire
        assertThat(whenItFires).isEqualTo("A");
    }

    @Test
    void aReportOnKafkaMayNameItsReleaseAndIsKeptAsEvidence() {
        // Given
        var application = Api.application();
        var id = Api.release(application, AWAITS);
        Api.report(id, "BackupDone");
        Api.awaitStep(id, "migration.upgrade", "WAITING");

        // When
        bus.publish(
                application + "/staging",
                new MigrationDone(Optional.of(UUID.fromString(id)), Map.of("revision", "a1")));

        // Then
        Api.awaitStep(id, "migration.upgrade", "SUCCEEDED");
        assertThat(Api.journal(id)).contains("\"revision\":\"a1\"");
    }
}
