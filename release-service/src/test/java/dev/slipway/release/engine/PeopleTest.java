package dev.slipway.release.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.event.ReleaseEvent.ApprovalRequested;
import dev.slipway.event.ReleaseEvent.ReleaseAborted;
import dev.slipway.event.ReleaseEvent.ReleasePaused;
import dev.slipway.event.ReleaseEvent.StepCancelled;
import dev.slipway.release.engine.Release.Stage;
import dev.slipway.release.engine.Release.Waiting;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What people may ask of a release. */
class PeopleTest {

    private static final String APPROVE = """
            phases:
              - name: go-live
                steps:
                  - { name: approval, approve: { by: release-managers, timeout: 2h } }
                  - { name: announce, await: { event: Announced } }
            """;

    private static final String APPROVE_AND_RUN = """
            phases:
              - name: go-live
                steps:
                  - { name: deploy, run: deploy, approve: { by: on-call, timeout: 1h }, timeout: 3h }
            """;

    private static final String ASK = """
            phases:
              - name: go-live
                steps:
                  - { name: deploy, run: deploy, on-failure: ask }
                  - { name: announce, await: { event: Announced } }
            """;

    // ---- approval ----

    @Test
    void anApprovalIsAskedFor() {
        // When
        var story = Story.begun(APPROVE);

        // Then
        assertThat(story.step("go-live.approval")).isEqualTo(StepState.WAITING);
        assertThat(story.waitingFor()).containsExactly("approval by release-managers");
        assertThat(story.published(ApprovalRequested.class))
                .containsExactly(new ApprovalRequested(
                        Story.ID, "go-live", "approval", "release-managers", Story.START.plus(Duration.ofHours(2))));
    }

    @Test
    void anApprovalSaysWhoGaveItAndWhen() {
        // Given
        var story = Story.begun(APPROVE).after(Duration.ofMinutes(1));

        // When
        story.approved();

        // Then
        assertThat(story.step("go-live.approval")).isEqualTo(StepState.SUCCEEDED);
        assertThat(story.step("go-live.announce")).isEqualTo(StepState.WAITING);
        assertThat(story.evidence("go-live.approval").summary()).isEqualTo("Approved by ada");
        assertThat(story.evidence("go-live.approval").details())
                .isEqualTo(Map.of("by", "ada", "at", "2026-03-01T12:01:00Z", "comment", "looks good"));
    }

    @Test
    void anApprovalMayNameTheStepWithOrWithoutItsPhase() {
        // When
        var byStep = Story.begun(APPROVE).approved("approval");
        var byPhaseAndStep = Story.begun(APPROVE).approved("go-live.approval");
        var byAnother = Story.begun(APPROVE).approved("announce");

        // Then
        assertThat(byStep.step("go-live.approval")).isEqualTo(StepState.SUCCEEDED);
        assertThat(byPhaseAndStep.step("go-live.approval")).isEqualTo(StepState.SUCCEEDED);
        assertThat(byAnother.step("go-live.approval")).isEqualTo(StepState.WAITING);
    }

    @Test
    void anApprovalThatNoStepAwaitsIsNoted() {
        // Given
        var story = Story.begun(APPROVE).approved();

        // When
        story.approved();

        // Then
        assertThat(story.lastTexts()).containsExactly("ada approved, but no step awaits approval");
    }

    @Test
    void anApprovalThatIsNotGivenTimesOut() {
        // Given
        var story = Story.begun(APPROVE);

        // When
        story.after(Duration.ofHours(2));

        // Then
        assertThat(story.step("go-live.approval")).isEqualTo(StepState.TIMED_OUT);
        assertThat(story.state()).isEqualTo(ReleaseState.FAILED);
    }

    @Test
    void anOperationThatNeedsApprovalDoesNotBeginBefore() {
        // When
        var story = Story.begun(APPROVE_AND_RUN);

        // Then
        assertThat(story.operations()).isEmpty();
        assertThat(story.progress("go-live.deploy").stage()).isEqualTo(Stage.APPROVAL);
    }

    @Test
    void anApprovedOperationBeginsAndHasItsOwnTime() {
        // Given
        var story = Story.begun(APPROVE_AND_RUN).after(Duration.ofMinutes(59));

        // When
        story.approved();

        // Then
        assertThat(story.startedOperations()).containsExactly("deploy");
        assertThat(story.progress("go-live.deploy").startedAt()).contains(Story.START);
        assertThat(story.timers().values()).containsExactly(story.now().plus(Duration.ofHours(3)));
        assertThat(story.after(Duration.ofMinutes(30)).step("go-live.deploy")).isEqualTo(StepState.RUNNING);
    }

