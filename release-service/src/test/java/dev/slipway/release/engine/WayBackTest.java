package dev.slipway.release.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.condition.Durations;
import dev.slipway.event.ReleaseEvent.RollbackCompleted;
import dev.slipway.event.ReleaseEvent.RollbackFailed;
import dev.slipway.event.ReleaseEvent.RollbackStarted;
import dev.slipway.event.ReleaseEvent.StepCancelled;
import dev.slipway.release.engine.Release.Waiting;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What becomes of a release whose step does not succeed, and the way back. */
class WayBackTest {

    private static final String PLAN = """
            phases:
              - name: smoke
                steps:
                  - { name: auth, check: { http: "https://api.shop.example/auth", expect: ["[STATUS] == 401"] } }
              - name: migration
                steps:
                  - { name: upgrade, run: deploy, until: { event: MigrationDone } }
              - name: go-live
                steps:
                  - { name: soak, watch: { for: 15m, monitors: [health] } }
                  - { name: announce, await: { event: Announced } }
            monitors:
              - { name: health, http: "https://api.shop.example/health", expect: ["[STATUS] == 200"] }
            rollback:
              when: [health-degraded, step-failed]
              within: 5m
              steps:
                - { name: revert-app, run: revert }
                - { name: downgrade-schema, run: downgrade, until: { event: MigrationReverted }, if: migration.upgrade }
                - { name: restore-backup, run: neon.restore, if: failed(downgrade-schema) }
                - { name: verify, check: { http: "https://api.shop.example/health", expect: ["[STATUS] == 200"] } }
            """;

    private static Story soaking() {
        return Story.begun(PLAN)
                .checkPassed("smoke.auth")
                .operationDone("migration.upgrade")
                .reported("MigrationDone");
    }

    private static Story rollingBack() {
        return soaking().degraded("health");
    }

    // ---- on-failure ----

    @ParameterizedTest
    @CsvSource({
        // what the step says, when the way back is gone, what becomes of the release
        "fail, '[step-failed]', FAILED",
        "continue, '[step-failed]', RUNNING",
        "roll-back, '[]', ROLLING_BACK",
        "ask, '[step-failed]', PAUSED",
        ", '[step-failed]', ROLLING_BACK",
        ", '[health-degraded]', FAILED",
        ", '[]', FAILED",
    })
    void thePlanSaysWhatBecomesOfAReleaseWhoseStepFails(String onFailure, String when, ReleaseState expected) {
        // Given
        var story = Story.begun("""
                phases:
                  - name: go-live
                    steps:
                      - { name: deploy, run: deploy%s }
                      - { name: announce, await: { event: Announced } }
                rollback: { when: %s, steps: [ { name: revert, run: revert } ] }
                """.formatted(onFailure == null ? "" : ", on-failure: " + onFailure, when));

        // When
        story.operationFailed("go-live.deploy");

        // Then
        assertThat(story.state()).isEqualTo(expected);
        assertThat(story.step("go-live.deploy")).isEqualTo(StepState.FAILED);
    }

    @ParameterizedTest
    @CsvSource({
        "fail, and the release fails",
        "continue, and the release goes on",
        "roll-back, and the release is rolled back",
        "ask, and the release pauses",
    })
    void whoWaitsIsToldWhatHappensIfNothingHappens(String onFailure, String consequence) {
        // When
        var story = Story.begun("""
                phases:
                  - name: go-live
                    steps: [ { name: announce, await: { event: Announced }, on-failure: %s } ]
                rollback: { steps: [ { name: revert, run: revert } ] }
                """.formatted(onFailure));

        // Then
        assertThat(story.progress("go-live.announce").waiting().orElseThrow().then())
                .isEqualTo("the step times out, " + consequence);
    }

