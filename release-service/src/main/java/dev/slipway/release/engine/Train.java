package dev.slipway.release.engine;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.slipway.event.Evidence;
import dev.slipway.event.ReleaseEvent;
import dev.slipway.event.ReleaseEvent.Parent;
import dev.slipway.event.ReleaseEvent.ReleaseAborted;
import dev.slipway.event.ReleaseEvent.ReleaseSucceeded;
import dev.slipway.release.engine.Release.Child;
import dev.slipway.release.engine.Release.RollbackProgress;
import dev.slipway.release.engine.Release.StepProgress;
import dev.slipway.release.engine.Release.Waiting;
import dev.slipway.release.plan.Step.Action;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Releases that are parts of another. They succeed together: one that has done its work waits for the others, and holds
 * its environment meanwhile. Or they are rolled back together, the one that was begun last first.
 */
final class Train {

    /** Fires when a release has waited too long for the others. */
    static final String TIMER = "train";

    private static final Duration LONGEST_WAIT = Duration.ofDays(7);

    private final Walk walk;
    private final Course course;
    private final WayBack wayBack;
    private final Outcomes outcomes;

    Train(Walk walk, Course course, WayBack wayBack, Outcomes outcomes) {
        this.walk = walk;
        this.course = course;
        this.wayBack = wayBack;
        this.outcomes = outcomes;
    }

    // ---- a release that has others as its parts ----

    /** Asks for one; its id follows from the work, so that it is asked for once. */
    void ask(StepProgress step, Action.Child wanted, String workId) {
        var id = UUID.nameUUIDFromBytes(workId.getBytes(UTF_8));
        walk.put(step.with(Child.askedFor(id)));
        walk.askFor(id, wanted);
    }

    void childReady(Input.ChildReady ready) {
        of(ready.child())
                .filter(step -> step.state().inFlight())
                .ifPresent(step -> outcomes.succeed(
                        step,
                        new Evidence(
                                "The release of %s has done its work".formatted(name(step)),
                                Map.of("release", ready.child().toString()))));
    }

    void childEnded(Input.ChildEnded ended) {
        of(ended.child()).ifPresent(step -> childEnded(step, ended));
    }

    private void childEnded(StepProgress before, Input.ChildEnded ended) {
        var child = before.child().orElseThrow();
        var end = ReleaseState.valueOf(ended.state());
        var why = "The release of %s ended as %s: %s".formatted(name(before), end, ended.reason());
        if (child.turnedBack() && ended.mayComeBack().orElse(false)) {
            walk.remark(before.ref(), why + "; it did not know yet that it is to come back");
            return;
        }
        var step = before.with(child.ended(end, ended.touched(), ended.mayComeBack()));
        walk.put(step);
        if (step.state().inFlight()) {
            outcomes.failForGood(
                    step, new Evidence(why, Map.of("release", child.id().toString())));
        } else {
            walk.remark(step.ref(), why);
            if (step.state() == StepState.SUCCEEDED
                    && end != ReleaseState.SUCCEEDED
                    && (walk.state() == ReleaseState.RUNNING || walk.state() == ReleaseState.PAUSED)) {
                wayBack.begin(why);
            }
        }
    }

    /** Rolls back what is part of this one, the last first; whether one is still on its way back. */
    boolean isTurningBack() {
        var last = walk.steps().stream()
                .filter(step -> step.child().filter(Child::isToComeBack).isPresent())
                .reduce((one, other) -> began(other).isBefore(began(one)) ? one : other);
        if (last.isEmpty()) {
            walk.waitsNoMore();
            return false;
        }
        var step = last.get();
        var child = step.child().orElseThrow();
        if (!child.turnedBack()) {
            var until = walk.rollback().map(RollbackProgress::until).orElse(walk.now());
            var what = "the way back of the release of " + name(step);
            walk.put(step.with(child.turnsBack()));
            walk.remark(step.ref(), "It is rolled back");
            walk.waitsFor(new Waiting(what, walk.now(), until, "the rollback fails"));
            Course.turnBack(walk, step, walk.reason().orElse(""));
        }
        return true;
    }

    private static Instant began(StepProgress step) {
        return step.startedAt().orElse(Instant.MIN);
    }

    private Optional<StepProgress> of(UUID child) {
        return walk.find(
                step -> step.child().filter(it -> it.id().equals(child)).isPresent());
    }

    private String name(StepProgress step) {
        return Course.child(walk, step).subject().toString();
    }

    // ---- a release that is part of another ----

    boolean isAwaitingOthers() {
        return walk.parent().isPresent() && walk.waiting().isPresent();
    }

    void awaitOthers() {
        var parent = walk.parent().orElseThrow();
        var until = walk.now().plus(LONGEST_WAIT);
        walk.remark("All phases are done; it waits for the others");
        walk.waitsFor(new Waiting(
                "the release %s of %s, which it is part of".formatted(parent.releaseId(), parent.subject()),
                walk.now(),
                until,
                "it is rolled back"));
        walk.setTimer(TIMER, until);
        walk.tell(parent.subject(), new ReleaseEvent.ChildReady(parent.releaseId(), walk.id()));
    }

    void parentSucceeded() {
        if (walk.state() == ReleaseState.RUNNING && isAwaitingOthers()) {
            course.end(ReleaseState.SUCCEEDED, "All phases are done, and all that it was part of");
            walk.publish(new ReleaseSucceeded(walk.id(), walk.version()));
        } else {
            walk.remark("What it was part of succeeded without it");
            walk.leavesParent();
        }
    }

    void timeCame() {
        if (isAwaitingOthers() && walk.state() == ReleaseState.RUNNING) {
            turnBack("The others were not done within %d days".formatted(LONGEST_WAIT.toDays()));
        }
    }

    void parentTurnedBack(Input.ParentTurnedBack turned) {
        if (!walk.state().ended()) {
            turnBack(turned.reason());
            return;
        }
        Objections.toRollback(walk.release(), walk.plan())
                .or(turned::hindrance)
                .ifPresentOrElse(
                        why -> {
                            walk.remark("What it is part of turned back, but %s".formatted(why));
                            walk.parent().ifPresent(this::tellItsEnd);
                        },
                        () -> wayBack.begin(turned.reason()));
    }

    private void tellItsEnd(Parent parent) {
        Course.tellEnd(walk, parent, walk.state(), walk.reason().orElse(""), false);
    }

    private void turnBack(String why) {
        if (walk.state() == ReleaseState.ROLLING_BACK) {
            walk.remark("What it is part of turned back, too");
        } else if (!walk.isTouched()) {
            course.end(ReleaseState.ABORTED, why);
            walk.publish(new ReleaseAborted(walk.id(), walk.version(), "what it is part of", why));
        } else if (walk.plan().rollback().isPresent()) {
            wayBack.begin(why);
        } else {
            course.fail(why + "; the plan has no way back");
        }
    }
}
