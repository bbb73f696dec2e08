package dev.slipway.release.engine;

import static java.util.stream.Collectors.joining;

import dev.slipway.event.CheckEvent.CheckRequested;
import dev.slipway.event.CheckEvent.WatchStarted;
import dev.slipway.event.Evidence;
import dev.slipway.event.ReleaseEvent.PhaseStarted;
import dev.slipway.event.ReleaseEvent.PhaseSucceeded;
import dev.slipway.event.ReleaseEvent.ReleaseSucceeded;
import dev.slipway.event.ReleaseEvent.StepSkipped;
import dev.slipway.event.ReleaseEvent.StepStarted;
import dev.slipway.release.engine.Release.Stage;
import dev.slipway.release.engine.Release.StepProgress;
import dev.slipway.release.engine.Release.Tries;
import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.Plan.Level;
import dev.slipway.release.plan.Step;
import dev.slipway.release.plan.Step.Action;
import dev.slipway.release.plan.StepRef;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** How a release goes on: it starts whatever may start, until nothing more may. */
final class Progress {

    /** How much later than a watch can end its answer may come: the way from health-probe, and a restart of it. */
    static final Duration GRACE = Duration.ofMinutes(1);

    private final Walk walk;
    private final Course course;
    private final WayBack wayBack;
    private final Outcomes outcomes;
    private final Train train;

    Progress(Walk walk, Course course, WayBack wayBack, Outcomes outcomes, Train train) {
        this.walk = walk;
        this.course = course;
        this.wayBack = wayBack;
        this.outcomes = outcomes;
        this.train = train;
    }

    void advance() {
        var moved = true;
        while (moved) {
            moved = switch (walk.state()) {
                case RUNNING -> advancePhases();
                case ROLLING_BACK -> advanceRollback();
                default -> false;
            };
        }
    }

    private boolean advancePhases() {
        if (walk.phase() < 0) {
            enter(0);
            return true;
        }
        var phases = walk.plan().phases();
        var current = phases.get(walk.phase());
        if (walk.stepsOf(current).allMatch(walk::isSettled)) {
            if (train.isAwaitingOthers()) {
                return false;
            }
            walk.remark("The phase %s is done".formatted(current.name()));
            walk.publish(new PhaseSucceeded(walk.id(), current.name()));
            if (walk.phase() + 1 < phases.size()) {
                enter(walk.phase() + 1);
            } else if (walk.parent().isPresent()) {
                train.awaitOthers();
                return false;
            } else {
                course.end(ReleaseState.SUCCEEDED, "All phases are done");
                walk.publish(new ReleaseSucceeded(walk.id(), walk.version()));
            }
            return true;
        }
        return startReady(current.name(), current.steps());
    }

    private void enter(int next) {
        walk.enters(next);
        var name = walk.plan().phases().get(next).name();
        walk.remark("The phase %s begins".formatted(name));
        walk.publish(new PhaseStarted(walk.id(), name));
    }

    private boolean advanceRollback() {
        if (wayBack.isDraining() || train.isTurningBack()) {
            return false;
        }
        var back = walk.plan().rollback().orElseThrow();
        var progress = back.steps().stream()
                .map(step -> walk.at(Plan.ROLLBACK, step.name()))
                .toList();
        if (progress.stream().allMatch(step -> step.state().ended())) {
            wayBack.conclude(progress);
            return false;
        }
        return startReady(Plan.ROLLBACK, back.steps());
    }

    /** Starts, or skips, each step whose predecessors are settled. Stops at once when that changes the way. */
    private boolean startReady(String phaseName, List<Step> definitions) {
        var started = false;
        var way = walk.state();
        for (var definition : definitions) {
            var step = walk.at(phaseName, definition.name());
            if (walk.state() == way
                    && step.state() == StepState.PENDING
                    && definition.needs().stream().allMatch(need -> walk.isSettled(walk.at(phaseName, need)))) {
                begin(step, definition);
                started = true;
            }
        }
        return started;
    }

