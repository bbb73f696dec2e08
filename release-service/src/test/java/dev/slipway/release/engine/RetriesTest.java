package dev.slipway.release.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.slipway.event.CheckEvent.CheckRequested;
import dev.slipway.event.Evidence;
import dev.slipway.event.ReleaseEvent.StepFailed;
import dev.slipway.event.ReleaseEvent.StepStarted;
import dev.slipway.event.ReleaseEvent.StepSucceeded;
import dev.slipway.release.engine.Decision.Change;
import dev.slipway.release.plan.Step.Retry;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Steps that are tried again by themselves. */
class RetriesTest {

    private static final String CHECK = """
            phases:
              - name: smoke
                steps:
                  - name: serves
                    check: { http: "https://shop.example", expect: ["[STATUS] == 200"] }
                    retry: { attempts: 3, backoff: 10s }
            """;

    private static final String RUN = """
            phases:
              - name: rollout
                steps:
                  - name: deploy
                    run: deploy
                    approve: { by: us }
                    until: { event: Deployed }
                    timeout: 10m
                    retry: { attempts: 4, backoff: 1m }
            rollback: { within: 9m, steps: [ { name: revert, run: revert } ] }
            """;

    @ParameterizedTest
    @CsvSource({"1, PT10S", "2, PT20S", "3, PT40S", "4, PT1M", "5, PT1M", "19, PT1M"})
    void thePauseDoublesUpToTheLongest(int failed, Duration expected) {
        // Given
        var retry = new Retry(20, Duration.ofSeconds(10), Duration.ofMinutes(1));

        // Then
        assertThat(retry.pauseAfter(failed)).isEqualTo(expected);
    }

    @Test
    void allPausesTogether() {
        assertThat(new Retry(4, Duration.ofSeconds(10), Duration.ofSeconds(30)).pauses())
                .isEqualTo(Duration.ofSeconds(60));
    }

    @Test
    void aCheckThatFailsIsMadeAgainAfterAPause() {
        // Given
        var story = Story.begun(CHECK).checkFailed("smoke.serves");
        assertThat(story.step("smoke.serves")).isEqualTo(StepState.WAITING);
        assertThat(story.waitingFor()).containsExactly("the next attempt, 2 of 3, after: [STATUS] was 500");
        assertThat(story.progress("smoke.serves").waiting().orElseThrow().until())
                .isEqualTo(story.now().plusSeconds(10));
        assertThat(story.published(CheckRequested.class)).hasSize(1);

        // When
        story.after(Duration.ofSeconds(10));

        // Then
        assertThat(story.step("smoke.serves")).isEqualTo(StepState.RUNNING);
        assertThat(story.published(CheckRequested.class))
                .extracting(CheckRequested::checkId)
                .containsExactly(Story.ID + "/smoke/serves/1", Story.ID + "/smoke/serves/2");
        assertThat(story.published(StepStarted.class)).hasSize(2);
    }

