package dev.slipway.release.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.slipway.event.CheckEvent.CheckRequested;
import dev.slipway.event.CheckEvent.WatchStarted;
import dev.slipway.event.EventJson;
import dev.slipway.event.ReleaseEvent.ParentSucceeded;
import dev.slipway.event.ReleaseEvent.ReleaseStarted;
import dev.slipway.event.ReleaseEvent.ReleaseSucceeded;
import dev.slipway.event.ReleaseEvent.RollbackStarted;
import dev.slipway.event.ReleaseEvent.StepStarted;
import dev.slipway.release.engine.Effect.AskForChild;
import dev.slipway.release.engine.Effect.StartOperation;
import dev.slipway.release.engine.Moves.Asked;
import dev.slipway.release.engine.Moves.Move;
import dev.slipway.release.engine.Release.Approver;
import dev.slipway.release.engine.Release.Stage;
import dev.slipway.release.engine.Release.StepProgress;
import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.Step.Retry;
import dev.slipway.release.plan.StepRef;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What holds for every plan, whatever happens. */
class EnginePropertiesTest {

    private static final Set<String> ENDS =
            Set.of("ReleaseSucceeded", "ReleaseFailed", "ReleaseAborted", "RollbackCompleted", "RollbackFailed");

    /** What answers work that has a name; each may come again. */
    private static final Set<Class<? extends Input>> ANSWERS = Set.of(
            Input.Checked.class,
            Input.OperationEnded.class,
            Input.Watched.class,
            Input.ChildReady.class,
            Input.ChildEnded.class,
            Input.TimeCame.class);

    @Provide
    Arbitrary<Asked> asked() {
        return Moves.asked();
    }

    @Provide
    Arbitrary<List<Move>> moves() {
        return Moves.moves();
    }

    @Property(tries = 250)
    void aReleaseHasEndedOrWaitsForSomethingNamedThatWillWakeIt(
            @ForAll("asked") Asked asked, @ForAll("moves") List<Move> moves) {
        var story = asked.queued().turnCame();
        for (var move : moves) {
            move.to(story);
            if (story.state().ended()) {
                assertThat(story.timers()).isEmpty();
                assertThat(story.waitingFor()).isEmpty();
            } else {
                assertThat(story.waitingFor()).isNotEmpty();
                assertThat(story.timers()).isNotEmpty();
                assertThat(story.timers().containsKey("pause")).isEqualTo(story.state() == ReleaseState.PAUSED);
                assertThat(story.timers().containsKey("queue")).isEqualTo(story.state() == ReleaseState.QUEUED);
                if (story.state() != ReleaseState.ROLLING_BACK) {
                    // On its way back it may wait for releases that are part of it.
                    assertThat(story.release().waiting().isPresent())
                            .isEqualTo(story.state() == ReleaseState.PAUSED
                                    || story.state() == ReleaseState.QUEUED
                                    || story.timers().containsKey("train"));
                }
                assertThat(story.timers().containsKey("rollback"))
                        .isEqualTo(story.state() == ReleaseState.ROLLING_BACK);
                for (var step : story.release().steps()) {
                    assertIsAwokenInItsTime(story, step);
                }
            }
        }
    }

    private static void assertIsAwokenInItsTime(Story story, StepProgress step) {
        assertThat(step.waiting().isPresent()).isEqualTo(step.state().inFlight());
        if (step.state().inFlight()) {
            var work = story.workId(step.ref().toString());
            var timer = story.timers().entrySet().stream()
                    .filter(it -> it.getKey().equals(work) || it.getKey().startsWith(work + "/"))
                    .map(Map.Entry::getValue)
                    .toList();
            assertThat(timer).as("The timers of %s", step.ref()).hasSize(1);
            assertThat(timer.getFirst())
                    .isAfterOrEqualTo(step.waiting().orElseThrow().until());
        }
    }

    @Property(tries = 250)
    void statesGoOnlyWhereTheDesignLetsThem(@ForAll("asked") Asked asked, @ForAll("moves") List<Move> moves) {
        // When
        var story = asked.queued().turnCame();
        moves.forEach(move -> move.to(story));
        story.after(Duration.ofDays(60));

        // Then
        var release = ReleaseState.QUEUED;
        var steps = new HashMap<StepRef, StepState>();
        for (var change : story.changes()) {
            if (change.to().isPresent() && change.step().isPresent()) {
                var step = change.step().get();
                var to = StepState.valueOf(change.to().get());
                assertThat(nextOf(steps.getOrDefault(step, StepState.PENDING)))
                        .as("%s of %s", change, story.changes())
                        .contains(to);
                steps.put(step, to);
            } else if (change.to().isPresent()) {
                var to = ReleaseState.valueOf(change.to().get());
                assertThat(nextOf(release)).as("%s", change).contains(to);
                release = to;
            }
        }
        assertThat(release).isEqualTo(story.state());
        steps.forEach((step, state) -> assertThat(story.step(step.toString())).isEqualTo(state));
    }

