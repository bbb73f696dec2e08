package dev.slipway.probe.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.slipway.devstack.testing.InfrastructureResource;
import dev.slipway.event.CheckEvent.Check;
import dev.slipway.event.CheckEvent.HttpCall;
import dev.slipway.event.CheckEvent.Monitor;
import dev.slipway.event.CheckEvent.WatchCancelled;
import dev.slipway.event.CheckEvent.WatchCompleted;
import dev.slipway.event.CheckEvent.WatchStarted;
import dev.slipway.event.EventJson;
import dev.slipway.event.Evidence;
import dev.slipway.event.HealthEvent;
import dev.slipway.event.HealthEvent.HealthDegraded;
import dev.slipway.event.HealthEvent.HealthRecovered;
import dev.slipway.event.Subject;
import dev.slipway.messaging.TraceParent;
import dev.slipway.probe.Conversation;
import dev.slipway.probe.Replica;
import dev.slipway.probe.Target;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(InfrastructureResource.class)
class WatchTest {

    private static final Logger LOG = Logger.getLogger(WatchTest.class);

    private final Target target = new Target();
    private final Subject subject = new Subject("app-" + UUID.randomUUID(), "production");
    private final UUID releaseId = UUID.randomUUID();
    private final String watchId = "watch-" + UUID.randomUUID();

    @Inject
    Conversation conversation;

    @Inject
    Jdbi jdbi;

    @Inject
    Watches watches;

    @Inject
    MonitorRunner runner;

    @Inject
    Clock clock;

    @AfterEach
    void end() {
        conversation.tell(subject, new WatchCancelled(watchId, releaseId));
        target.close();
    }

    @Test
    void aWatchOfAHealthySystemEndsHealthyWithTheTallyOfEachMonitor() {
        // When
        var trace = start(Duration.ofMillis(1500), monitor("health", 2, 1), monitor("ready", 3, 1));

        // Then
        var heard = conversation.awaits(WatchCompleted.class, it -> it.watchId().equals(watchId));
        assertThat(heard.subject()).isEqualTo(subject.toString());
        assertThat(heard.trace()).isEqualTo(trace.value());
        var completed = (WatchCompleted) heard.event();
        assertThat(completed.healthy()).isTrue();
        assertThat(completed.releaseId()).isEqualTo(releaseId);
        assertThat(completed.evidence().summary())
                .matches("No monitor is degraded: health, ready; 0 of \\d+ probes failed");
        assertThat(tally(completed, "health"))
                .containsEntry("health", "HEALTHY")
                .containsEntry("failures", 0)
                .containsEntry("lastPassed", true)
                .containsKeys("slowestMs", "lastAt")
                .hasEntrySatisfying(
                        "probes", probes -> assertThat((Integer) probes).isGreaterThan(4))
                .hasEntrySatisfying(
                        "lastOutcome", last -> assertThat((String) last).contains("answered 200 in"));
        assertThat(conversation.heard(HealthDegraded.class, it -> it.releaseId().equals(Optional.of(releaseId))))
                .isEmpty();
    }

    @Test
    void tellsWhenASystemTurnsSickAndWhenItIsWellAgain() {
        // Given
        start(Duration.ofSeconds(60), monitor("health", 2, 2));
        awaitState(Health.HEALTHY);

        // When
        target.beSick();

        // Then
        var heard = conversation.awaits(HealthDegraded.class, this::isOurs);
        var degraded = (HealthDegraded) heard.event();
        assertThat(heard.subject()).isEqualTo(subject.toString());
        assertThat(degraded.monitor()).isEqualTo("health");
        assertThat(degraded.failures()).isEqualTo(2);
        assertThat(degraded.since()).isBeforeOrEqualTo(heard.at());
        assertThat(degraded.evidence().summary()).contains("answered 503");
        assertThat(degraded.evidence().details()).containsEntry("status", 503);

        target.beHealthy();
        var recovered = conversation.hears(HealthRecovered.class, this::isOurs);
        assertThat(recovered.monitor()).isEqualTo("health");
        assertThat(recovered.degradedSince()).isAfter(degraded.since());
        assertThat(recovered.evidence().details()).containsEntry("status", 200);
        assertThat(conversation.heard(HealthDegraded.class, this::isOurs)).hasSize(1);
    }