    private void begin(StepProgress step, Step definition) {
        var ref = step.ref();
        if (step.isApproved()) {
            walk.change(ref, StepState.RUNNING, "Begun, as it was approved", Optional.empty());
            act(ref, definition, step.attempt());
            return;
        }
        if (definition.condition().filter(it -> !it.holds(walk)).isPresent()) {
            walk.end(step, StepState.SKIPPED, Evidence.of("Not needed: its condition does not hold"));
            walk.publish(new StepSkipped(walk.id(), ref.phase(), ref.step(), "its condition does not hold"));
            return;
        }
        var missing = walk.filling().missing(definition);
        if (!missing.isEmpty()) {
            var references = missing.stream().map("${%s}"::formatted).collect(joining(", "));
            outcomes.failForGood(step, Evidence.of("It cannot begin: no step gave " + references));
            return;
        }
        var attempt = step.attempt() + 1;
        walk.change(ref, StepState.RUNNING, "Begun", Optional.empty());
        walk.publish(new StepStarted(walk.id(), ref.phase(), ref.step()));
        if (definition.approval().isPresent()) {
            Approvals.ask(walk, step, definition.approval().get(), attempt);
        } else {
            act(ref, definition, attempt);
        }
    }

    /** Does again what failed. What was approved stays so. */
    void tryAgain(StepProgress step) {
        var ref = step.ref();
        walk.change(ref, StepState.RUNNING, "Tried again", Optional.empty());
        walk.publish(new StepStarted(walk.id(), ref.phase(), ref.step()));
        act(ref, walk.definition(step), step.attempt() + 1);
    }

    /** Does what the step is there for. */
    void act(StepRef ref, Step definition, int attempt) {
        var deadline = walk.at(ref).tries().map(Tries::until).orElse(walk.now().plus(definition.timeout()));
        var workId = walk.workId(ref, attempt);
        switch (definition.action()) {
            case Action.VerifyCheck verify -> {
                walk.set(ref, StepState.RUNNING, Stage.ACTION, attempt, "the answer of the check", deadline, deadline);
                walk.publish(
                        new CheckRequested(workId, walk.id(), walk.filling().check(verify.check())));
            }
            case Action.Await await -> {
                var held = walk.at(ref).held();
                var what = walk.filling().described(await.event());
                walk.set(ref, StepState.WAITING, Stage.ACTION, attempt, what, deadline, deadline);
                held.ifPresent(it -> outcomes.succeed(walk.at(ref), it.evidence()));
            }
            case Action.Run run -> {
                var what = "the operation %s to end".formatted(run.operation());
                walk.set(ref, StepState.RUNNING, Stage.ACTION, attempt, what, deadline, deadline);
                walk.startOperation(workId, run, deadline);
            }
            case Action.Watch watch -> {
                var until = walk.now().plus(watch.duration());
                var what = "%s to stay healthy".formatted(String.join(", ", watch.monitors()));
                var answered = until.plus(walk.filling().lateness(watch)).plus(GRACE);
                walk.set(ref, StepState.RUNNING, Stage.ACTION, attempt, what, until, answered);
                var critical = walk.filling().monitors(watch, Level.CRITICAL);
                walk.publish(new WatchStarted(workId, walk.id(), critical, until));
                var warnings = walk.filling().monitors(watch, Level.WARNING);
                if (!warnings.isEmpty()) {
                    walk.publish(new WatchStarted(Walk.warnings(workId), walk.id(), warnings, until));
                }
            }
            case Action.Child child -> {
                var what = "the release of " + child.subject();
                walk.set(ref, StepState.RUNNING, Stage.ACTION, attempt, what, deadline, deadline);
                train.ask(walk.at(ref), child, workId);
            }
            case Action.Approve approve -> throw new IllegalStateException("%s is done by its approval".formatted(ref));
        }
    }
}
