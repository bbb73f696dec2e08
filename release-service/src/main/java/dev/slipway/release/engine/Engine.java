package dev.slipway.release.engine;

import dev.slipway.release.engine.Decision.Change;
import dev.slipway.release.plan.Plan;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The functional core: what a release does when something happens. */
public final class Engine {

    /** The timer that a release has from the moment it is asked for: when it has waited for its turn too long. */
    public static final String QUEUE_TIMER = Queue.TIMER;

    /** The timer of a paused release: when it has been paused for too long. */
    public static final String PAUSE_TIMER = Course.PAUSE_TIMER;

    private final Queue queue;
    private final Train train;
    private final Progress progress;
    private final Reports reports;
    private final Answers answers;
    private final Approvals approvals;
    private final People people;
    private final Times times;

    private Engine(Walk walk) {
        var course = new Course(walk);
        this.queue = new Queue(walk, course);
        var wayBack = new WayBack(walk, course);
        var outcomes = new Outcomes(walk, course, wayBack);
        this.train = new Train(walk, course, wayBack, outcomes);
        this.progress = new Progress(walk, course, wayBack, outcomes, train);
        this.reports = new Reports(walk, outcomes);
        this.answers = new Answers(walk, wayBack, outcomes);
        this.approvals = new Approvals(walk, outcomes, progress);
        this.people = new People(walk, course, wayBack);
        this.times = new Times(walk, queue, train, course, wayBack, outcomes, progress);
    }

    /**
     * What a request makes: a release, and the first change of its journal.
     *
     * @throws IllegalArgumentException if the plan wants other inputs
     */
    public static Decision request(UUID id, Plan plan, Input.Requested request, Instant now) {
        var release = Release.requested(
                id,
                plan,
                request.planVersion(),
                request.version(),
                request.commit(),
                request.inputs(),
                request.priority(),
                request.optOut(),
                request.parent(),
                request.by(),
                now);
        var change = new Change(
                Optional.empty(),
                Optional.of(release.state().name()),
                "%s was asked for by %s".formatted(request.version(), request.by()),
                Optional.empty());
        return new Decision(release, List.of(change), List.of());
    }

    /**
     * Decides.
     *
     * @param plan the plan that the release keeps
     * @param release its state
     * @param input what happened
     * @param now when it is decided; a replay hands in the same time again
     */
    public static Decision decide(Plan plan, Release release, Input input, Instant now) {
        var walk = new Walk(plan, release, now);
        // Nothing leaves the end but the way back, which a person may ask for at any time.
        if (!release.state().ended()
                || input instanceof Input.RollbackAsked
                || input instanceof Input.ParentTurnedBack) {
            var engine = new Engine(walk);
            engine.take(input);
            engine.progress.advance();
        }
        return walk.decision();
    }

    private void take(Input input) {
        switch (input) {
            case Input.Requested request -> {}
            case Input.TurnCame turn -> queue.turnCame();
            case Input.Superseded superseded -> queue.superseded(superseded);
            case Input.Refused refused -> queue.refused(refused);
            case Input.Reported reported -> reports.reported(reported);
            case Input.Checked checked -> answers.checked(checked);
            case Input.OperationEnded ended -> answers.operationEnded(ended);
            case Input.Watched watched -> answers.watched(watched);
            case Input.Degraded degraded -> answers.degraded(degraded);
            case Input.Approved approved -> approvals.approved(approved);
            case Input.Rejected rejected -> approvals.rejected(rejected);
            case Input.PauseAsked asked -> people.pauseAsked(asked);
            case Input.ResumeAsked asked -> people.resumeAsked(asked);
            case Input.RetryAsked asked -> people.retryAsked(asked);
            case Input.SkipAsked asked -> people.skipAsked(asked);
            case Input.OptOutAsked asked -> people.optOutAsked(asked);
            case Input.AbortAsked asked -> people.abortAsked(asked);
            case Input.RollbackAsked asked -> people.rollbackAsked(asked);
            case Input.ChildReady ready -> train.childReady(ready);
            case Input.ChildEnded ended -> train.childEnded(ended);
            case Input.ParentSucceeded succeeded -> train.parentSucceeded();
            case Input.ParentTurnedBack turned -> train.parentTurnedBack(turned);
            case Input.TimeCame time -> times.timeCame(time);
        }
    }
}