    private static Set<ReleaseState> nextOf(ReleaseState state) {
        return switch (state) {
            case QUEUED -> Set.of(ReleaseState.RUNNING, ReleaseState.SUPERSEDED, ReleaseState.ABORTED);
            // Several steps may fail side by side, and each pauses it.
            case RUNNING, PAUSED ->
                Set.of(
                        ReleaseState.RUNNING,
                        ReleaseState.PAUSED,
                        ReleaseState.SUCCEEDED,
                        ReleaseState.ROLLING_BACK,
                        ReleaseState.FAILED,
                        ReleaseState.ABORTED);
            case ROLLING_BACK -> Set.of(ReleaseState.ROLLED_BACK, ReleaseState.ROLLBACK_FAILED, ReleaseState.ABORTED);
            case SUCCEEDED, FAILED, ABORTED -> Set.of(ReleaseState.ROLLING_BACK);
            case ROLLED_BACK, ROLLBACK_FAILED, SUPERSEDED -> Set.of();
        };
    }

    private static Set<StepState> nextOf(StepState state) {
        return switch (state) {
            case PENDING -> Set.of(StepState.RUNNING, StepState.SKIPPED, StepState.FAILED, StepState.CANCELLED);
            // What is approved during a pause begins when that is over.
            case RUNNING, WAITING ->
                Set.of(
                        StepState.PENDING,
                        StepState.RUNNING,
                        StepState.WAITING,
                        StepState.SUCCEEDED,
                        StepState.FAILED,
                        StepState.TIMED_OUT,
                        StepState.SKIPPED,
                        StepState.CANCELLED);
            // A person may say that it is tried again, or that it is not needed.
            case FAILED, TIMED_OUT -> Set.of(StepState.PENDING, StepState.SKIPPED);
            case SUCCEEDED, SKIPPED, CANCELLED -> Set.of();
        };
    }

    @Property(tries = 250)
    void anAnswerThatComesAgainHasNoFurtherEffect(@ForAll("asked") Asked asked, @ForAll("moves") List<Move> moves) {
        var story = asked.queued().turnCame();
        for (var move : moves) {
            move.to(story);
            var input = story.told().getLast().input();
            var before = story.release();
            if (ANSWERS.contains(input.getClass())) {
                story.given(input);
                assertThat(story.last().effects())
                        .as("What %s did once more", input)
                        .isEmpty();
                assertThat(story.release().state()).isEqualTo(before.state());
                assertThat(story.release().steps()).isEqualTo(before.steps());
            }
        }
    }

    @Property(tries = 250)
    void whatNobodyTouchesAnyMoreComesToItsEndByItsTimersAlone(
            @ForAll("asked") Asked asked, @ForAll("moves") List<Move> moves) {
        // Given
        var story = asked.queued().turnCame();
        moves.forEach(move -> move.to(story));

        // When: more than every step of the plan may take, one after the other
        story.after(Duration.ofDays(60));

        // Then
        assertThat(story.state().ended()).isTrue();
        assertThat(story.timers()).isEmpty();
    }

    @Property(tries = 250)
    void noStepBeginsBeforeItsPredecessors(@ForAll("asked") Asked asked, @ForAll("moves") List<Move> moves) {
        var story = asked.queued().turnCame();
        for (var move : moves) {
            move.to(story);
            var done = story.release().steps().stream()
                    .filter(step -> step.state().ended())
                    .map(StepProgress::ref)
                    .collect(Collectors.toSet());
            for (var step : story.release().steps()) {
                if (step.attempt() > 0) {
                    var phase = step.ref().phase();
                    var needed = story.plan().steps().stream()
                            .takeWhile(ref -> !ref.phase().equals(phase))
                            .toList();
                    assertThat(done).as("Before %s", step.ref()).containsAll(needed);
                    story.plan()
                            .step(step.ref())
                            .needs()
                            .forEach(need -> assertThat(
                                            story.step(phase + "." + need).ended())
                                    .as("%s before %s", need, step.ref())
                                    .isTrue());
                }
            }
        }
    }

