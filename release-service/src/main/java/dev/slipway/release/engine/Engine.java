package dev.slipway.release.engine;

import dev.slipway.release.engine.Decision.Change;
import dev.slipway.release.plan.Plan;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The functional core: what a release does when something happens. */
public final class Engine {

    private final Progress progress;
    private final Reports reports;
    private final Answers answers;
    private final People people;
    private final Times times;

    private Engine(Walk walk) {
        var course = new Course(walk);
        var wayBack = new WayBack(walk, course);
        var outcomes = new Outcomes(walk, course, wayBack);
        this.progress = new Progress(walk, course, wayBack, outcomes);
        this.reports = new Reports(walk, outcomes);
        this.answers = new Answers(walk, wayBack, outcomes);
        this.people = new People(walk, course, wayBack, outcomes, progress);
        this.times = new Times(walk, course, wayBack, outcomes, progress);
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
        if (!release.state().ended()) {
            var engine = new Engine(walk);
            engine.take(input);
            engine.progress.advance();
        }
        return walk.decision();
    }

    private void take(Input input) {
        switch (input) {
            case Input.Requested request -> {}
            case Input.TurnCame turn -> progress.turnCame();
            case Input.Reported reported -> reports.reported(reported);
            case Input.Checked checked -> answers.checked(checked);
            case Input.OperationEnded ended -> answers.operationEnded(ended);
            case Input.Watched watched -> answers.watched(watched);
            case Input.Degraded degraded -> answers.degraded(degraded);
            case Input.Approved approved -> people.approved(approved);
            case Input.PauseAsked asked -> people.pauseAsked(asked);
            case Input.ResumeAsked asked -> people.resumeAsked(asked);
            case Input.RetryAsked asked -> people.retryAsked(asked);
            case Input.AbortAsked asked -> people.abortAsked(asked);
            case Input.RollbackAsked asked -> people.rollbackAsked(asked);
            case Input.TimeCame time -> times.timeCame(time);
        }
    }
}
