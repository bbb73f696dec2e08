package dev.slipway.release.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.slipway.event.ReleaseEvent.RollbackStarted;
import dev.slipway.event.ReleaseEvent.StepFailed;
import dev.slipway.event.ReleaseEvent.StepSkipped;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The rules of what people may do: who may approve, what can be skipped, and when there is a way back. */
class ControlsTest {

    // ---- approve, reject ----

    private static final String APPROVE = """
            phases:
              - name: go-live
                steps:
                  - { name: approval, approve: { by: release-managers, timeout: 2h%s } }
                  - { name: announce, await: { event: Announced } }
            """;

    /** The release was asked for by ci. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // plan                                   | who approves  | then      | what the journal says last
                "''                                       | ada           | SUCCEEDED | Approved by ada",
                "''                                       | ci            | WAITING   | ci asked for this release; somebody else must approve",
                "', self-approval: false'                 | ci            | WAITING   | ci asked for this release; somebody else must approve",
                "', self-approval: true'                  | ci            | SUCCEEDED | Approved by ci",
                "', approvals: 2'                         | ada           | WAITING   | Approved by ada",
                "', approvals: 2'                         | ada ada       | WAITING   | ada has approved already; somebody else must too",
                "', approvals: 2'                         | ada ci        | WAITING   | ci asked for this release; somebody else must approve",
                "', approvals: 2'                         | ada bob       | SUCCEEDED | Approved by ada and bob",
                "', approvals: 2, self-approval: true'    | ci ada        | SUCCEEDED | Approved by ci and ada",
                "', approvals: 3'                         | ada bob       | WAITING   | Approved by bob",
                "', approvals: 3'                         | ada bob eve   | SUCCEEDED | Approved by ada and bob and eve",
            })
    void whoMayApproveAndHowManyMustIsForThePlanToSay(String plan, String who, StepState then, String told) {
        // Given
        var story = Story.begun(APPROVE.formatted(plan));

        // When
        List.of(who.split(" ")).forEach(story::approvedBy);

        // Then
        assertThat(story.step("go-live.approval")).isEqualTo(then);
        assertThat(story.texts().stream().filter(text -> text.endsWith(told))).isNotEmpty();
    }

    @Test
    void whatIsMissingOfSeveralApprovalsIsShownAndTheDeadlineStays() {
        // Given
        var story = Story.begun(APPROVE.formatted(", approvals: 3, text: Tried by hand"));
        assertThat(story.waitingFor()).containsExactly("3 x approval by release-managers: Tried by hand");

        // When
        story.after(Duration.ofHours(1)).approvedBy("ada");

        // Then
        var waiting = story.progress("go-live.approval").waiting().orElseThrow();
        assertThat(waiting.what()).isEqualTo("2 x approval by release-managers, after ada: Tried by hand");
        assertThat(waiting.until()).isEqualTo(Story.START.plus(Duration.ofHours(2)));
        assertThat(story.after(Duration.ofHours(1)).step("go-live.approval")).isEqualTo(StepState.TIMED_OUT);
    }

    @Test
    void theEvidenceOfSeveralApprovalsNamesEachOfThem() {
        // When
        var story = Story.begun(APPROVE.formatted(", approvals: 2"))
                .approvedBy("bob")
                .after(Duration.ofMinutes(1))
                .approved();

        // Then
        assertThat(story.evidence("go-live.approval").details())
                .containsEntry("by", "bob and ada")
                .containsEntry(
                        "approvals",
                        List.of(
                                Map.of("by", "bob", "at", "2026-03-01T12:00:00Z"),
                                Map.of("by", "ada", "at", "2026-03-01T12:01:00Z", "comment", "looks good")));
    }

    @Test
    void anOperationBeginsWithTheLastOfItsApprovals() {
        // Given
        var story = Story.begun("""
                phases:
                  - name: go-live
                    steps: [ { name: deploy, run: deploy, approve: { by: on-call, approvals: 2 } } ]
                """);
        assertThat(story.approvedBy("ada").operations()).isEmpty();

        // When
        story.approvedBy("bob");

        // Then
        assertThat(story.startedOperations()).containsExactly("deploy");
    }

    @Test
    void anApprovalThatNamesNoStepIsForOneWhichThatPersonMayApprove() {
        // Given
        var story = Story.begun("""
                phases:
                  - name: go-live
                    steps:
                      - { name: one, needs: [], approve: { by: release-managers, approvals: 2 } }
                      - { name: two, approve: { by: release-managers } }
                """).approvedBy("ada");

        // When
        story.approvedBy("ada");

        // Then
        assertThat(story.step("go-live.one")).isEqualTo(StepState.WAITING);
        assertThat(story.step("go-live.two")).isEqualTo(StepState.SUCCEEDED);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // on-failure | rollback.when | the release is
                "fail      | []            | FAILED",
                "ask       | []            | PAUSED",
                "roll-back | []            | ROLLING_BACK",
                // A no does not let it go on.
                "continue  | []            | FAILED",
                "continue  | [step-failed] | ROLLING_BACK",
            })
    void aRejectedStepFailsAndThePlanSaysWhatFollows(String onFailure, String when, ReleaseState then) {
        // Given
        var story = Story.begun("""
                phases:
                  - name: migration
                    steps: [ { name: upgrade, run: deploy } ]
                  - name: go-live
                    steps:
                      - { name: approval, approve: { by: release-managers }, on-failure: %s }
                      - { name: announce, await: { event: Announced } }
                rollback: { when: %s, steps: [ { name: revert, run: revert } ] }
                """.formatted(onFailure, when)).operationDone("migration.upgrade");

        // When
        story.rejected();

        // Then
        assertThat(story.step("go-live.approval")).isEqualTo(StepState.FAILED);
        assertThat(story.state()).isEqualTo(then);
        var evidence = story.evidence("go-live.approval");
        assertThat(evidence.summary()).isEqualTo("Rejected by ada: the sign-in is slow");
        assertThat(evidence.details())
                .isEqualTo(Map.of("by", "ada", "at", "2026-03-01T12:00:00Z", "comment", "the sign-in is slow"));
        assertThat(story.published(StepFailed.class)).hasSize(1);
    }

    @Test
    void anApprovalThatNobodyGaveMayBePassedOver() {
        // Given
        var story = Story.begun("""
                phases:
                  - name: go-live
                    steps:
                      - { name: approval, approve: { by: us, timeout: 2h }, on-failure: continue }
                      - { name: announce, await: { event: Announced } }
                """);

        // When
        story.after(Duration.ofHours(2));

        // Then
        assertThat(story.step("go-live.approval")).isEqualTo(StepState.TIMED_OUT);
        assertThat(story.step("go-live.announce")).isEqualTo(StepState.WAITING);
    }

    @Test
    void aRejectionOnTheWayBackFailsItsStepAlone() {
        // Given
        var story = Story.begun("""
                phases: [ { name: go-live, steps: [ { name: deploy, run: deploy } ] } ]
                rollback:
                  when: [step-failed]
                  steps:
                    - { name: restore, run: revert, approve: { by: on-call } }
                    - { name: revert, run: revert }
                """).operationFailed("go-live.deploy");

        // When
        story.rejected();

        // Then
        assertThat(story.step("rollback.restore")).isEqualTo(StepState.FAILED);
        assertThat(story.step("rollback.revert")).isEqualTo(StepState.RUNNING);
    }

    @Test
    void aRejectedOperationHasDoneNothingAndIsNotTriedAgain() {
        // Given
        var story = Story.begun("""
                phases:
                  - name: go-live
                    steps:
                      - { name: deploy, run: deploy, approve: { by: on-call }, retry: { attempts: 3 } }
                rollback: { when: [step-failed], steps: [ { name: revert, run: revert } ] }
                """);

        // When
        story.rejected();

        // Then
        assertThat(story.operations()).isEmpty();
        assertThat(story.state()).isEqualTo(ReleaseState.FAILED);
        assertThat(story.timers()).isEmpty();
    }

    @Test
    void aRejectionThatIsForNothingIsNoted() {
        // When
        var story = Story.begun(APPROVE.formatted("")).approved().rejected();

        // Then
        assertThat(story.lastTexts()).containsExactly("ada said no, but no step awaits approval");
    }

    // ---- skip ----

    private static final String STEPS = """
            phases:
              - name: migration
                steps:
                  - { name: check, needs: [], check: { http: "http://x", expect: ["[STATUS] == 200"] } }
                  - { name: report, await: { event: Reported } }
                  - { name: run, run: deploy, until: { event: Deployed } }
                  - { name: approval, approve: { by: us } }
                  - { name: deploy, run: deploy, approve: { by: us }, on-failure: ask }
                  - { name: asks, check: { http: "http://x", expect: ["[STATUS] == 200"] }, on-failure: ask }
                  - { name: goes-on, await: { event: Nothing, timeout: 1m }, on-failure: continue }
                  - { name: soak, watch: { for: 15m, monitors: [health] } }
              - name: go-live
                steps:
                  - { name: later, await: { event: Announced } }
                  - { name: late-approval, approve: { by: us } }
            monitors: [ { name: health, http: "http://x", expect: ["[STATUS] == 200"] } ]
            rollback: { within: 1h, steps: [ { name: revert, await: { event: Reverted } } ] }
            """;

    static Stream<Arguments> skips() {
        var underWay = "its operation is under way; await its end, or roll the release back";
        var unapproved = "it needs an approval, which is given or rejected";
        return Stream.of(
                arguments("a check", Story.begun(STEPS), "migration.check", ""),
                arguments("a report that is awaited", Story.begun(STEPS), "migration.report", ""),
                arguments("by its short name", Story.begun(STEPS), "report", ""),
                arguments("a soak", Story.begun(STEPS), "migration.soak", ""),
                arguments("what has not begun", Story.begun(STEPS), "go-live.later", ""),
                arguments("in a pause", Story.begun(STEPS).pauseAsked(), "migration.report", ""),
                arguments("in the queue", Story.queued(STEPS), "migration.report", ""),
                arguments("a failed step that asks", Story.begun(STEPS).checkFailed("migration.asks"), "asks", ""),
                arguments(
                        "a report that must follow an operation",
                        Story.begun(STEPS).operationDone("migration.run"),
                        "run",
                        ""),
                arguments(
                        "a failed operation that was approved",
                        Story.begun(STEPS).approved("migration.deploy").operationFailed("migration.deploy"),
                        "deploy",
                        ""),
                arguments("an operation under way", Story.begun(STEPS), "migration.run", underWay),
                arguments("an approval", Story.begun(STEPS), "migration.approval", unapproved),
                arguments("an approval to come", Story.begun(STEPS), "go-live.late-approval", unapproved),
                arguments("an operation that awaits approval", Story.begun(STEPS), "migration.deploy", unapproved),
                arguments(
                        "an operation whose approval was rejected",
                        Story.begun(STEPS).given(new Input.Rejected("bob", Optional.of("deploy"), Optional.empty())),
                        "migration.deploy",
                        unapproved),
                arguments(
                        "what succeeded",
                        Story.begun(STEPS).checkPassed("migration.check"),
                        "migration.check",
                        "it is SUCCEEDED already"),
                arguments(
                        "what was skipped",
                        Story.begun(STEPS).skipAsked("goes-on"),
                        "goes-on",
                        "it is SKIPPED already"),
                arguments(
                        "what failed without consequence",
                        Story.begun(STEPS).after(Duration.ofMinutes(1)),
                        "goes-on",
                        "it is TIMED_OUT, and the release went on"),
                arguments("nothing of the plan", Story.begun(STEPS), "mobile", "the plan has no such step"),
                arguments(
                        "a step of the way back",
                        Story.begun(STEPS),
                        "rollback.revert",
                        "the way back goes on by itself without a step that fails or times out"),
                arguments(
                        "on the way back",
                        Story.begun(STEPS).rollbackAsked(),
                        "migration.report",
                        "the release is ROLLING_BACK"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("skips")
    void whatCanBeSkippedIsSkippedWithAReasonAndWhatCannotStays(
            String what, Story story, String step, String objection) {
        // Given
        var before = story.steps();

        // When
        story.skipAsked(step);

        // Then
        if (objection.isEmpty()) {
            var ref = before.keySet().stream()
                    .filter(it -> it.equals(step) || it.endsWith("." + step))
                    .findFirst()
                    .orElseThrow();
            assertThat(story.step(ref)).isEqualTo(StepState.SKIPPED);
            assertThat(story.evidence(ref).summary()).isEqualTo("Skipped by ada: not today");
            assertThat(story.evidence(ref).details()).containsEntry("reason", "not today");
            assertThat(story.published(StepSkipped.class))
                    .extracting(StepSkipped::reason)
                    .contains("Skipped by ada: not today");
        } else {
            assertThat(story.lastTexts()).containsExactly("ada asked to skip %s, but %s".formatted(step, objection));
            assertThat(story.steps()).isEqualTo(before);
        }
    }

    @Test
    void aReleaseGoesOnWhenItsLastUndecidedStepIsSkipped() {
        // Given
        var story = Story.begun("""
                phases:
                  - name: mobile
                    steps:
                      - { name: android, needs: [], run: deploy, on-failure: ask }
                      - { name: ios, run: deploy, on-failure: ask }
                  - name: go-live
                    steps: [ { name: announce, await: { event: Announced } } ]
                """).operationFailed("mobile.android").operationFailed("mobile.ios");

        // When
        story.skipAsked("android");

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.PAUSED);
        story.skipAsked("ios");
        assertThat(story.state()).isEqualTo(ReleaseState.RUNNING);
        assertThat(story.step("go-live.announce")).isEqualTo(StepState.WAITING);
        assertThat(story.timers()).hasSize(1);
    }

    // ---- where the line is stopped ----

    static Stream<Arguments> onwards() {
        var stop = Optional.of("the line is stopped by bob: payments are down");
        var undecided = "migration.asks";
        return Stream.of(
                arguments(
                        Story.begun(STEPS).pauseAsked(),
                        new Input.ResumeAsked("ada", Optional.empty(), stop),
                        "ada asked to resume, but the line is stopped by bob: payments are down"),
                arguments(
                        Story.begun(STEPS).checkFailed(undecided),
                        new Input.RetryAsked("ada", Optional.empty(), Optional.empty(), stop),
                        "ada asked for a retry, but the line is stopped by bob: payments are down"),
                arguments(
                        Story.begun(STEPS).checkFailed(undecided),
                        new Input.SkipAsked("ada", undecided, "not today", stop),
                        "ada asked to skip migration.asks, but the line is stopped by bob: payments are down"));
    }

    @ParameterizedTest
    @MethodSource("onwards")
    void whereTheLineIsStoppedAPausedReleaseDoesNotGoOn(Story story, Input input, String told) {
        // Given
        var before = story.steps();

        // When
        story.given(input);

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.PAUSED);
        assertThat(story.steps()).isEqualTo(before);
        assertThat(story.lastTexts()).containsExactly(told);
    }

    @Test
    void whereTheLineIsStoppedAStepThatIsNotUndecidedCanBeSkipped() {
        // Given
        var story = Story.begun(STEPS).pauseAsked();

        // When
        story.given(new Input.SkipAsked("ada", "migration.report", "not today", Optional.of("the line is stopped")));

        // Then
        assertThat(story.step("migration.report")).isEqualTo(StepState.SKIPPED);
        assertThat(story.state()).isEqualTo(ReleaseState.PAUSED);
    }

    @Test
    void whoeverWorkedForASkippedStepIsToldToStop() {
        // Given
        var story = Story.begun(STEPS);

        // When
        story.skipAsked("soak");

        // Then
        assertThat(story.publishedNames()).contains("WatchCancelled");
        assertThat(story.degraded("health").state()).isEqualTo(ReleaseState.RUNNING);
    }

    // ---- the way back, by hand ----

    private static final String WAY_BACK = """
            phases:
              - name: migration
                steps:
                  - { name: upgrade, run: deploy, on-failure: %s }
            rollback: { within: 1h, steps: [ { name: revert, run: revert, if: upgrade } ] }
            """;

    static Stream<Arguments> ways() {
        var plan = WAY_BACK.formatted("ask");
        var done = "migration.upgrade";
        var back = "rollback.revert";
        var twice = "a rollback is not rolled back; ask for a release of the version that is to run";
        return Stream.of(
                arguments("RUNNING", Story.begun(plan), ""),
                arguments("PAUSED by a person", Story.begun(plan).pauseAsked(), ""),
                arguments("PAUSED for a decision", Story.begun(plan).operationFailed(done), ""),
                arguments("SUCCEEDED", Story.begun(plan).operationDone(done), ""),
                arguments("FAILED", Story.begun(WAY_BACK.formatted("fail")).operationFailed(done), ""),
                arguments("ABORTED", Story.begun(plan).abortAsked(), ""),
                arguments(
                        "SUCCEEDED long ago",
                        Story.begun(plan).operationDone(done).after(Duration.ofDays(300)),
                        ""),
                arguments("QUEUED", Story.queued(plan), "nothing of it was begun"),
                arguments("ABORTED in the queue", Story.queued(plan).abortAsked(), "nothing of it was begun"),
                arguments("ROLLING_BACK", Story.begun(plan).rollbackAsked(), "it is on the way back already"),
                arguments(
                        "ROLLED_BACK",
                        Story.begun(plan).operationDone(done).rollbackAsked().operationDone(back),
                        twice),
                arguments("ROLLBACK_FAILED", Story.begun(plan).rollbackAsked().after(Duration.ofHours(1)), twice),
                arguments(
                        "ABORTED on the way back",
                        Story.begun(plan).rollbackAsked().abortAsked(),
                        "it was on the way back already when it ended"),
                arguments(
                        "without a way back",
                        Story.begun("phases: [ { name: a, steps: [ { name: b, run: deploy } ] } ]"),
                        "its plan has no way back; abort it, and add 'rollback' to the plan for the next one"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ways")
    void aReleaseCanBeRolledBackAtAnyTimeOnceItHasBegunButOnlyOnce(String when, Story story, String objection) {
        // Given
        var before = story.state();
        var backs = story.published(RollbackStarted.class).size();

        // When
        story.rollbackAsked();

        // Then
        if (objection.isEmpty()) {
            assertThat(story.state()).isEqualTo(ReleaseState.ROLLING_BACK);
            assertThat(story.release().endedAt()).isEmpty();
            assertThat(story.after(Duration.ofHours(2)).state().ended()).isTrue();
            assertThat(story.timers()).isEmpty();
        } else {
            assertThat(story.state()).isEqualTo(before);
            assertThat(story.published(RollbackStarted.class)).hasSize(backs);
            assertThat(story.lastTexts()).containsExactly("ada asked for the way back, but " + objection);
        }
    }

    @Test
    void theWayBackOfASucceededReleaseEndsAsItDoesOtherwise() {
        // Given
        var story = Story.begun(WAY_BACK.formatted("ask"))
                .operationDone("migration.upgrade")
                .rollbackAsked();
        assertThat(story.startedOperations()).containsExactly("deploy", "revert");

        // When
        story.after(Duration.ofMinutes(1)).operationDone("rollback.revert");

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.ROLLED_BACK);
        assertThat(story.release().reason()).contains("customers complain");
        assertThat(story.release().endedAt()).contains(Story.START.plus(Duration.ofMinutes(1)));
    }

    @Test
    void whatStandsInTheWayAroundTheReleaseIsNoted() {
        // Given
        var story = Story.begun(WAY_BACK.formatted("ask")).operationDone("migration.upgrade");

        // When
        story.rollbackAskedDespite("the release of 2.0 has begun since");

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.SUCCEEDED);
        assertThat(story.lastTexts())
                .containsExactly("ada asked for the way back, but the release of 2.0 has begun since");
    }
}