    @Test
    void tellsOfDegradationWithinAMomentOfTheProbeThatFailed() {
        // Given
        start(Duration.ofSeconds(60), monitor("health", 1, 1));
        awaitState(Health.HEALTHY);

        // When
        target.beSick();

        // Then
        var heard = conversation.awaits(HealthDegraded.class, this::isOurs);
        var taken = Duration.between(((HealthDegraded) heard.event()).since(), heard.at());
        LOG.infof("From the failing probe's start to HealthDegraded read from Kafka: %d ms", taken.toMillis());
        assertThat(taken).isLessThan(Duration.ofSeconds(1));
    }

    @Test
    void aWatchThatIsDegradedAtItsEndEndsUnhealthy() {
        // Given
        target.beSick();

        // When
        start(Duration.ofSeconds(1), monitor("health", 2, 1), monitor("live", 2, 1, "[CONNECTED] == true"));

        // Then
        var completed =
                conversation.hears(WatchCompleted.class, it -> it.watchId().equals(watchId));
        assertThat(completed.healthy()).isFalse();
        assertThat(completed.evidence().summary()).matches("Degraded: health \\(GET .* answered 503 .*\\); .*");
        assertThat(tally(completed, "health"))
                .containsEntry("health", "DEGRADED")
                .containsEntry("lastPassed", false);
        assertThat(tally(completed, "live")).containsEntry("health", "HEALTHY");
    }

    @Test
    void aWatchWhoseTimePassedUnseenIsStillProbedOftenEnough() {
        // When
        start(Duration.ofMinutes(-1), monitor("health", 3, 1));

        // Then
        var completed =
                conversation.hears(WatchCompleted.class, it -> it.watchId().equals(watchId));
        assertThat(completed.healthy()).isTrue();
        assertThat(tally(completed, "health")).containsEntry("probes", 3);
        assertThat(target.requests()).hasSize(3);
    }

    @Test
    void aWatchWhoseTimePassedUnseenFindsOutThatTheSystemIsSick() {
        // Given
        target.beSick();

        // When
        start(Duration.ofMinutes(-1), monitor("health", 3, 1));

        // Then
        var completed =
                conversation.hears(WatchCompleted.class, it -> it.watchId().equals(watchId));
        assertThat(completed.healthy()).isFalse();
        assertThat(conversation.heard(HealthDegraded.class, this::isOurs)).hasSize(1);
    }

    @Test
    void aCancelledWatchStopsWithoutAnAnswer() {
        // Given
        start(Duration.ofSeconds(3), monitor("health", 2, 1));
        awaitState(Health.HEALTHY);

        // When
        conversation.tell(subject, new WatchCancelled(watchId, releaseId));

        // Then
        await().until(() -> status().isEmpty());
        var quietSince = new AtomicLong(System.nanoTime());
        var seen = new AtomicInteger();
        await().untilAsserted(() -> {
            var now = target.requests().size();
            if (seen.getAndSet(now) != now) {
                quietSince.set(System.nanoTime());
            }
            assertThat(Duration.ofNanos(System.nanoTime() - quietSince.get())).isGreaterThan(Duration.ofSeconds(1));
        });
        assertThat(conversation.heard(WatchCompleted.class, it -> it.watchId().equals(watchId)))
                .isEmpty();
    }

    @Test
    void aWatchThatIsStartedTwiceUnderOneIdRunsOnce() {
        // Given
        start(Duration.ofMillis(500), monitor("health", 1, 1));
        conversation.hears(WatchCompleted.class, it -> it.watchId().equals(watchId));

        // When
        start(Duration.ofMillis(500), monitor("health", 1, 1));

        // Then
        var other = new WatchStarted(watchId + "-next", releaseId, List.of(monitor("x", 1, 1)), clock.instant());
        conversation.tell(subject, other);
        conversation.hears(WatchCompleted.class, it -> it.watchId().equals(other.watchId()));
        assertThat(conversation.heard(WatchCompleted.class, it -> it.watchId().equals(watchId)))
                .hasSize(1);
    }

    @Test
    void aWatchWithoutMonitorsEndsAtItsTime() {
        // When
        start(Duration.ofMillis(300));

        // Then
        var completed =
                conversation.hears(WatchCompleted.class, it -> it.watchId().equals(watchId));
        assertThat(completed.healthy()).isTrue();
        assertThat(completed.evidence().summary()).isEqualTo("The watch had no monitors");
    }

