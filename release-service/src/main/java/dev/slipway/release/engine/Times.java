package dev.slipway.release.engine;

import dev.slipway.condition.Durations;
import dev.slipway.event.Evidence;
import dev.slipway.release.engine.Input.TimeCame;
import dev.slipway.release.engine.Release.RollbackProgress;
import dev.slipway.release.engine.Release.Stage;
import dev.slipway.release.engine.Release.StepProgress;
import dev.slipway.release.engine.Release.Waiting;
import dev.slipway.release.plan.Plan.Pause;
import java.time.Instant;
import java.util.Optional;

/** What happens when a time is over. */
final class Times {

    private final Walk walk;
    private final Queue queue;
    private final Train train;
    private final Course course;
    private final WayBack wayBack;
    private final Outcomes outcomes;
    private final Progress progress;

    Times(Walk walk, Queue queue, Train train, Course course, WayBack wayBack, Outcomes outcomes, Progress progress) {
        this.walk = walk;
        this.queue = queue;
        this.train = train;
        this.course = course;
        this.wayBack = wayBack;
        this.outcomes = outcomes;
        this.progress = progress;
    }

    void timeCame(TimeCame time) {
        switch (time.timer()) {
            case Queue.TIMER -> queue.timeCame();
            case Train.TIMER -> at(waitingUntil(ReleaseState.RUNNING), time, train::timeCame);
            case Course.PAUSE_TIMER ->
                at(
                        waitingUntil(ReleaseState.PAUSED),
                        time,
                        () -> time.hold().ifPresentOrElse(course::stayPaused, this::pauseIsOver));
            case WayBack.ROLLBACK_TIMER ->
                at(
                        wayBack().map(RollbackProgress::until),
                        time,
                        () -> wayBack.fail("The way back was not done in its time"));
            case WayBack.DRAIN_TIMER ->
                at(
                        wayBack().filter(back -> wayBack.isDraining()).map(RollbackProgress::drainedBy),
                        time,
                        wayBack::stopDraining);
            default ->
                walk.find(step -> step.state().inFlight() && walk.timer(step).equals(time.timer()))
                        .ifPresent(step -> timeCame(step, time.hold()));
        }
    }

    private Optional<Instant> waitingUntil(ReleaseState state) {
        return walk.waiting().filter(waiting -> walk.state() == state).map(Waiting::until);
    }

    private Optional<RollbackProgress> wayBack() {
        return walk.rollback().filter(back -> walk.state() == ReleaseState.ROLLING_BACK);
    }

    /**
     * Does what a timer is there for, if that is still awaited and its time has come. These timers have no number: one that
     * was on its way when it was cancelled must not end what came after.
     */
    private void at(Optional<Instant> until, TimeCame time, Runnable then) {
        until.ifPresent(it -> {
            if (walk.now().isBefore(it)) {
                // Another's clock may be ahead, and then nothing else would wake it.
                walk.remark("The timer %s came before its time; it is set again".formatted(time.timer()));
                walk.setTimer(time.timer(), it);
            } else {
                then.run();
            }
        });
    }

    private void pauseIsOver() {
        var pause = walk.plan().pause();
        // A day is told in the words in which the first version stored it.
        var time = pause.timeout().equals(Pause.DEFAULT.timeout()) ? "24 hours" : Durations.format(pause.timeout());
        var why = "It was paused for more than " + time;
        switch (pause.then()) {
            case FAIL -> course.fail(why);
            case ROLL_BACK -> outcomes.turnBack(why);
        }
    }

    private void timeCame(StepProgress step, Optional<String> hold) {
        if (step.stage() == Stage.PAUSE) {
            progress.tryAgain(step);
        } else if (walk.isDraining(step)) {
            walk.cancel(step, "Overtaken by the way back; it did not end in its time");
        } else {
            var what = step.waiting().map(Waiting::what).orElse("its end");
            walk.abandon(step);
            outcomes.timeOut(
                    step,
                    Evidence.of("Timed out waiting for " + what
                            + hold.map(": "::concat).orElse("")));
        }
    }
}
