package dev.slipway.release.engine;

import dev.slipway.event.Evidence;
import dev.slipway.event.ReleaseEvent.StepFailed;
import dev.slipway.event.ReleaseEvent.StepSucceeded;
import dev.slipway.event.ReleaseEvent.StepTimedOut;
import dev.slipway.release.engine.Release.StepProgress;
import dev.slipway.release.plan.StepRef;

/** How steps end, and what becomes of the release when one does not succeed. */
final class Outcomes {

    private final Walk walk;
    private final Course course;
    private final WayBack wayBack;

    Outcomes(Walk walk, Course course, WayBack wayBack) {
        this.walk = walk;
        this.course = course;
        this.wayBack = wayBack;
    }

    void succeed(StepProgress step, Evidence evidence) {
        walk.end(step, StepState.SUCCEEDED, evidence);
        walk.publish(new StepSucceeded(walk.id(), step.ref().phase(), step.ref().step(), evidence));
    }

    void fail(StepProgress step, Evidence evidence) {
        noteFailure(step, evidence);
        if (!step.isOfWayBack()) {
            follow(step.ref(), "%s: %s".formatted(step.ref(), evidence.summary()));
        }
    }

    void timeOut(StepProgress step, Evidence evidence) {
        walk.end(step, StepState.TIMED_OUT, evidence);
        walk.publish(new StepTimedOut(walk.id(), step.ref().phase(), step.ref().step(), evidence));
        if (!step.isOfWayBack()) {
            follow(step.ref(), "%s: %s".formatted(step.ref(), evidence.summary()));
        }
    }

    /** The step has failed; what follows from it is another's matter. */
    void noteFailure(StepProgress step, Evidence evidence) {
        walk.end(step, StepState.FAILED, evidence);
        walk.publish(new StepFailed(walk.id(), step.ref().phase(), step.ref().step(), evidence));
    }

    /** Does what the plan says is to follow when a step did not succeed. */
    void follow(StepRef ref, String why) {
        switch (walk.onFailure(ref)) {
            case CONTINUE -> walk.remark(ref, "The plan goes on without it");
            case ASK -> course.pause("the plan", why, decisionAbout(ref));
            case FAIL -> course.fail(why);
            case ROLL_BACK -> {
                if (walk.isTouched()) {
                    wayBack.begin(why);
                } else {
                    course.fail(why + "; nothing was changed yet, so there is no way back to go");
                }
            }
        }
    }

    /** What a release waits for that paused because of a failed step. */
    static String decisionAbout(StepRef failed) {
        return "a decision about %s: retry, abort or roll back".formatted(failed);
    }
}