    @Test
    void aMonitorThatCannotBeProbedIsDegradedAndSaysWhy() {
        // When
        start(Duration.ofMinutes(1), monitor("health", 2, 1, "[STATUZ] == 200"));

        // Then
        var degraded = conversation.hears(HealthDegraded.class, this::isOurs);
        assertThat(degraded.evidence().summary()).contains("did you mean [STATUS]?");
    }

    @Test
    void aHangingMonitorDoesNotHoldUpAnother() {
        // Given
        try (var healthy = new Target()) {
            target.hang();
            var fast = new Monitor("fast", check(healthy, "[STATUS] == 200"), Duration.ofMillis(100), 1, 1);
            var slow = new Monitor("slow", check(target, "[STATUS] == 200"), Duration.ofMillis(100), 1, 1);

            // When
            conversation.tell(
                    subject,
                    new WatchStarted(
                            watchId,
                            releaseId,
                            List.of(slow, fast),
                            clock.instant().plusSeconds(60)));

            // Then
            await().atMost(Duration.ofSeconds(4)).until(() -> healthy.requests().size() > 10);
            assertThat(target.requests().size()).isLessThan(2);
        }
    }

    @Test
    void theMonitorsOfAReplicaThatDiedGoOnWhereItStopped() {
        // Given
        target.beSick();
        var failingSince = clock.instant().minusSeconds(30).truncatedTo(ChronoUnit.MILLIS);
        var state = MonitorState.NEW
                .apply(new Probe(true, failingSince.minusSeconds(10), Optional.empty(), "well"), new Thresholds(3, 1))
                .state()
                .apply(new Probe(false, failingSince, Optional.empty(), "sick"), new Thresholds(3, 1))
                .state()
                .apply(new Probe(false, failingSince.plusSeconds(5), Optional.empty(), "sick"), new Thresholds(3, 1))
                .state();
        insert(monitor("health", 3, 1), state, "1 second");

        // When
        var degraded = conversation.hears(HealthDegraded.class, this::isOurs);

        // Then
        assertThat(degraded.failures()).isEqualTo(3);
        assertThat(degraded.since()).isEqualTo(failingSince);
    }

    @Test
    void theMonitorsOfAReplicaThatLivesAreLeftToIt() {
        // Given
        insert(monitor("health", 1, 1), MonitorState.NEW, "1 hour");

        // When
        runner.round();

        // Then
        assertThat(status()).singleElement().extracting(MonitorStatus::state).isEqualTo(Health.UNKNOWN);
        assertThat(target.requests()).isEmpty();
    }

    @Test
    void aReplicaThatEndsLeavesItsMonitorsToOthersAtOnce() {
        // Given
        var ending = insert(monitor("health", 1, 1), MonitorState.NEW, "1 hour");

        // When
        watches.release(ending);

        // Then
        awaitState(Health.HEALTHY);
    }

    @Test
    void aReplicaThatLostItsLeaseWritesAndTellsNothingMore() {
        // Given
        insert(monitor("health", 1, 1), MonitorState.NEW, "1 hour");
        var loser = new Replica(UUID.randomUUID());
        var held = new HeldMonitor(
                new MonitorKey(watchId, "health"),
                subject,
                releaseId,
                TraceParent.start(),
                clock.instant(),
                monitor("health", 1, 1),
                MonitorState.NEW);
        var change = MonitorState.NEW.apply(
                new Probe(false, clock.instant(), Optional.empty(), "sick"), new Thresholds(1, 1));

        // When
        var isWritten = watches.record(loser, held, change, Evidence.of("sick"));

        // Then
        assertThat(isWritten).isFalse();
        assertThat(watches.settle(loser, held, change.state())).isFalse();
        assertThat(watches.keep(loser, Duration.ofSeconds(5), Set.of(held.key())))
                .isEmpty();
        assertThat(status()).singleElement().extracting(MonitorStatus::probes).isEqualTo(0L);
    }

    @Test
    void aTallyThatComesLateDoesNotReplaceANewerState() {
        // Given
        var newer = MonitorState.NEW
                .apply(new Probe(false, clock.instant(), Optional.empty(), "sick"), new Thresholds(2, 1))
                .state();
        var holder = insert(monitor("health", 2, 1), newer, "1 hour");

        // When
        watches.record(holder, Map.of(new MonitorKey(watchId, "health"), MonitorState.NEW));

        // Then
        assertThat(status()).singleElement().extracting(MonitorStatus::failures).isEqualTo(1L);
    }