    @Property(tries = 250)
    void whatNothingHoldsUpHasBegun(@ForAll("asked") Asked asked, @ForAll("moves") List<Move> moves) {
        var story = asked.queued().turnCame();
        for (var move : moves) {
            move.to(story);
            if (story.state() == ReleaseState.RUNNING) {
                var phase = story.plan().phases().get(story.release().phase());
                for (var step : phase.steps()) {
                    if (story.step(phase.name() + "." + step.name()) == StepState.PENDING) {
                        assertThat(step.needs())
                                .as("What %s.%s waits for", phase.name(), step.name())
                                .anyMatch(need ->
                                        !story.step(phase.name() + "." + need).ended());
                    }
                }
            }
        }
    }

    @Property(tries = 250)
    void aStepIsTriedAsOftenAsThePlanSaysUnlessAPersonAsksForMore(
            @ForAll("asked") Asked asked, @ForAll("moves") List<Move> moves) {
        // When
        var story = asked.queued().turnCame();
        moves.forEach(move -> move.to(story));

        // Then
        var askedFor = story.told().stream()
                .filter(told -> told.input() instanceof Input.RetryAsked)
                .count();
        for (var step : story.release().steps()) {
            var attempts =
                    story.plan().step(step.ref()).retry().map(Retry::attempts).orElse(1);
            assertThat((long) step.attempt())
                    .as("Attempts at %s", step.ref())
                    .isLessThanOrEqualTo(attempts * (1 + askedFor));
            assertThat(step.tries().map(tries -> tries.failed().size()).orElse(0))
                    .isLessThan(Math.max(attempts, 1));
        }
    }

    @Property(tries = 250)
    void theWayBackIsGoneAtMostOnceAndNothingRunsForwardAfterwards(
            @ForAll("asked") Asked asked, @ForAll("moves") List<Move> moves) {
        // When
        var story = asked.queued().turnCame();
        moves.forEach(move -> move.to(story));
        story.after(Duration.ofDays(60));

        // Then
        var names = story.publishedNames();
        assertThat(story.published(RollbackStarted.class)).hasSizeLessThan(2);
        assertThat(story.published(ReleaseStarted.class)).hasSize(1);
        // A person may ask for the way back of a release that has ended; nothing else leaves the end.
        assertThat(names.stream().filter(ENDS::contains).count())
                .isBetween(1L, 1L + story.published(RollbackStarted.class).size());
        assertThat(names.subList(names.size() - 1, names.size())).allMatch(ENDS::contains);
        var back = names.indexOf("RollbackStarted");
        var begunForward = story.published().subList(back < 0 ? names.size() : back, names.size()).stream()
                .filter(StepStarted.class::isInstance)
                .filter(event -> !((StepStarted) event).phase().equals(Plan.ROLLBACK));
        assertThat(begunForward).isEmpty();
    }

    @Property(tries = 250)
    void noWorkIsAskedForTwiceAndAnOperationOncePerAttemptAtItsStep(
            @ForAll("asked") Asked asked, @ForAll("moves") List<Move> moves) {
        // When
        var story = asked.queued().turnCame();
        moves.forEach(move -> move.to(story));

        // Then
        assertThat(story.operations()).extracting(StartOperation::workId).doesNotHaveDuplicates();
        assertThat(story.published(CheckRequested.class))
                .extracting(CheckRequested::checkId)
                .doesNotHaveDuplicates();
        assertThat(story.published(WatchStarted.class))
                .extracting(WatchStarted::watchId)
                .doesNotHaveDuplicates();
        assertThat(story.children()).extracting(AskForChild::id).doesNotHaveDuplicates();
        assertThat(story.operations().size())
                .isLessThanOrEqualTo(story.published(StepStarted.class).size());
    }

    @Property(tries = 250)
    void nothingLeavesTheEndUnlessSomebodyAsksForTheWayBack(
            @ForAll("asked") Asked asked, @ForAll("moves") List<Move> moves) {
        // Given
        var story = asked.queued().turnCame().after(Duration.ofDays(60));
        var ended = story.release();

        // When
        moves.stream()
                .filter(move -> move.kind() != Moves.Kind.ROLLBACK && move.kind() != Moves.Kind.PARENT)
                .forEach(move -> move.to(story));

        // Then
        assertThat(ended.state().ended()).isTrue();
        assertThat(story.release()).isEqualTo(ended);
    }