    @Test
    void aStepThatTheReleaseMayGoOnWithoutDoesNotHoldItUp() {
        // Given
        var story = Story.begun("""
                phases:
                  - name: mobile
                    steps: [ { name: build, await: { event: MobileBuildDone, timeout: 1h }, on-failure: continue } ]
                """);

        // When
        story.after(Duration.ofHours(1));

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.SUCCEEDED);
        assertThat(story.step("mobile.build")).isEqualTo(StepState.TIMED_OUT);
    }

    @Test
    void aFailureBeforeAnythingWasTouchedHasNoWayBackToGo() {
        // Given
        var story = Story.begun(PLAN);

        // When
        story.checkFailed("smoke.auth");

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.FAILED);
        assertThat(story.release().reason())
                .contains("smoke.auth: [STATUS] was 500; nothing was changed yet, so there is no way back to go");
        assertThat(story.operations()).isEmpty();
    }

    @Test
    void anOperationThatNobodyApprovedHasTouchedNothing() {
        // Given
        var story = Story.begun("""
                phases:
                  - name: go-live
                    steps: [ { name: deploy, run: deploy, approve: { by: on-call, timeout: 1h } } ]
                rollback: { when: [step-failed], steps: [ { name: revert, run: revert } ] }
                """);

        // When
        story.after(Duration.ofHours(1));

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.FAILED);
        assertThat(story.operations()).isEmpty();
    }

    @Test
    void anOperationThatNobodyApprovedWasNotBegunAsFarAsConditionsAsk() {
        // Given
        var story = Story.begun("""
                phases:
                  - name: go-live
                    steps:
                      - { name: deploy, run: deploy }
                      - { name: upgrade, run: deploy, approve: { by: on-call, timeout: 1h } }
                rollback:
                  when: [step-failed]
                  steps:
                    - { name: downgrade, run: downgrade, if: go-live.upgrade }
                    - { name: revert, run: revert }
                """).operationDone("go-live.deploy");

        // When
        story.after(Duration.ofHours(1));

        // Then
        assertThat(story.step("rollback.downgrade")).isEqualTo(StepState.SKIPPED);
        assertThat(story.startedOperations()).containsExactly("deploy", "revert");
    }

    @Test
    void workThatWasReportedIsSomethingToTakeBack() {
        // Given
        var story = Story.begun("""
                phases:
                  - name: migration
                    steps:
                      - { name: upgrade, await: { event: MigrationDone } }
                      - { name: verified, await: { event: Verified, timeout: 1m } }
                rollback: { when: [step-failed], steps: [ { name: revert, run: revert } ] }
                """).reported("MigrationDone");

        // When
        story.after(Duration.ofMinutes(1));

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.ROLLING_BACK);
    }

    // ---- what starts the way back ----

    @Test
    void degradedHealthStartsTheWayBack() {
        // Given
        var story = soaking();

        // When
        story.degraded("health");

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.ROLLING_BACK);
        assertThat(story.published(RollbackStarted.class))
                .containsExactly(new RollbackStarted(
                        Story.ID,
                        "1.4.0",
                        "The monitor health is degraded: two failures in a row",
                        Story.START.plus(Duration.ofMinutes(5))));
        assertThat(story.step("go-live.soak")).isEqualTo(StepState.FAILED);
        assertThat(story.step("go-live.announce")).isEqualTo(StepState.CANCELLED);
        assertThat(story.startedOperations()).containsExactly("deploy", "revert");
    }

    @Test
    void degradedHealthAroundAReleaseThatTouchedSomethingStartsTheWayBackToo() {
        // Given
        var story = Story.begun(PLAN).checkPassed("smoke.auth").operationDone("migration.upgrade");

        // When
        story.degradedAround("some-other");

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.ROLLING_BACK);
        assertThat(story.step("migration.upgrade")).isEqualTo(StepState.WAITING);
    }

    @Test
    void theWayBackAwaitsTheReportOfWhatWasBegunAtAProvider() {
        // Given
        var story = Story.begun(PLAN)
                .checkPassed("smoke.auth")
                .operationDone("migration.upgrade")
                .rollbackAsked();
        var before = story.step("rollback.revert-app");

        // When
        story.reported("MigrationDone");

        // Then
        assertThat(before).isEqualTo(StepState.PENDING);
        assertThat(story.step("migration.upgrade")).isEqualTo(StepState.CANCELLED);
        assertThat(story.step("rollback.revert-app")).isEqualTo(StepState.RUNNING);
    }

    @Test
    void degradedHealthAroundAReleaseThatTouchedNothingIsNotItsDoing() {
        // Given
        var story = Story.begun(PLAN);

        // When
        story.degradedAround("health");

        // Then
        assertThat(story.last().matters()).isFalse();
        assertThat(story.state()).isEqualTo(ReleaseState.RUNNING);
    }

    @Test
    void degradedHealthHaulsAPausedReleaseBack() {
        // Given
        var story = soaking().pauseAsked();

        // When
        story.degraded("health");

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.ROLLING_BACK);
        assertThat(story.timers()).doesNotContainKey("pause");
        assertThat(story.release().waiting()).isEmpty();
    }

    @Test
    void aPersonMayAskForTheWayBack() {
        // Given
        var story = soaking();

        // When
        story.rollbackAsked();

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.ROLLING_BACK);
        assertThat(story.release().reason()).contains("customers complain");
        assertThat(story.published(StepCancelled.class))
                .extracting(StepCancelled::step)
                .containsExactly("soak");
    }

    @Test
    void askingForAWayBackThatCannotBeGoneIsNoted() {
        // When
        var queued = Story.queued(PLAN).rollbackAsked();
        var twice = rollingBack().rollbackAsked();
        var without = Story.begun("phases: [ { name: a, steps: [ { name: b, await: { event: C } } ] } ]")
                .rollbackAsked();

        // Then
        assertThat(queued.lastTexts()).containsExactly("ada asked for the way back, but nothing of it was begun");
        assertThat(twice.lastTexts()).containsExactly("ada asked for the way back, but it is on the way back already");
        assertThat(without.lastTexts())
                .containsExactly(
                        "ada asked for the way back, but its plan has no way back; abort it, and add 'rollback' to the plan for the next one");
    }

    @Test
    void aSecondDegradationWhileRollingBackChangesNothing() {
        // Given
        var story = rollingBack();

        // When
        story.degraded("health");

        // Then
        assertThat(story.last().matters()).isFalse();
        assertThat(story.published(RollbackStarted.class)).hasSize(1);
    }

    // ---- operations on their way ----

    @Test
    void anOperationOnItsWayIsAwaitedBeforeTheWayBackBegins() {
        // Given
        var story = Story.begun(PLAN).checkPassed("smoke.auth");

        // When
        story.rollbackAsked();

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.ROLLING_BACK);
        assertThat(story.step("migration.upgrade")).isEqualTo(StepState.RUNNING);
        assertThat(story.cancelledOperations()).containsExactly(story.workId("migration.upgrade"));
        assertThat(story.startedOperations()).containsExactly("deploy");
    }

    @ParameterizedTest
    @CsvSource({
        // the operation's own time, and for how long the way back waits for it
        "15m, 5m",
        "2m, 2m",
    })
    void whatTheWayBackWaitsForSaysUntilWhenAndWhatThen(String timeout, String patience) {
        // Given
        var story = Story.begun("""
                phases:
                  - name: go-live
                    steps: [ { name: deploy, run: deploy, timeout: %s } ]
                rollback: { within: 15m, steps: [ { name: revert, run: revert } ] }
                """.formatted(timeout));

        // When
        story.rollbackAsked();

        // Then
        var until = Story.START.plus(Durations.parse(patience));
        assertThat(story.release().waitingOf(story.progress("go-live.deploy")))
                .contains(new Waiting(
                        "the operation deploy to end", Story.START, until, "the way back begins without it"));
        story.after(Durations.parse(patience));
        assertThat(story.step("go-live.deploy")).isEqualTo(StepState.CANCELLED);
        var revert = story.progress("rollback.revert");
        assertThat(story.release().waitingOf(revert)).isPresent().isEqualTo(revert.waiting());
    }

    @ParameterizedTest
    @CsvSource({"true, ended well", "false, did not succeed"})
    void theWayBackBeginsWhenTheOperationHasEndedEitherWay(boolean succeeded, String how) {
        // Given
        var story = Story.begun(PLAN).checkPassed("smoke.auth").rollbackAsked();

        // When
        if (succeeded) {
            story.operationDone("migration.upgrade");
        } else {
            story.operationFailed("migration.upgrade");
        }

        // Then
        assertThat(story.step("migration.upgrade")).isEqualTo(StepState.CANCELLED);
        assertThat(story.evidence("migration.upgrade").summary()).contains("its operation " + how);
        assertThat(story.startedOperations()).containsExactly("deploy", "revert");
    }

    @Test
    void theWayBackBeginsWhenTheOperationHasNotEndedInItsTime() {
        // Given: an operation with less time than the way back
        var story = Story.begun("""
                phases:
                  - name: go-live
                    steps: [ { name: deploy, run: deploy, timeout: 2m } ]
                rollback: { within: 10m, steps: [ { name: revert, run: revert } ] }
                """).rollbackAsked();

        // When
        story.after(Duration.ofMinutes(2));

        // Then
        assertThat(story.step("go-live.deploy")).isEqualTo(StepState.CANCELLED);
        assertThat(story.step("rollback.revert")).isEqualTo(StepState.RUNNING);
    }

    @Test
    void aReportForAnOperationThatIsOvertakenDoesNotEndIt() {
        // Given
        var story = Story.begun(PLAN).checkPassed("smoke.auth").rollbackAsked();

        // When
        story.reported("MigrationDone");

        // Then
        assertThat(story.step("migration.upgrade")).isEqualTo(StepState.RUNNING);
        assertThat(story.startedOperations()).containsExactly("deploy");
    }

    // ---- the steps of the way back ----

    @Test
    void theStepsOfTheWayBackRunInOrderAndEndAsRolledBack() {
        // Given
        var story = rollingBack();

        // When
        story.operationDone("rollback.revert-app")
                .operationDone("rollback.downgrade-schema")
                .reported("MigrationReverted")
                .checkPassed("rollback.verify");

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.ROLLED_BACK);
        assertThat(story.step("rollback.restore-backup")).isEqualTo(StepState.SKIPPED);
        assertThat(story.startedOperations()).containsExactly("deploy", "revert", "downgrade");
        assertThat(story.published(RollbackCompleted.class))
                .containsExactly(new RollbackCompleted(
                        Story.ID, "1.4.0", "The monitor health is degraded: two failures in a row"));
        assertThat(story.timers()).isEmpty();
    }

    @Test
    void aStepOfTheWayBackThatWasNeverNeededIsSkipped() {
        // Given: the migration was not begun
        var story = Story.begun("""
                phases:
                  - name: go-live
                    steps: [ { name: deploy, run: deploy } ]
                  - name: migration
                    steps: [ { name: upgrade, run: deploy } ]
                rollback:
                  when: [step-failed]
                  steps:
                    - { name: downgrade, run: downgrade, if: migration.upgrade }
                    - { name: revert, run: revert }
                """);

        // When
        story.operationFailed("go-live.deploy");

        // Then
        assertThat(story.step("rollback.downgrade")).isEqualTo(StepState.SKIPPED);
        assertThat(story.step("rollback.revert")).isEqualTo(StepState.RUNNING);
    }

    @Test
    void aReportForTheWayBackMayComeEarly() {
        // Given
        var story = Story.begun("""
                phases: [ { name: go-live, steps: [ { name: deploy, run: deploy } ] } ]
                rollback:
                  when: [step-failed]
                  steps:
                    - { name: revert, run: revert }
                    - { name: reverted, await: { event: MigrationReverted } }
                """).operationFailed("go-live.deploy").reported("MigrationReverted");

        // When
        story.operationDone("rollback.revert");

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.ROLLED_BACK);
    }

    @Test
    void aFailedStepOfTheWayBackDoesNotStopIt() {
        // Given
        var story = rollingBack();

        // When
        story.operationFailed("rollback.revert-app");

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.ROLLING_BACK);
        assertThat(story.step("rollback.downgrade-schema")).isEqualTo(StepState.RUNNING);
        assertThat(story.published(RollbackStarted.class)).hasSize(1);
    }

    @Test
    void aFailureThatNoLaterStepMendsMakesTheRollbackFail() {
        // Given
        var story = rollingBack()
                .operationFailed("rollback.revert-app")
                .operationDone("rollback.downgrade-schema")
                .reported("MigrationReverted");

        // When
        story.checkPassed("rollback.verify");

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.ROLLBACK_FAILED);
        assertThat(story.published(RollbackFailed.class))
                .containsExactly(new RollbackFailed(
                        Story.ID, "1.4.0", "revert-app did not succeed, and no later step mended that"));
    }

    @Test
    void aFailureThatALaterStepMendsDoesNot() {
        // Given
        var story = rollingBack()
                .operationDone("rollback.revert-app")
                .operationFailed("rollback.downgrade-schema")
                .operationDone("rollback.restore-backup");

        // When
        story.checkPassed("rollback.verify");

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.ROLLED_BACK);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "run: revert                                              | ROLLED_BACK",
                "check: { http: 'http://x', expect: ['[STATUS] == 200'] } | ROLLED_BACK",
                "run: revert, approve: { by: on-call }                    | ROLLED_BACK",
                "approve: { by: on-call }                                 | ROLLBACK_FAILED",
                "await: { event: Mended }                                 | ROLLBACK_FAILED",
            },
            quoteCharacter = '`')
    void onlyOperationsAndChecksMend(String mend, ReleaseState end) {
        // Given
        var story = Story.begun("""
                phases: [ { name: go-live, steps: [ { name: deploy, run: deploy } ] } ]
                rollback:
                  when: [step-failed]
                  within: 1h
                  steps:
                    - { name: revert, run: revert }
                    - { name: mend, %s, if: failed(revert) }
                """.formatted(mend))
                .operationFailed("go-live.deploy")
                .operationFailed("rollback.revert");

        // When
        story.approved()
                .checkPassed("rollback.mend")
                .operationDone("rollback.mend")
                .reported("Mended");

        // Then
        assertThat(story.step("rollback.mend")).isEqualTo(StepState.SUCCEEDED);
        assertThat(story.state()).isEqualTo(end);
    }

    @Test
    void aMendThatFailsMendsNothing() {
        // Given
        var story = rollingBack()
                .operationDone("rollback.revert-app")
                .operationFailed("rollback.downgrade-schema")
                .operationFailed("rollback.restore-backup");

        // When
        story.checkPassed("rollback.verify");

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.ROLLBACK_FAILED);
        assertThat(story.release().reason().orElseThrow()).startsWith("downgrade-schema, restore-backup did not");
    }

    @Test
    void aStepOfTheWayBackHasTheTimeOfTheWholeUnlessItSaysOtherwise() {
        // When
        var story = Story.begun("""
                phases: [ { name: go-live, steps: [ { name: deploy, run: deploy } ] } ]
                rollback:
                  when: [step-failed]
                  within: 7m
                  steps:
                    - { name: revert, run: revert }
                    - { name: quick, needs: [], run: revert, timeout: 30s }
                """).operationFailed("go-live.deploy");

        // Then
        assertThat(story.timers().values())
                .containsExactlyInAnyOrder(
                        story.now().plus(Duration.ofMinutes(7)),
                        story.now().plus(Duration.ofMinutes(7)),
                        story.now().plus(Duration.ofSeconds(30)));
        assertThat(story.progress("rollback.revert").waiting().orElseThrow().then())
                .isEqualTo("the step times out, and the way back goes on without it");
    }

    @Test
    void theWayBackHasATimeBudget() {
        // Given
        var story = rollingBack().after(Duration.ofMinutes(4));
        story.operationDone("rollback.revert-app").operationDone("rollback.downgrade-schema");

        // When
        story.after(Duration.ofMinutes(1));

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.ROLLBACK_FAILED);
        assertThat(story.release().reason()).contains("The way back was not done in its time");
        assertThat(story.step("rollback.downgrade-schema")).isEqualTo(StepState.CANCELLED);
        assertThat(story.step("rollback.verify")).isEqualTo(StepState.CANCELLED);
        assertThat(story.timers()).isEmpty();
    }

    @Test
    void anOperationThatDoesNotEndHoldsTheWayBackForAThirdOfItsTimeAtMost() {
        // Given
        var story = Story.begun(PLAN).checkPassed("smoke.auth").rollbackAsked().after(Duration.ofSeconds(99));
        var before = story.step("rollback.revert-app");

        // When
        story.after(Duration.ofSeconds(1));

        // Then
        assertThat(before).isEqualTo(StepState.PENDING);
        assertThat(story.step("migration.upgrade")).isEqualTo(StepState.CANCELLED);
        assertThat(story.step("rollback.revert-app")).isEqualTo(StepState.RUNNING);
    }

    @Test
    void theWayBackIsNotPaused() {
        // Given
        var story = rollingBack();

        // When
        story.pauseAsked();

        // Then
        assertThat(story.lastTexts()).containsExactly("ada asked for a pause, but the release is ROLLING_BACK");
    }

    @Test
    void theWayBackCanBeAborted() {
        // Given
        var story = rollingBack();

        // When
        story.abortAsked();

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.ABORTED);
        assertThat(story.timers()).isEmpty();
    }

    @Test
    void theStepsOfAWayBackThatWasNeverGoneStayAsTheyAre() {
        // Given
        var story = soaking();

        // When
        story.watchEnded("go-live.soak", true).reported("Announced");

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.SUCCEEDED);
        assertThat(story.steps())
                .containsAllEntriesOf(Map.of(
                        "rollback.revert-app", StepState.PENDING,
                        "rollback.verify", StepState.PENDING));
    }

    @Test
    void aDecisionMayBeTheWayBack() {
        // Given
        var story = Story.begun("""
                phases: [ { name: go-live, steps: [ { name: deploy, run: deploy, on-failure: ask } ] } ]
                rollback: { steps: [ { name: revert, run: revert } ] }
                """).operationFailed("go-live.deploy");

        // When
        story.rollbackAsked();

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.ROLLING_BACK);
        assertThat(story.timers()).containsOnlyKeys("rollback", story.workId("rollback.revert"));
    }

    @ParameterizedTest
    @CsvSource({"rollback, 300", "drain, 100"})
    void aTimerOfTheWayBackEndsNothingBeforeItsTime(String timer, int seconds) {
        // Given
        var story = Story.begun(PLAN).checkPassed("smoke.auth").rollbackAsked().after(Duration.ofSeconds(99));

        // When
        story.timeCame(timer);

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.ROLLING_BACK);
        assertThat(story.step("migration.upgrade")).isEqualTo(StepState.RUNNING);
        assertThat(story.timers()).containsEntry(timer, Story.START.plusSeconds(seconds));
    }

    @Test
    void aTimerOfAWayBackThatNeverBeganChangesNothing() {
        // Given
        var story = soaking();

        // When
        story.timeCame("rollback");

        // Then
        assertThat(story.last().matters()).isFalse();
    }
}
