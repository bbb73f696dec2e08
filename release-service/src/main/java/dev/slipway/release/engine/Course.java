package dev.slipway.release.engine;

import dev.slipway.event.Evidence;
import dev.slipway.event.ReleaseEvent.ChildEnded;
import dev.slipway.event.ReleaseEvent.Parent;
import dev.slipway.event.ReleaseEvent.ParentSucceeded;
import dev.slipway.event.ReleaseEvent.ParentTurnedBack;
import dev.slipway.event.ReleaseEvent.ReleaseFailed;
import dev.slipway.event.ReleaseEvent.ReleasePaused;
import dev.slipway.event.ReleaseEvent.ReleaseResumed;
import dev.slipway.release.engine.Release.StepProgress;
import dev.slipway.release.engine.Release.Waiting;
import dev.slipway.release.plan.Step.Action;
import java.util.Optional;

/** How a release pauses, goes on, and ends. */
final class Course {

    static final String PAUSE_TIMER = "pause";

    private final Walk walk;

    Course(Walk walk) {
        this.walk = walk;
    }

    /** @param what what is waited for until it goes on */
    void pause(String by, String why, String what) {
        stopWaiting();
        walk.change(ReleaseState.PAUSED, why);
        var until = walk.now().plus(walk.plan().pause().timeout());
        var then = switch (walk.plan().pause().then()) {
            case FAIL -> "the release fails";
            case ROLL_BACK -> "the release is rolled back";
        };
        walk.waitsFor(new Waiting(what, walk.now(), until, then));
        walk.setTimer(PAUSE_TIMER, until);
        walk.publish(new ReleasePaused(walk.id(), by, why, until));
    }

    /** Nobody could have resumed it: the time for that begins anew. */
    void stayPaused(String why) {
        var until = walk.now().plus(walk.plan().pause().timeout());
        walk.waiting().ifPresent(it -> walk.waitsFor(new Waiting(it.what(), it.since(), until, it.then())));
        walk.setTimer(PAUSE_TIMER, until);
        walk.remark("It stays paused: " + why);
    }

    void resume(String by, String text) {
        stopWaiting();
        walk.change(ReleaseState.RUNNING, text);
        walk.publish(new ReleaseResumed(walk.id(), by));
    }

    /** What the release as a whole waited for, its turn or somebody to resume, is waited for no more. */
    void stopWaiting() {
        walk.waiting().ifPresent(waiting -> {
            switch (walk.state()) {
                case QUEUED -> walk.cancelTimer(Queue.TIMER);
                case PAUSED -> walk.cancelTimer(PAUSE_TIMER);
                case RUNNING -> walk.cancelTimer(Train.TIMER);
                default -> {}
            }
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
        walk.parent().ifPresent(parent -> tellEnd(walk, parent, how, why, walk.mayComeBack()));
        tellChildren(how, why);
    }

    /** Those that are part of it end with it. On its way back they were told before, one after the other. */
    private void tellChildren(ReleaseState how, String why) {
        walk.steps().stream()
                .filter(step -> step.child()
                        .filter(child -> child.end().isEmpty() && !child.turnedBack())
                        .isPresent())
                .forEach(step -> {
                    if (how == ReleaseState.SUCCEEDED) {
                        parentSucceeded(step);
                    } else {
                        turnBack(walk, step, why);
                    }
                });
    }

    private void parentSucceeded(StepProgress step) {
        var child = step.child().orElseThrow().id();
        walk.tell(child(walk, step).subject(), new ParentSucceeded(child));
        if (step.state() != StepState.SUCCEEDED) {
            // It need not be done, and then goes on by itself: it would not answer if the train turned back later.
            walk.remark(
                    step.ref(),
                    "All has succeeded without the release %s, which is no part of it any more".formatted(child));
            walk.put(step.withoutChild());
        }
    }

    static void turnBack(Walk walk, StepProgress step, String why) {
        walk.tell(
                child(walk, step).subject(),
                new ParentTurnedBack(step.child().orElseThrow().id(), why));
    }

    static void tellEnd(Walk walk, Parent parent, ReleaseState how, String why, boolean mayComeBack) {
        walk.tell(
                parent.subject(),
                new ChildEnded(
                        parent.releaseId(), walk.id(), how.name(), why, walk.isTouched(), Optional.of(mayComeBack)));
    }

    /** What a step says of the release that is part of this one. */
    static Action.Child child(Walk walk, StepProgress step) {
        return (Action.Child) walk.definition(step).action();
    }

    /** The steps of a way back that was never gone stay as they are: nobody expected them. */
    private boolean isOnTheWay(StepProgress step) {
        return walk.rollback().isPresent() || !step.isOfWayBack();
    }
}