    @Test
    void whatAProbeSawIsKeptWhileTheDatabaseCannotTakeIt() {
        // Given
        start(Duration.ofSeconds(60), monitor("health", 2, 1));
        awaitState(Health.HEALTHY);
        jdbi.useHandle(handle -> handle.execute("ALTER TABLE monitor RENAME TO monitor_away"));

        // When
        target.beSick();
        var before = target.requests().size();
        await().until(() -> target.requests().size() > before);
        jdbi.useHandle(handle -> handle.execute("ALTER TABLE monitor_away RENAME TO monitor"));

        // Then
        var degraded = conversation.hears(HealthDegraded.class, this::isOurs);
        assertThat(degraded.failures()).isEqualTo(2);
    }

    @Test
    void routineSuccessesAreWrittenWithinAMomentToo() {
        // When
        start(Duration.ofSeconds(60), monitor("health", 2, 1));

        // Then
        await().atMost(Duration.ofSeconds(10)).until(() -> status().stream().anyMatch(monitor -> monitor.probes() > 3));
    }

    @Test
    void endedWatchesAreForgottenAfterAWhile() {
        // Given
        start(Duration.ofMillis(100), monitor("health", 1, 1));
        conversation.hears(WatchCompleted.class, it -> it.watchId().equals(watchId));
        jdbi.useHandle(handle -> handle.execute(
                "UPDATE watch SET ended_at = ? WHERE watch_id = ?",
                clock.instant().minus(Duration.ofDays(8)).atOffset(ZoneOffset.UTC),
                watchId));

        // When
        runner.forget();

        // Then
        assertThat(jdbi.<Integer, RuntimeException>withHandle(
                        handle -> handle.createQuery("SELECT count(*) FROM watch WHERE watch_id = ?")
                                .bind(0, watchId)
                                .mapTo(Integer.class)
                                .one()))
                .isZero();
    }

    private TraceParent start(Duration length, Monitor... monitors) {
        return conversation.tell(
                subject,
                new WatchStarted(
                        watchId, releaseId, List.of(monitors), clock.instant().plus(length)));
    }

    private Monitor monitor(String name, int degradedAfter, int recoveredAfter) {
        return monitor(name, degradedAfter, recoveredAfter, "[STATUS] == 200");
    }

    private Monitor monitor(String name, int degradedAfter, int recoveredAfter, String condition) {
        return new Monitor(name, check(target, condition), Duration.ofMillis(100), degradedAfter, recoveredAfter);
    }

    private static Check check(Target target, String condition) {
        return new Check(
                Optional.of(new HttpCall("GET", target.url("/health"), Map.of(), Optional.empty())),
                Optional.empty(),
                List.of(condition),
                Duration.ofSeconds(30));
    }

    /** A watch with a monitor that another replica has taken. */
    private Replica insert(Monitor monitor, MonitorState state, String leaseLeft) {
        var other = new Replica(UUID.randomUUID());
        jdbi.useTransaction(handle -> {
            handle.execute(
                    "INSERT INTO watch (watch_id, subject, release_id, trace, until) VALUES (?, ?, ?, ?, now() + interval '1 minute')",
                    watchId,
                    subject.toString(),
                    releaseId,
                    TraceParent.start().value());
            handle.execute(
                    """
                    INSERT INTO monitor (watch_id, name, definition, state, probes, holder, leased_until)
                    VALUES (?, ?, ?::jsonb, ?::jsonb, ?, ?, now() + ?::interval)
                    """,
                    watchId,
                    monitor.name(),
                    EventJson.mapper().valueToTree(monitor).toString(),
                    EventJson.mapper().valueToTree(state).toString(),
                    state.probes(),
                    other.id(),
                    leaseLeft);
        });
        return other;
    }

    private boolean isOurs(HealthEvent event) {
        return event.releaseId().equals(Optional.of(releaseId));
    }

    private void awaitState(Health health) {
        await().until(() -> status().stream().anyMatch(monitor -> monitor.state() == health));
    }

    private List<MonitorStatus> status() {
        return watches.list(Optional.of(subject.application()), Optional.empty(), Optional.empty(), 100);
    }

    private static Map<String, Object> tally(WatchCompleted completed, String monitor) {
        @SuppressWarnings("unchecked")
        var monitors = (Map<String, Map<String, Object>>)
                completed.evidence().details().get("monitors");
        return monitors.get(monitor);
    }
}
