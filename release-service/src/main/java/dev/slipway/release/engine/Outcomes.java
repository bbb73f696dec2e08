package dev.slipway.release.engine;

import dev.slipway.event.Evidence;
import dev.slipway.event.ReleaseEvent.StepFailed;
import dev.slipway.event.ReleaseEvent.StepSucceeded;
import dev.slipway.event.ReleaseEvent.StepTimedOut;
import dev.slipway.release.engine.Release.FailedAttempt;
import dev.slipway.release.engine.Release.StepProgress;
import dev.slipway.release.engine.Release.Tries;
import dev.slipway.release.engine.Release.Waiting;
import dev.slipway.release.plan.Output;
import dev.slipway.release.plan.Step.OnFailure;
import dev.slipway.release.plan.Step.Retry;
import dev.slipway.release.plan.StepRef;
import dev.slipway.release.plan.Template;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/** How steps end, or are tried again, and what becomes of the release when one does not succeed. */
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
        var whole = withAttempts(step, evidence);
        walk.end(giving(step, evidence), StepState.SUCCEEDED, whole);
        walk.publish(new StepSucceeded(walk.id(), step.ref().phase(), step.ref().step(), whole));
    }

    /** The step with what others want to know of it, as far as the evidence says it. */
    StepProgress giving(StepProgress step, Evidence evidence) {
        var given = new LinkedHashMap<>(step.output());
        for (var path : walk.plan().outputsOf(step.ref())) {
            Details.output(evidence, path)
                    // It comes from outside, and must not be taken for more than a value.
                    .filter(it -> it.length() <= Output.MAX_LENGTH && Template.isPlain(it))
                    .ifPresent(it -> given.put(path, it));
        }
        return step.giving(given);
    }

    /** The step failed, and is tried again if the plan says so. */
    void fail(StepProgress step, Evidence evidence) {
        walk.definition(step)
                .retry()
                .ifPresentOrElse(retry -> fail(step, retry, evidence), () -> failForGood(step, evidence));
    }

    private void fail(StepProgress step, Retry retry, Evidence evidence) {
        var failed = new ArrayList<FailedAttempt>();
        step.tries().ifPresent(tries -> failed.addAll(tries.failed()));
        failed.add(new FailedAttempt(step.attempt(), walk.now(), evidence.summary()));
        var until = step.tries()
                .map(Tries::until)
                .or(() -> step.waiting().map(Waiting::until))
                .orElse(walk.now());
        var at = walk.now().plus(retry.pauseAfter(failed.size()));
        if (failed.size() >= retry.attempts()) {
            failForGood(step, evidence);
        } else if (!at.isBefore(until)) {
            var why = evidence.summary() + "; no time is left for another attempt";
            failForGood(step, new Evidence(why, evidence.details()));
        } else {
            var what = "the next attempt, %d of %d, after: %s"
                    .formatted(failed.size() + 1, retry.attempts(), evidence.summary());
            walk.pause(step, new Tries(failed, until), what, at, evidence);
        }
    }

    void failForGood(StepProgress step, Evidence evidence) {
        noteFailure(step, evidence);
        followFailure(step, evidence);
    }

    /** Somebody said no: the step fails, and the release does not go on without it, whatever the plan says. */
    void reject(StepProgress step, Evidence evidence) {
        noteFailure(step, evidence);
        if (!step.isOfWayBack()) {
            var said = walk.onFailure(step.ref());
            follow(
                    step.ref(),
                    said == OnFailure.CONTINUE ? walk.plan().onFailure() : said,
                    "%s: %s".formatted(step.ref(), evidence.summary()));
        }
    }

    void timeOut(StepProgress step, Evidence evidence) {
        var whole = withAttempts(step, evidence);
        walk.end(step, StepState.TIMED_OUT, whole);
        walk.publish(new StepTimedOut(walk.id(), step.ref().phase(), step.ref().step(), whole));
        followFailure(step, evidence);
    }

    /** The step has failed; what follows from it is another's matter. */
    void noteFailure(StepProgress step, Evidence evidence) {
        var whole = withAttempts(step, evidence);
        walk.end(step, StepState.FAILED, whole);
        walk.publish(new StepFailed(walk.id(), step.ref().phase(), step.ref().step(), whole));
    }

    /** The evidence, and the attempts that failed before. */
    private static Evidence withAttempts(StepProgress step, Evidence evidence) {
        var failed = step.tries().map(Tries::failed).orElse(List.of());
        if (failed.isEmpty()) {
            return evidence;
        }
        var details = new LinkedHashMap<>(evidence.details());
        details.put(
                "failedAttempts",
                failed.stream()
                        .map(it -> "%s %s".formatted(it.at(), it.summary()))
                        .toList());
        return new Evidence(evidence.summary(), details);
    }

    private void followFailure(StepProgress step, Evidence evidence) {
        if (!step.isOfWayBack()) {
            follow(step.ref(), "%s: %s".formatted(step.ref(), evidence.summary()));
        }
    }

    /** Does what the plan says is to follow when a step did not succeed. */
    void follow(StepRef ref, String why) {
        follow(ref, walk.onFailure(ref), why);
    }

    private void follow(StepRef ref, OnFailure said, String why) {
        switch (said) {
            case CONTINUE -> walk.remark(ref, "The plan goes on without it");
            case ASK -> course.pause("the plan", why, decisionAbout(ref));
            case FAIL -> course.fail(why);
            case ROLL_BACK -> turnBack(why);
        }
    }

    /** Begins the way back, if there is anything to take back. */
    void turnBack(String why) {
        if (walk.isTouched()) {
            wayBack.begin(why);
        } else {
            course.fail(why + "; nothing was changed yet, so there is no way back to go");
        }
    }

    /** What a release waits for that paused because of a failed step. */
    static String decisionAbout(StepRef failed) {
        return "a decision about %s: retry, abort or roll back".formatted(failed);
    }
}
