package dev.slipway.release.engine;

import dev.slipway.event.Evidence;
import dev.slipway.release.engine.Input.Checked;
import dev.slipway.release.engine.Input.Degraded;
import dev.slipway.release.engine.Input.OperationEnded;
import dev.slipway.release.engine.Input.Watched;
import dev.slipway.release.engine.Release.StepProgress;
import dev.slipway.release.engine.Release.Waiting;
import dev.slipway.release.plan.Plan.Cause;
import dev.slipway.release.plan.Plan.Level;
import dev.slipway.release.plan.Step.Action;
import dev.slipway.release.plan.Step.Awaited;
import java.util.Optional;

/** What comes back of what was asked for: checks, operations, watches; and what monitors see. */
final class Answers {

    private final Walk walk;
    private final WayBack wayBack;
    private final Outcomes outcomes;

    Answers(Walk walk, WayBack wayBack, Outcomes outcomes) {
        this.walk = walk;
        this.wayBack = wayBack;
        this.outcomes = outcomes;
    }

    void checked(Checked checked) {
        walk.acting(Action.VerifyCheck.class, checked.workId())
                .ifPresent(step -> conclude(step, checked.passed(), checked.evidence()));
    }

    void watched(Watched watched) {
        walk.acting(Action.Watch.class, watched.workId())
                .ifPresent(step -> conclude(step, watched.healthy(), watched.evidence()));
    }

    private void conclude(StepProgress step, boolean well, Evidence evidence) {
        if (well) {
            outcomes.succeed(step, evidence);
        } else {
            outcomes.fail(step, evidence);
        }
    }

    void operationEnded(OperationEnded ended) {
        walk.acting(Action.Run.class, ended.workId()).ifPresent(step -> operationEnded(step, ended));
    }

    private void operationEnded(StepProgress step, OperationEnded ended) {
        var until = walk.definition(step).until();
        if (walk.isDraining(step)) {
            walk.cancel(
                    step,
                    "Overtaken by the way back; its operation %s: %s"
                            .formatted(
                                    ended.succeeded() ? "ended well" : "did not succeed",
                                    ended.evidence().summary()));
        } else if (!ended.succeeded()) {
            outcomes.fail(step, ended.evidence());
        } else if (until.isEmpty()) {
            outcomes.succeed(step, ended.evidence());
        } else if (step.held().isPresent()) {
            outcomes.succeed(
                    outcomes.giving(step, ended.evidence()), step.held().get().evidence());
        } else {
            awaitReport(step, until.get(), ended.evidence());
        }
    }

    private void awaitReport(StepProgress step, Awaited until, Evidence done) {
        var what = walk.filling().described(until);
        var deadline = step.waiting().map(Waiting::until).orElse(walk.now());
        walk.put(outcomes.giving(step, done)
                .awaitingReport(new Waiting(what, walk.now(), deadline, walk.consequence(step.ref()))));
        walk.change(step.ref(), StepState.WAITING, "The operation is done; awaiting " + what, Optional.of(done));
    }

    void degraded(Degraded degraded) {
        if (walk.state() == ReleaseState.QUEUED || walk.state() == ReleaseState.ROLLING_BACK) {
            return;
        }
        if (isWarning(degraded.monitor())) {
            if (degraded.addressed()) {
                walk.remark("The monitor %s is degraded, of which is only told: %s"
                        .formatted(degraded.monitor(), degraded.evidence().summary()));
            }
            return;
        }
        var watch = walk.find(step -> step.state() == StepState.RUNNING
                && walk.definition(step).action() instanceof Action.Watch it
                && it.monitors().contains(degraded.monitor()));
        var why = "The monitor %s is degraded: %s"
                .formatted(degraded.monitor(), degraded.evidence().summary());
        var goesBack = walk.plan().rollsBackWhen(Cause.HEALTH_DEGRADED) && walk.isTouched();
        if (watch.isPresent()) {
            walk.abandon(watch.get());
            outcomes.noteFailure(watch.get(), degraded.evidence());
            if (goesBack) {
                wayBack.begin(why);
            } else {
                outcomes.follow(watch.get().ref(), why);
            }
        } else if (goesBack) {
            walk.remark(why);
            wayBack.begin(why);
        } else if (degraded.addressed()) {
            walk.remark(why);
        }
    }

    private boolean isWarning(String monitor) {
        return Optional.ofNullable(walk.plan().monitors().get(monitor))
                .filter(it -> it.level() == Level.WARNING)
                .isPresent();
    }
}
