package dev.slipway.release.engine;

import dev.slipway.event.Evidence;
import dev.slipway.event.ReleaseEvent.ReleaseAborted;
import dev.slipway.event.ReleaseEvent.StepSkipped;
import dev.slipway.release.engine.Input.AbortAsked;
import dev.slipway.release.engine.Input.OptOutAsked;
import dev.slipway.release.engine.Input.PauseAsked;
import dev.slipway.release.engine.Input.ResumeAsked;
import dev.slipway.release.engine.Input.RetryAsked;
import dev.slipway.release.engine.Input.RollbackAsked;
import dev.slipway.release.engine.Input.SkipAsked;
import dev.slipway.release.engine.Release.OptOut;
import dev.slipway.release.engine.Release.Waiting;
import java.util.Map;
import java.util.Optional;

/** What people ask for, and whether it can be done now. */
final class People {

    private final Walk walk;
    private final Course course;
    private final WayBack wayBack;

    People(Walk walk, Course course, WayBack wayBack) {
        this.walk = walk;
        this.course = course;
        this.wayBack = wayBack;
    }

    void pauseAsked(PauseAsked asked) {
        if (walk.state() == ReleaseState.RUNNING) {
            course.pause(asked.by(), asked.reason().orElse("Paused by " + asked.by()), "somebody to resume");
        } else {
            walk.remark("%s asked for a pause, but the release is %s".formatted(asked.by(), walk.state()));
        }
    }

    void resumeAsked(ResumeAsked asked) {
        if (walk.state() != ReleaseState.PAUSED) {
            walk.remark("%s asked to resume, but the release is %s".formatted(asked.by(), walk.state()));
        } else if (walk.undecided().findAny().isPresent()) {
            walk.remark("%s asked to resume, but the failed step must be retried, or the release aborted or rolled back"
                    .formatted(asked.by()));
        } else if (asked.hindrance().isPresent()) {
            walk.remark("%s asked to resume, but %s"
                    .formatted(asked.by(), asked.hindrance().get()));
        } else {
            course.resume(asked.by(), "Resumed by " + asked.by());
        }
    }

    void retryAsked(RetryAsked asked) {
        var retried = walk.undecided().filter(it -> it.isMeant(asked.step())).toList();
        if (walk.state() != ReleaseState.PAUSED || retried.isEmpty()) {
            walk.remark("%s asked for a retry, but no failed step waits for a decision".formatted(asked.by()));
            return;
        }
        if (asked.hindrance().isPresent()) {
            walk.remark("%s asked for a retry, but %s"
                    .formatted(asked.by(), asked.hindrance().get()));
            return;
        }
        retried.forEach(step -> {
            walk.put(step.again());
            walk.change(step.ref(), StepState.PENDING, "To be tried again, says " + asked.by(), Optional.empty());
        });
        decided("Resumed by " + asked.by() + " to try again", asked.by());
    }

    void skipAsked(SkipAsked asked) {
        var named = walk.find(it -> it.isMeant(Optional.of(asked.step())));
        var objection = named.map(it -> Objections.toSkip(walk.release(), walk.plan(), it)
                        // Without a step that is undecided, the release would go on.
                        .or(() -> asked.hindrance().filter(stop -> it.state().unsuccessful())))
                .orElse(Optional.of("the plan has no such step"));
        if (objection.isPresent()) {
            walk.remark("%s asked to skip %s, but %s".formatted(asked.by(), asked.step(), objection.get()));
            return;
        }
        var step = named.orElseThrow();
        var why = "Skipped by %s: %s".formatted(asked.by(), asked.reason());
        var wasUndecided = step.state().unsuccessful();
        if (step.state().inFlight()) {
            walk.abandon(step);
        }
        var details = Map.<String, Object>of("by", asked.by(), "at", walk.now().toString(), "reason", asked.reason());
        walk.end(step, StepState.SKIPPED, new Evidence(why, details));
        walk.publish(new StepSkipped(walk.id(), step.ref().phase(), step.ref().step(), why));
        if (wasUndecided && walk.state() == ReleaseState.PAUSED) {
            decided("Resumed by %s without %s".formatted(asked.by(), step.ref()), asked.by());
        }
    }

    /** A failed step has been decided about; the release goes on when that holds for all. */
    private void decided(String text, String by) {
        var left = walk.undecided().findFirst();
        if (left.isPresent()) {
            var what = Outcomes.decisionAbout(left.get().ref());
            walk.waiting().ifPresent(it -> walk.waitsFor(new Waiting(what, it.since(), it.until(), it.then())));
        } else {
            course.resume(by, text);
        }
    }

    void optOutAsked(OptOutAsked asked) {
        walk.optsOut(new OptOut(asked.by(), asked.reason()));
        walk.remark("No freeze holds it up any more, says %s: %s".formatted(asked.by(), asked.reason()));
    }

    void abortAsked(AbortAsked asked) {
        var why = asked.reason().orElse("Aborted by " + asked.by());
        course.end(ReleaseState.ABORTED, why);
        walk.publish(new ReleaseAborted(walk.id(), walk.version(), asked.by(), why));
    }

    void rollbackAsked(RollbackAsked asked) {
        Objections.toRollback(walk.release(), walk.plan())
                .or(asked::hindrance)
                .ifPresentOrElse(
                        why -> walk.remark("%s asked for the way back, but %s".formatted(asked.by(), why)),
                        () -> wayBack.begin(asked.reason().orElse("Asked for by " + asked.by())));
    }
}
