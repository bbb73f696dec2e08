package dev.slipway.release.lifecycle;

import dev.slipway.event.ReleaseEvent.ReleaseRequested;
import dev.slipway.event.Subject;
import dev.slipway.release.engine.Decision.Change;
import dev.slipway.release.engine.Input;
import dev.slipway.release.engine.Release;
import dev.slipway.release.engine.ReleaseState;
import dev.slipway.release.journal.Journal;
import dev.slipway.release.journal.Journal.Cause;
import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.PlanStore;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/** How a release comes to be: its row, and the first entry of its journal, from which all others go on. */
@Singleton
public class Requests {

    private final ReleaseStore releases;
    private final PlanStore plans;
    private final Journal journal;

    public Requests(ReleaseStore releases, PlanStore plans, Journal journal) {
        this.releases = releases;
        this.plans = plans;
        this.journal = journal;
    }

    /** A release that was just asked for, and the first entry of its journal. */
    record Made(Release release, Journal.Entry entry) {}

    /**
     * Makes the release that is asked for, and writes it.
     *
     * @throws IllegalArgumentException if there is no such plan, or if it wants other inputs
     */
    public Release take(Handle handle, Subject subject, ReleaseRequested asked, Instant now, Cause cause) {
        var made = make(handle, subject, asked, now, cause);
        releases.add(handle, made.release(), asked.committedAt());
        journal.append(handle, List.of(made.entry()));
        return made.release();
    }

    /**
     * Makes the release that is asked for.
     *
     * @throws IllegalArgumentException if there is no such plan, or if it wants other inputs
     */
    Made make(Handle handle, Subject subject, ReleaseRequested asked, Instant now, Cause cause) {
        // The database keeps microseconds, and the journal must replay to the same state.
        var at = now.truncatedTo(ChronoUnit.MICROS);
        var request = new Input.Requested(
                asked.requestedBy(),
                asked.version(),
                asked.commit(),
                asked.committedAt(),
                asked.reason(),
                asked.planVersion(),
                asked.inputs().orElse(Map.of()));
        var release = release(asked.releaseId(), plans.plan(handle, subject, asked.planVersion()), request, at);
        return new Made(release, new Journal.Entry(release.id(), 0, at, cause, request, changes(request)));
    }

    /** The release that a request makes. */
    static Release release(UUID id, Plan plan, Input.Requested request, Instant at) {
        return Release.requested(
                id,
                plan,
                request.planVersion(),
                request.version(),
                request.commit(),
                request.inputs(),
                request.by(),
                at);
    }

    /** What a request changes. */
    static List<Change> changes(Input.Requested request) {
        return List.of(new Change(
                Optional.empty(),
                Optional.of(ReleaseState.QUEUED.name()),
                "%s was asked for by %s".formatted(request.version(), request.by()),
                Optional.empty()));
    }
}
