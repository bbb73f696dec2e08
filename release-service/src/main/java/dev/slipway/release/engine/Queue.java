package dev.slipway.release.engine;

import dev.slipway.condition.Durations;
import dev.slipway.event.ReleaseEvent.ReleaseAborted;
import dev.slipway.event.ReleaseEvent.ReleaseStarted;
import dev.slipway.event.ReleaseEvent.ReleaseSuperseded;
import dev.slipway.release.engine.Input.Refused;
import dev.slipway.release.engine.Input.Superseded;

/** How a release leaves the queue: its turn comes, or something else does. */
final class Queue {

    /** Fires when it has waited for too long. */
    static final String TIMER = "queue";

    private static final String THE_PLAN = "the plan";

    private final Walk walk;
    private final Course course;

    Queue(Walk walk, Course course) {
        this.walk = walk;
        this.course = course;
    }

    void turnCame() {
        if (walk.state() == ReleaseState.QUEUED) {
            course.stopWaiting();
            walk.starts();
            walk.change(ReleaseState.RUNNING, "The release of %s begins".formatted(walk.version()));
            walk.publish(new ReleaseStarted(walk.id(), walk.version()));
        }
    }

    void superseded(Superseded superseded) {
        if (walk.state() == ReleaseState.QUEUED) {
            course.end(
                    ReleaseState.SUPERSEDED,
                    "The release %s of %s took its place".formatted(superseded.by(), superseded.version()));
            walk.publish(new ReleaseSuperseded(walk.id(), walk.version(), superseded.by(), superseded.version()));
        }
    }

    void refused(Refused refused) {
        if (walk.state() == ReleaseState.QUEUED) {
            abort(refused.why());
        }
    }

    void timeCame() {
        if (walk.state() == ReleaseState.QUEUED) {
            abort("Its turn did not come within "
                    + Durations.format(walk.plan().queue().timeout()));
        }
    }

    private void abort(String why) {
        course.end(ReleaseState.ABORTED, why);
        walk.publish(new ReleaseAborted(walk.id(), walk.version(), THE_PLAN, why));
    }
}
