package dev.slipway.release.engine;

import dev.slipway.event.Evidence;
import dev.slipway.event.ReleaseEvent.ReleaseFailed;
import dev.slipway.event.ReleaseEvent.ReleasePaused;
import dev.slipway.event.ReleaseEvent.ReleaseResumed;
import dev.slipway.release.engine.Release.StepProgress;
import dev.slipway.release.engine.Release.Waiting;
import java.time.Duration;

/** How a release pauses, goes on, and ends. */
final class Course {

    /** How long a pause may last before the release fails. */
    static final Duration LONGEST_PAUSE = Duration.ofHours(24);

    static final String PAUSE_TIMER = "pause";

    private final Walk walk;

    Course(Walk walk) {
        this.walk = walk;
    }

    /** @param what what is waited for until it goes on */
    void pause(String by, String why, String what) {
        walk.change(ReleaseState.PAUSED, why);
        var until = walk.now().plus(LONGEST_PAUSE);
        walk.waitsFor(new Waiting(what, walk.now(), until, "the release fails"));
        walk.setTimer(PAUSE_TIMER, until);
        walk.publish(new ReleasePaused(walk.id(), by, why, until));
    }

    void resume(String by, String text) {
        stopWaiting();
        walk.change(ReleaseState.RUNNING, text);
        walk.publish(new ReleaseResumed(walk.id(), by));
    }

    /** What the release as a whole waited for, its turn or somebody to resume, is waited for no more. */
    void stopWaiting() {
        walk.waiting().ifPresent(waiting -> {
            walk.cancelTimer(walk.state() == ReleaseState.QUEUED ? Queue.TIMER : PAUSE_TIMER);
            walk.waitsNoMore();
        });
    }

    void fail(String why) {
        end(ReleaseState.FAILED, why);
        walk.publish(new ReleaseFailed(walk.id(), walk.version(), why));
    }

    /** Ends the release; what it has not reached is cancelled. */
    void end(ReleaseState how, String why) {
        for (var step : walk.steps()) {
            if (step.state().inFlight()) {
                walk.cancel(step, "The release ended");
            } else if (step.state() == StepState.PENDING && isOnTheWay(step)) {
                walk.end(step, StepState.CANCELLED, Evidence.of("Not reached"));
            }
        }
        stopWaiting();
        if (walk.state() == ReleaseState.ROLLING_BACK) {
            walk.cancelTimer(WayBack.ROLLBACK_TIMER);
            walk.cancelTimer(WayBack.DRAIN_TIMER);
        }
        walk.endsFor(why);
        walk.change(how, why);
    }

    /** The steps of a way back that was never gone stay as they are: nobody expected them. */
    private boolean isOnTheWay(StepProgress step) {
        return walk.rollback().isPresent() || !step.isOfWayBack();
    }
}