    @Test
    void theTimerOfAnApprovalThatWasGivenJustInTimeDoesNotEndTheOperation() {
        // Given
        var story = Story.begun(APPROVE_AND_RUN);
        var timer = story.timers().keySet().iterator().next();
        story.approved();

        // When
        story.timeCame(timer);

        // Then
        assertThat(story.last().matters()).isFalse();
        assertThat(story.step("go-live.deploy")).isEqualTo(StepState.RUNNING);
    }

    @Test
    void anApprovalThatWasGivenCountsAsBegunForConditions() {
        // Given
        var story = Story.begun("""
                phases:
                  - name: go-live
                    steps:
                      - { name: approval, approve: { by: release-managers } }
                      - { name: announce, await: { event: Announced }, if: approval }
                """);

        // When
        story.approved();

        // Then
        assertThat(story.step("go-live.announce")).isEqualTo(StepState.WAITING);
    }

    // ---- pause, resume ----

    @Test
    void aPausedReleaseStartsNoFurtherStep() {
        // Given
        var story = Story.begun(APPROVE).pauseAsked();

        // When
        story.approved();

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.PAUSED);
        assertThat(story.steps().values()).containsExactly(StepState.SUCCEEDED, StepState.PENDING);
    }

    @Test
    void anOperationThatIsApprovedInAPauseBeginsWhenTheReleaseGoesOn() {
        // Given
        var story = Story.begun(APPROVE_AND_RUN).after(Duration.ofMinutes(59)).pauseAsked();

        // When
        story.approved().after(Duration.ofHours(5));

        // Then
        assertThat(story.operations()).isEmpty();
        assertThat(story.step("go-live.deploy")).isEqualTo(StepState.PENDING);
        assertThat(story.timers()).containsOnlyKeys("pause");
        assertThat(story.texts()).endsWith("Approved by ada; it acts when the release goes on");
        assertThat(story.evidence("go-live.deploy").details()).containsEntry("by", "ada");
        var step = story.progress("go-live.deploy");
        assertThat(story.release().waitingOf(step))
                .contains(new Waiting(
                        "the release to go on, approved by ada",
                        Story.START.plus(Duration.ofMinutes(59)),
                        story.timers().get("pause"),
                        "the release fails"));

        story.resumeAsked();
        assertThat(story.startedOperations()).containsExactly("deploy");
        assertThat(story.step("go-live.deploy")).isEqualTo(StepState.RUNNING);
        assertThat(story.progress("go-live.deploy").startedAt()).contains(Story.START);
        assertThat(story.timers().values()).containsExactly(story.now().plus(Duration.ofHours(3)));
        assertThat(story.operationDone("go-live.deploy").state()).isEqualTo(ReleaseState.SUCCEEDED);
    }

    @Test
    void whatIsApprovedInAPauseIsNotApprovedOnceMoreAndHasChangedNothing() {
        // Given
        var story = Story.begun(
                        APPROVE_AND_RUN + "rollback: { when: [step-failed], steps: [ { name: revert, run: revert } ] }")
                .pauseAsked()
                .approved();

        // When
        story.given(new Input.Rejected("bob", Optional.empty(), Optional.of("too late")));

        // Then
        assertThat(story.lastTexts()).containsExactly("bob said no, but no step awaits approval");
        story.rollbackAsked();
        assertThat(story.step("go-live.deploy")).isEqualTo(StepState.CANCELLED);
        assertThat(story.operations()).extracting(it -> it.operation()).containsExactly("revert");
    }

    @Test
    void aPausedReleaseSaysWhatItWaitsForAndUntilWhen() {
        // When
        var story = Story.begun(APPROVE).pauseAsked();

        // Then
        var until = Story.START.plus(Duration.ofHours(24));
        assertThat(story.waitingFor()).contains("somebody to resume");
        assertThat(story.published(ReleasePaused.class))
                .containsExactly(new ReleasePaused(Story.ID, "ada", "lunch", until));
        assertThat(story.timers()).containsEntry("pause", until);
    }

    @Test
    void aResumedReleaseGoesOnWhereItStood() {
        // Given
        var story = Story.begun(APPROVE).pauseAsked().approved();

        // When
        story.resumeAsked();

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.RUNNING);
        assertThat(story.step("go-live.announce")).isEqualTo(StepState.WAITING);
        assertThat(story.timers()).doesNotContainKey("pause");
        assertThat(story.release().waiting()).isEmpty();
        assertThat(story.publishedNames()).contains("ReleaseResumed");
    }

    @Test
    void aPauseOfMoreThanADayFailsTheRelease() {
        // Given
        var story = Story.begun("""
                phases:
                  - name: go-live
                    steps: [ { name: announce, await: { event: Announced, timeout: 20d } } ]
                """).pauseAsked();

        // When
        story.after(Duration.ofHours(24));

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.FAILED);
        assertThat(story.release().reason()).contains("It was paused for more than 24 hours");
        assertThat(story.published(StepCancelled.class)).hasSize(1);
        assertThat(story.timers()).isEmpty();
    }

    private static final String PAUSE = """
            phases:
              - name: go-live
                steps:
                  - { name: deploy, run: deploy, timeout: 20d }
                  - { name: announce, await: { event: Announced, timeout: 20d } }
            rollback: { steps: [ { name: revert, run: revert } ] }
            pause: %s
            """;

    @ParameterizedTest
    @CsvSource({
        "'{ timeout: 90m }', false, FAILED, the release fails",
        "'{ timeout: 90m, then: fail }', true, FAILED, the release fails",
        "'{ timeout: 90m, then: roll-back }', true, ROLLING_BACK, the release is rolled back",
    })
    void thePlanSaysHowLongAPauseMayLastAndWhatThen(
            String pause, boolean deployed, ReleaseState expected, String consequence) {
        // Given
        var story = Story.begun(PAUSE.formatted(pause));
        if (deployed) {
            story.operationDone("go-live.deploy");
        }
        story.pauseAsked();
        assertThat(story.release().waiting())
                .contains(new Waiting(
                        "somebody to resume", Story.START, Story.START.plus(Duration.ofMinutes(90)), consequence));

        // When
        story.after(Duration.ofMinutes(90));

        // Then
        assertThat(story.state()).isEqualTo(expected);
        assertThat(story.release().reason()).contains("It was paused for more than 1h30m");
        assertThat(story.timers()).doesNotContainKey("pause");
    }

    @Test
    void aPauseThatLastedTooLongHasNoWayBackToGoIfNothingWasChanged() {
        // Given
        var story = Story.begun(
                        APPROVE
                                + "rollback: { steps: [ { name: revert, run: revert } ] }\npause: { timeout: 1h, then: roll-back }")
                .pauseAsked();

        // When
        story.after(Duration.ofHours(1));

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.FAILED);
        assertThat(story.release().reason())
                .contains("It was paused for more than 1h; nothing was changed yet, so there is no way back to go");
    }

    @Test
    void aPauseThatNobodyCouldEndLastsAsLongAgain() {
        // Given
        var story = Story.begun(PAUSE.formatted("{ timeout: 1h }")).pauseAsked();
        story.timers().remove("pause");

        // When
        story.after(Duration.ofHours(1))
                .given(new Input.TimeCame("pause", Optional.of("the line is stopped by bob: payments are down")));

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.PAUSED);
        assertThat(story.lastTexts()).containsExactly("It stays paused: the line is stopped by bob: payments are down");
        var until = Story.START.plus(Duration.ofHours(2));
        assertThat(story.release().waiting())
                .contains(new Waiting("somebody to resume", Story.START, until, "the release fails"));
        assertThat(story.timers()).containsEntry("pause", until);
        assertThat(story.after(Duration.ofHours(1)).state()).isEqualTo(ReleaseState.FAILED);
    }

    @Test
    void theTimerOfAPauseThatIsOverChangesNothing() {
        // Given
        var story = Story.begun(APPROVE).pauseAsked().resumeAsked();

        // When
        story.timeCame("pause");

        // Then
        assertThat(story.last().matters()).isFalse();
    }

    @Test
    void theTimerOfAnEarlierPauseDoesNotEndALaterOne() {
        // Given: it was on its way when the release was resumed
        var story = Story.begun(APPROVE)
                .pauseAsked()
                .after(Duration.ofHours(1))
                .resumeAsked()
                .pauseAsked();

        // When
        story.timeCame("pause");

        // Then: and it is awaited still, should a clock have been ahead
        assertThat(story.state()).isEqualTo(ReleaseState.PAUSED);
        assertThat(story.lastTexts()).containsExactly("The timer pause came before its time; it is set again");
        assertThat(story.timers()).containsEntry("pause", Story.START.plus(Duration.ofHours(25)));
    }

    @Test
    void askingForAPauseTwiceOrToResumeWhatRunsIsNoted() {
        // When
        var paused = Story.begun(APPROVE).pauseAsked().pauseAsked();
        var running = Story.begun(APPROVE).resumeAsked();

        // Then
        assertThat(paused.lastTexts()).containsExactly("ada asked for a pause, but the release is PAUSED");
        assertThat(running.lastTexts()).containsExactly("ada asked to resume, but the release is RUNNING");
    }

    // ---- a decision about a failed step ----

    @Test
    void aFailedStepMayAskForADecision() {
        // Given
        var story = Story.begun(ASK);

        // When
        story.operationFailed("go-live.deploy");

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.PAUSED);
        assertThat(story.waitingFor()).containsExactly("a decision about go-live.deploy: retry, abort or roll back");
    }

    @Test
    void aDecisionThatNobodyMakesInADayFailsTheRelease() {
        // Given
        var story = Story.begun(ASK).operationFailed("go-live.deploy");

        // When
        story.after(Duration.ofHours(24));

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.FAILED);
    }

    @Test
    void aRetriedStepIsTriedUnderAnotherKey() {
        // Given
        var story = Story.begun(ASK).operationFailed("go-live.deploy");

        // When
        story.retryAsked();

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.RUNNING);
        assertThat(story.operations())
                .extracting(Effect.StartOperation::workId)
                .containsExactly(Story.ID + "/go-live/deploy/1", Story.ID + "/go-live/deploy/2");
        assertThat(story.operationDone("go-live.deploy").step("go-live.announce"))
                .isEqualTo(StepState.WAITING);
    }

    @Test
    void aFailedStepCannotBePassedByResuming() {
        // Given
        var story = Story.begun(ASK).operationFailed("go-live.deploy");

        // When
        story.resumeAsked();

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.PAUSED);
        assertThat(story.lastTexts())
                .containsExactly(
                        "ada asked to resume, but the failed step must be retried, or the release aborted or rolled back");
    }

    @Test
    void aRetryOfAnotherStepOrOfNoneThatFailedIsNoted() {
        // When
        var another = Story.begun(ASK).operationFailed("go-live.deploy").retryAsked("announce");
        var none = Story.begun(ASK).retryAsked();

        // Then
        assertThat(another.lastTexts())
                .containsExactly("ada asked for a retry, but no failed step waits for a decision");
        assertThat(none.lastTexts()).isEqualTo(another.lastTexts());
    }

    private static final String ASK_TWICE = """
            phases:
              - name: mobile
                steps:
                  - { name: android, run: deploy, on-failure: ask }
                  - { name: ios, needs: [], run: deploy, on-failure: ask }
            """;

    @Test
    void aRetryThatNamesNoStepTriesEveryFailedOneAgain() {
        // Given
        var story = Story.begun(ASK_TWICE).operationFailed("mobile.android").operationFailed("mobile.ios");

        // When
        story.retryAsked();

        // Then
        assertThat(story.steps().values()).containsExactly(StepState.RUNNING, StepState.RUNNING);
        assertThat(story.operationDone("mobile.android")
                        .operationDone("mobile.ios")
                        .state())
                .isEqualTo(ReleaseState.SUCCEEDED);
    }

    @Test
    void aRetryOfOneFailedStepLeavesTheDecisionAboutTheOtherOpen() {
        // Given
        var story = Story.begun(ASK_TWICE).operationFailed("mobile.android").operationFailed("mobile.ios");

        // When
        story.retryAsked("ios");

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.PAUSED);
        assertThat(story.waitingFor()).containsExactly("a decision about mobile.android: retry, abort or roll back");
        assertThat(story.timers()).containsKey("pause");
        story.retryAsked("mobile.android");
        assertThat(story.steps().values()).containsExactly(StepState.RUNNING, StepState.RUNNING);
    }

    // ---- abort ----

    @Test
    void anAbortedReleaseEndsWhereItStands() {
        // Given
        var story = Story.begun(ASK);

        // When
        story.abortAsked();

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.ABORTED);
        assertThat(story.steps().values()).containsExactly(StepState.CANCELLED, StepState.CANCELLED);
        assertThat(story.cancelledOperations()).hasSize(1);
        assertThat(story.published(ReleaseAborted.class))
                .containsExactly(new ReleaseAborted(Story.ID, "1.4.0", "ada", "wrong version"));
        assertThat(story.timers()).isEmpty();
    }

    @Test
    void aQueuedReleaseCanBeAborted() {
        // Given
        var story = Story.queued(ASK);

        // When
        story.abortAsked();

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.ABORTED);
    }

    @Test
    void nothingLeavesTheEnd() {
        // Given
        var story = Story.begun(ASK).abortAsked();
        var ended = story.release();

        // When
        story.turnCame()
                .resumeAsked()
                .retryAsked()
                .abortAsked()
                .skipAsked("announce")
                .rejected()
                .operationDone("go-live.deploy")
                .reported("Announced")
                .timeCame("pause");

        // Then
        assertThat(story.release()).isEqualTo(ended);
        assertThat(story.last().matters()).isFalse();
    }
}
