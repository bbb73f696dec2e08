package dev.slipway.release.engine;

import dev.slipway.event.Evidence;
import dev.slipway.event.ReleaseEvent.RollbackCompleted;
import dev.slipway.event.ReleaseEvent.RollbackFailed;
import dev.slipway.event.ReleaseEvent.RollbackStarted;
import dev.slipway.release.engine.Release.Child;
import dev.slipway.release.engine.Release.RollbackProgress;
import dev.slipway.release.engine.Release.Stage;
import dev.slipway.release.engine.Release.StepProgress;
import dev.slipway.release.plan.Guard;
import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.Step.Action;
import dev.slipway.release.plan.StepRef;
import java.util.List;
import java.util.stream.Stream;

/** How a release turns to the way back, and how that ends. */
final class WayBack {

    static final String ROLLBACK_TIMER = "rollback";
    static final String DRAIN_TIMER = "drain";

    private final Walk walk;
    private final Course course;

    WayBack(Walk walk, Course course) {
        this.walk = walk;
        this.course = course;
    }

    void begin(String why) {
        var now = walk.now();
        var until = now.plus(walk.plan().rollback().orElseThrow().within());
        course.stopWaiting();
        walk.change(ReleaseState.ROLLING_BACK, why);
        var back = new RollbackProgress(now, until, why);
        walk.turnsBack(back);
        walk.setTimer(ROLLBACK_TIMER, until);
        walk.publish(new RollbackStarted(walk.id(), walk.version(), why, until));
        if (isDraining()) {
            walk.setTimer(DRAIN_TIMER, back.drainedBy());
        }
        walk.steps().stream().filter(step -> !step.isOfWayBack()).forEach(this::leave);
    }

    private void leave(StepProgress step) {
        if (walk.isDraining(step)) {
            // Reverting while a deployment is on its way could be undone by it: its end is awaited.
            if (step.stage() == Stage.ACTION) {
                walk.cancelOperation(walk.workId(step));
            }
            walk.remark(step.ref(), "The way back begins when this has ended, or can wait no longer");
        } else if (step.state().inFlight()) {
            walk.cancel(step, "Overtaken by the way back");
        } else if (step.state() == StepState.PENDING) {
            walk.end(step, StepState.CANCELLED, Evidence.of("Not reached"));
        }
    }

    /** Whether something that was begun before is still awaited. */
    boolean isDraining() {
        return walk.find(walk::isDraining).isPresent();
    }

    /** What is on its way is waited for no longer. */
    void stopDraining() {
        walk.steps().stream()
                .filter(walk::isDraining)
                .forEach(step -> walk.cancel(step, "Overtaken by the way back, which could wait no longer"));
    }

    /** Ends the way back, all of whose steps have ended. */
    void conclude(List<StepProgress> progress) {
        var unmended = Stream.concat(
                        progress.stream()
                                .filter(step -> step.state().unsuccessful() && !isMended(step.ref()))
                                .map(step -> step.ref().step()),
                        walk.steps().stream()
                                .filter(step ->
                                        step.child().filter(Child::isLost).isPresent())
                                .map(step -> "the release of "
                                        + Course.child(walk, step).subject()))
                .toList();
        if (unmended.isEmpty()) {
            var why = walk.reason().orElse("");
            course.end(ReleaseState.ROLLED_BACK, why);
            walk.publish(new RollbackCompleted(walk.id(), walk.version(), why));
        } else {
            fail("%s did not succeed, and no later step mended that".formatted(String.join(", ", unmended)));
        }
    }

    /** Whether a step that is there for the failure of another succeeded. A person's yes alone mends nothing. */
    private boolean isMended(StepRef failed) {
        return walk.plan().rollback().orElseThrow().steps().stream()
                .filter(step -> step.action() instanceof Action.VerifyCheck || step.action() instanceof Action.Run)
                .filter(step ->
                        step.condition().stream().flatMap(Guard::failures).anyMatch(failed::equals))
                .anyMatch(step -> walk.at(Plan.ROLLBACK, step.name()).state() == StepState.SUCCEEDED);
    }

    void fail(String why) {
        course.end(ReleaseState.ROLLBACK_FAILED, why);
        walk.publish(new RollbackFailed(walk.id(), walk.version(), why));
    }
}
