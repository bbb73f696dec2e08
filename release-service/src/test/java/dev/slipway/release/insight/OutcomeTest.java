package dev.slipway.release.insight;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.event.Evidence;
import dev.slipway.release.engine.Engine;
import dev.slipway.release.engine.Input;
import dev.slipway.release.engine.Release;
import dev.slipway.release.engine.ReleaseState;
import dev.slipway.release.plan.FakeOperations;
import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.format.PlanReader;
import dev.slipway.release.plan.format.PlanReader.Reading;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** When the trouble began that a release ended with. */
class OutcomeTest {

    private static final Instant START = Instant.parse("2026-03-14T09:26:53Z");

    private final Plan plan = plan("""
            application: shop
            environment: production
            phases:
              - name: migration
                steps:
                  - { name: lint, await: { event: LintDone, timeout: 1m }, on-failure: continue }
                  - { name: backup, await: { event: BackupDone, timeout: 10m }, on-failure: ask }
                  - { name: upgrade, await: { event: MigrationDone, timeout: 30m } }
              - name: go-live
                steps:
                  - { name: soak, watch: { for: 2h, monitors: [health] } }
            monitors:
              - { name: health, http: "http://shop.example", every: 30s, expect: ["[STATUS] == 200"], degraded-after: 2 }
            rollback:
              when: [health-degraded, step-failed]
              within: 1h
              steps: [ { name: revert, await: { event: Reverted, timeout: 30m } } ]
            """);

    private Release release = Release.requested(
            UUID.fromString("0195a000-0000-7000-8000-000000000001"), plan, 1, "1.0.0", Optional.empty(), "ci", START);

    private static Plan plan(String yaml) {
        return switch (PlanReader.read(yaml, new FakeOperations())) {
            case Reading.Valid valid -> valid.plan();
            case Reading.Invalid invalid ->
                throw new IllegalArgumentException(invalid.errors().toString());
        };
    }

    private OutcomeTest at(int minute, Input input) {
        release = Engine.decide(plan, release, input, START.plus(Duration.ofMinutes(minute)))
                .release();
        return this;
    }

    private OutcomeTest began() {
        return at(0, new Input.TurnCame());
    }

    private OutcomeTest reported(int minute, String event) {
        return at(minute, new Input.Reported(event, "1", Map.of(), true));
    }

    private OutcomeTest timedOut(int minute, String step) {
        return at(minute, new Input.TimeCame("%s/%s/1".formatted(release.id(), step)));
    }

    private OutcomeTest soaking() {
        return began().reported(1, "LintDone").reported(2, "BackupDone").reported(3, "MigrationDone");
    }

    private void assertFailedAt(ReleaseState end, int minute) {
        assertThat(release.state()).isEqualTo(end);
        assertThat(Outcome.of(release, plan))
                .isEqualTo(new Outcome(release.id(), true, Optional.of(START.plus(Duration.ofMinutes(minute)))));
    }

    private void assertNoFailure(ReleaseState end) {
        assertThat(release.state()).isEqualTo(end);
        assertThat(Outcome.of(release, plan)).isEqualTo(new Outcome(release.id(), true, Optional.empty()));
    }

    @Test
    void successIsNoTrouble() {
        var soak = new Input.Watched(release.id() + "/go-live/soak/1", true, Evidence.of("healthy"));

        soaking().at(130, soak).assertNoFailure(ReleaseState.SUCCEEDED);
    }

    @Test
    void toAbortIsNoTrouble() {
        soaking().at(60, new Input.AbortAsked("us", Optional.empty())).assertNoFailure(ReleaseState.ABORTED);
    }

    @Test
    void aRollbackForHealthCountsFromDegradedHealth() {
        soaking()
                .at(40, new Input.Degraded("health", Evidence.of("[STATUS] was 500"), true))
                .reported(55, "Reverted")
                .assertFailedAt(ReleaseState.ROLLED_BACK, 40);
    }

    @Test
    void aRollbackForAStepCountsFromItsFailure() {
        began().reported(1, "LintDone")
                .reported(2, "BackupDone")
                .timedOut(32, "migration/upgrade")
                .reported(50, "Reverted")
                .assertFailedAt(ReleaseState.ROLLED_BACK, 32);
    }

    @Test
    void aRollbackByHandCountsFromTheFailureThatWaitedForADecision() {
        began().reported(1, "LintDone")
                .timedOut(11, "migration/backup")
                .at(70, new Input.RollbackAsked("us", Optional.empty()))
                .reported(80, "Reverted")
                .assertFailedAt(ReleaseState.ROLLED_BACK, 11);
    }

    @Test
    void aRollbackByHandCountsFromTheRequestIfNothingHadFailed() {
        soaking()
                .at(60, new Input.RollbackAsked("us", Optional.of("customers complain")))
                .reported(65, "Reverted")
                .assertFailedAt(ReleaseState.ROLLED_BACK, 60);
    }

    @Test
    void aFailureThatThePlanGoesOnFromIsNotTheTrouble() {
        began().timedOut(1, "migration/lint")
                .reported(2, "BackupDone")
                .reported(3, "MigrationDone")
                .at(60, new Input.RollbackAsked("us", Optional.empty()))
                .reported(65, "Reverted")
                .assertFailedAt(ReleaseState.ROLLED_BACK, 60);
    }

    @Test
    void aRollbackThatFailsCountsFromWhatItWasFor() {
        soaking()
                .at(40, new Input.Degraded("health", Evidence.of("[STATUS] was 500"), true))
                .at(100, new Input.TimeCame("rollback"))
                .assertFailedAt(ReleaseState.ROLLBACK_FAILED, 40);
    }

    @Test
    void aPauseThatNobodyEndsCountsFromItsEnd() {
        began().reported(1, "LintDone")
                .at(5, new Input.PauseAsked("us", Optional.empty()))
                .at(24 * 60 + 5, new Input.TimeCame("pause"))
                .assertFailedAt(ReleaseState.FAILED, 24 * 60 + 5);
    }

    @Test
    void whatFailedBeforeItChangedAnythingIsNoTrouble() {
        // When
        began().at(5, new Input.PauseAsked("us", Optional.empty())).at(24 * 60 + 5, new Input.TimeCame("pause"));

        // Then
        assertThat(release.state()).isEqualTo(ReleaseState.FAILED);
        assertThat(Outcome.of(release, plan)).isEqualTo(new Outcome(release.id(), false, Optional.empty()));
    }
}