    @Property(tries = 250)
    void aRollbackIsNotRolledBack(@ForAll("asked") Asked asked, @ForAll("moves") List<Move> moves) {
        // Given
        var story = asked.queued().turnCame();
        moves.forEach(move -> move.to(story));
        story.rollbackAsked().after(Duration.ofDays(60));
        var end = story.state();

        // When
        story.rollbackAsked().degraded("m1").rollbackAsked();

        // Then
        assertThat(story.state()).isEqualTo(end);
        assertThat(story.published(RollbackStarted.class)).hasSizeLessThan(2);
    }

    @Property(tries = 250)
    void itsPartsComeBackOneAfterTheOtherAndSucceedOnlyTogether(
            @ForAll("asked") Asked asked, @ForAll("moves") List<Move> moves) {
        var story = asked.queued().turnCame();
        for (var move : moves) {
            move.to(story);
            var comingBack = story.release().steps().stream()
                    .flatMap(step -> step.child().stream())
                    .filter(child -> child.turnedBack() && child.end().isEmpty())
                    .count();
            if (!story.state().ended()) {
                assertThat(comingBack).isLessThan(2);
            }
            if (story.published(ReleaseSucceeded.class).isEmpty()) {
                assertThat(story.tells()).noneMatch(ParentSucceeded.class::isInstance);
            }
            if (comingBack > 0) {
                assertThat(story.state()).isNotIn(ReleaseState.RUNNING, ReleaseState.PAUSED, ReleaseState.SUCCEEDED);
            }
        }
    }

    @Property(tries = 250)
    void nobodyApprovesTwiceOrForHimselfAndNothingIsDoneWithTooFewApprovals(
            @ForAll("asked") Asked asked, @ForAll("moves") List<Move> moves) {
        var story = asked.queued().turnCame();
        for (var move : moves) {
            move.to(story);
            for (var step : story.release().steps()) {
                var approval = story.plan().step(step.ref()).approval();
                if (approval.isPresent()) {
                    var by = step.approvers().stream().map(Approver::by).toList();
                    assertThat(by).doesNotHaveDuplicates();
                    if (!approval.get().selfApproval()) {
                        assertThat(by).doesNotContain(story.release().requestedBy());
                    }
                    if (step.state() == StepState.SUCCEEDED
                            || (step.state().inFlight() && step.stage() != Stage.APPROVAL)) {
                        assertThat(by)
                                .as("Approvals of %s", step.ref())
                                .hasSize(approval.get().approvals());
                    }
                }
            }
        }
    }

    @Property(tries = 250)
    void theSameInputsAtTheSameTimesLeadToTheSameState(
            @ForAll("asked") Asked asked, @ForAll("moves") List<Move> moves) {
        // Given
        var story = asked.queued();
        var queued = story.release();
        story.turnCame();
        moves.forEach(move -> move.to(story));

        // When
        var replayed = queued;
        for (var told : story.told()) {
            replayed = Engine.decide(asked.plan(), replayed, told.input(), told.at())
                    .release();
        }

        // Then
        assertThat(replayed).isEqualTo(story.release());
    }

    @Property(tries = 100)
    void stateAndInputsSurviveBeingStored(@ForAll("asked") Asked asked, @ForAll("moves") List<Move> moves)
            throws JsonProcessingException {
        // Given
        var mapper = EventJson.mapper().copy();
        mapper.registerSubtypes(Input.class.getPermittedSubclasses());
        var story = asked.queued().turnCame();
        moves.forEach(move -> move.to(story));

        // When
        var release = mapper.readValue(mapper.writeValueAsString(story.release()), Release.class);
        for (var told : story.told()) {
            var json = mapper.writerFor(Input.class).writeValueAsString(told.input());

            // Then
            assertThat(mapper.readValue(json, Input.class)).isEqualTo(told.input());
        }
        assertThat(release).isEqualTo(story.release());
    }

    @Property(tries = 250)
    void anInputThatMattersIsToldInTheJournalAndOneThatDoesNotLeavesNoTrace(
            @ForAll("asked") Asked asked, @ForAll("moves") List<Move> moves) {
        var story = asked.queued();
        var revision = 0L;
        for (var move : moves) {
            var before = story.release();
            if (move.kind() != Moves.Kind.TIME) {
                move.to(story);
                if (story.last().matters()) {
                    revision++;
                    assertThat(story.release()).isNotEqualTo(before);
                } else {
                    assertThat(story.release()).isSameAs(before);
                    assertThat(story.last().effects()).isEmpty();
                }
                assertThat(story.release().revision()).isEqualTo(revision);
            }
        }
    }
}