    @Test
    void theEvidenceOfASuccessNamesTheAttemptsThatFailed() {
        // When
        var story = Story.begun(CHECK)
                .checkFailed("smoke.serves")
                .after(Duration.ofSeconds(10))
                .checkPassed("smoke.serves");

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.SUCCEEDED);
        assertThat(story.published(StepSucceeded.class).getFirst().evidence().details())
                .containsEntry("failedAttempts", List.of("2026-03-01T12:00:00Z [STATUS] was 500"));
    }

    @Test
    void eachFailedAttemptStandsInTheJournalWithItsEvidence() {
        // When
        var story = Story.begun(CHECK).checkFailed("smoke.serves");

        // Then
        assertThat(story.last().changes())
                .extracting(Change::to, Change::evidence)
                .containsExactly(tuple(Optional.of("WAITING"), Optional.of(Evidence.of("[STATUS] was 500"))));
    }

    @Test
    void theStepFailsWithItsLastAttempt() {
        // When
        var story = Story.begun(CHECK)
                .checkFailed("smoke.serves")
                .after(Duration.ofSeconds(10))
                .checkFailed("smoke.serves")
                .after(Duration.ofSeconds(20))
                .checkFailed("smoke.serves");

        // Then
        assertThat(story.step("smoke.serves")).isEqualTo(StepState.FAILED);
        assertThat(story.progress("smoke.serves").attempt()).isEqualTo(3);
        assertThat(story.published(StepFailed.class)).hasSize(1);
        assertThat(story.evidence("smoke.serves").details().get("failedAttempts"))
                .isEqualTo(List.of("2026-03-01T12:00:00Z [STATUS] was 500", "2026-03-01T12:00:10Z [STATUS] was 500"));
        assertThat(story.state()).isEqualTo(ReleaseState.FAILED);
    }

    @Test
    void theAnswerOfAnAttemptThatIsOverCountsNoMore() {
        // Given
        var story = Story.begun(CHECK).checkFailed("smoke.serves");

        // When: the same answer again
        story.checkFailed("smoke.serves");

        // Then
        assertThat(story.last().matters()).isFalse();
    }

    @Test
    void anOperationIsTriedAgainUnderAnotherKeyAndNeedsNoSecondApproval() {
        // When
        var story = Story.begun(RUN)
                .approved()
                .operationFailed("rollout.deploy")
                .after(Duration.ofMinutes(1))
                .operationDone("rollout.deploy")
                .reported("Deployed");

        // Then
        assertThat(story.operations())
                .extracting(Effect.StartOperation::workId)
                .containsExactly(Story.ID + "/rollout/deploy/1", Story.ID + "/rollout/deploy/2");
        assertThat(story.operations())
                .extracting(Effect.StartOperation::until)
                .containsOnly(Story.START.plusSeconds(600));
        assertThat(story.state()).isEqualTo(ReleaseState.SUCCEEDED);
    }

    @Test
    void aReportBetweenTwoAttemptsIsForNeither() {
        // When
        var story = Story.begun(RUN)
                .approved()
                .operationFailed("rollout.deploy")
                .reported("Deployed")
                .after(Duration.ofMinutes(1))
                .operationDone("rollout.deploy");

        // Then
        assertThat(story.texts()).contains("Deployed came, but no step awaits it");
        assertThat(story.step("rollout.deploy")).isEqualTo(StepState.WAITING);
    }

    @Test
    void theTimeOfAStepIsForAllItsAttempts() {
        // When: the pauses of 1, 2 and 4 minutes fit into 10, the next attempt's end does not
        var story = Story.begun(RUN)
                .approved()
                .operationFailed("rollout.deploy")
                .after(Duration.ofMinutes(1))
                .operationFailed("rollout.deploy")
                .after(Duration.ofMinutes(2))
                .operationFailed("rollout.deploy")
                .after(Duration.ofMinutes(4))
                .after(Duration.ofMinutes(3));

        // Then
        assertThat(story.step("rollout.deploy")).isEqualTo(StepState.TIMED_OUT);
        assertThat(story.evidence("rollout.deploy").details()).containsKey("failedAttempts");
        assertThat(story.timers()).isEmpty();
    }

    @Test
    void noPauseIsBegunThatWouldOutlastTheStepsTime() {
        // When
        var story = Story.begun(RUN).approved().after(Duration.ofSeconds(570)).operationFailed("rollout.deploy");

        // Then
        assertThat(story.step("rollout.deploy")).isEqualTo(StepState.FAILED);
        assertThat(story.evidence("rollout.deploy").summary())
                .isEqualTo("the provider refused; no time is left for another attempt");
    }

    @Test
    void whatTimedOutIsNotTriedAgainAsItMayStillBeOnItsWay() {
        // When
        var story = Story.begun(RUN).approved().after(Duration.ofMinutes(10));

        // Then
        assertThat(story.step("rollout.deploy")).isEqualTo(StepState.TIMED_OUT);
    }

    @Test
    void theWayBackWaitsForNoFurtherAttempt() {
        // When
        var story =
                Story.begun(RUN).approved().operationFailed("rollout.deploy").rollbackAsked();

        // Then
        assertThat(story.step("rollout.deploy")).isEqualTo(StepState.CANCELLED);
        assertThat(story.startedOperations()).containsExactly("deploy", "revert");
        assertThat(story.timers().keySet()).noneMatch(timer -> timer.contains("rollout/deploy"));
    }

    @Test
    void whoRetriesByHandGetsAllAttemptsAnew() {
        // Given
        var story = Story.begun(CHECK + "        on-failure: ask\n");
        for (var attempt = 0; attempt < 3; attempt++) {
            story.checkFailed("smoke.serves").after(Duration.ofSeconds(20));
        }
        assertThat(story.state()).isEqualTo(ReleaseState.PAUSED);

        // When
        story.retryAsked().checkFailed("smoke.serves");

        // Then
        assertThat(story.waitingFor()).containsExactly("the next attempt, 2 of 3, after: [STATUS] was 500");
    }

    @Test
    void aStepOfTheWayBackIsTriedAgainToo() {
        // Given
        var story = Story.begun("""
                phases: [ { name: only, steps: [ { name: it, run: deploy }, { name: wait, await: { event: Done } } ] } ]
                rollback: { steps: [ { name: revert, run: revert, retry: { attempts: 2, backoff: 5s } } ] }
                """).operationDone("only.it").rollbackAsked();

        // When
        story.operationFailed("rollback.revert").after(Duration.ofSeconds(5)).operationDone("rollback.revert");

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.ROLLED_BACK);
    }
}
