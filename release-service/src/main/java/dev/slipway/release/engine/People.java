package dev.slipway.release.engine;

import dev.slipway.event.Evidence;
import dev.slipway.event.ReleaseEvent.ReleaseAborted;
import dev.slipway.release.engine.Input.AbortAsked;
import dev.slipway.release.engine.Input.Approved;
import dev.slipway.release.engine.Input.PauseAsked;
import dev.slipway.release.engine.Input.ResumeAsked;
import dev.slipway.release.engine.Input.RetryAsked;
import dev.slipway.release.engine.Input.RollbackAsked;
import dev.slipway.release.engine.Release.StepProgress;
import dev.slipway.release.engine.Release.Waiting;
import dev.slipway.release.plan.Step.Action;
import java.util.LinkedHashMap;
import java.util.Optional;

/** What people ask for, and whether it can be done now. */
final class People {

    private final Walk walk;
    private final Course course;
    private final WayBack wayBack;
    private final Outcomes outcomes;
    private final Progress progress;

    People(Walk walk, Course course, WayBack wayBack, Outcomes outcomes, Progress progress) {
        this.walk = walk;
        this.course = course;
        this.wayBack = wayBack;
        this.outcomes = outcomes;
        this.progress = progress;
    }

    void approved(Approved approved) {
        var step = walk.find(it -> it.isAwaitingApproval() && isMeant(it, approved.step()));
        if (step.isEmpty()) {
            walk.remark("%s approved, but no step awaits approval".formatted(approved.by()));
            return;
        }
        var details = new LinkedHashMap<String, Object>();
        details.put("by", approved.by());
        details.put("at", walk.now().toString());
        approved.comment().ifPresent(comment -> details.put("comment", comment));
        var evidence = new Evidence("Approved by " + approved.by(), details);
        var definition = walk.definition(step.get());
        if (definition.action() instanceof Action.Approve) {
            outcomes.succeed(step.get(), evidence);
        } else {
            walk.remark(step.get().ref(), evidence);
            walk.cancelTimer(walk.timer(step.get()));
            progress.act(step.get().ref(), definition, step.get().attempt());
        }
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
        } else {
            course.resume(asked.by(), "Resumed by " + asked.by());
        }
    }

    void retryAsked(RetryAsked asked) {
        var retried = walk.undecided().filter(it -> isMeant(it, asked.step())).toList();
        if (walk.state() != ReleaseState.PAUSED || retried.isEmpty()) {
            walk.remark("%s asked for a retry, but no failed step waits for a decision".formatted(asked.by()));
            return;
        }
        retried.forEach(step -> {
            walk.put(step.again());
            walk.change(step.ref(), StepState.PENDING, "To be tried again, says " + asked.by(), Optional.empty());
        });
        var left = walk.undecided().findFirst();
        if (left.isPresent()) {
            var what = Outcomes.decisionAbout(left.get().ref());
            walk.waiting().ifPresent(it -> walk.waitsFor(new Waiting(what, it.since(), it.until(), it.then())));
        } else {
            course.resume(asked.by(), "Resumed by " + asked.by() + " to try again");
        }
    }

    private static boolean isMeant(StepProgress step, Optional<String> name) {
        return name.map(it ->
                        it.equals(step.ref().step()) || it.equals(step.ref().toString()))
                .orElse(true);
    }

    void abortAsked(AbortAsked asked) {
        var why = asked.reason().orElse("Aborted by " + asked.by());
        course.end(ReleaseState.ABORTED, why);
        walk.publish(new ReleaseAborted(walk.id(), walk.version(), asked.by(), why));
    }

    void rollbackAsked(RollbackAsked asked) {
        if (walk.plan().rollback().isEmpty()) {
            walk.remark("%s asked for the way back, but the plan has none".formatted(asked.by()));
        } else if (walk.state() == ReleaseState.QUEUED || walk.state() == ReleaseState.ROLLING_BACK) {
            walk.remark("%s asked for the way back, but the release is %s".formatted(asked.by(), walk.state()));
        } else {
            wayBack.begin(asked.reason().orElse("Asked for by " + asked.by()));
        }
    }
}
