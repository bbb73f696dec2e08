package dev.slipway.release.lifecycle;

import dev.slipway.event.ReleaseEvent.ReleaseRequested;
import dev.slipway.event.Subject;
import dev.slipway.release.engine.Engine;
import dev.slipway.release.engine.Input;
import dev.slipway.release.engine.Release;
import dev.slipway.release.journal.Journal;
import dev.slipway.release.journal.Journal.Cause;
import dev.slipway.release.plan.PlanStore;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
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

    /**
     * Makes the release that is asked for.
     *
     * @throws IllegalArgumentException if there is no such plan, or if it wants other inputs
     */
    public Release take(Handle handle, Subject subject, ReleaseRequested asked, Instant now, Cause cause) {
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
        var made = Engine.request(asked.releaseId(), plans.plan(handle, subject, asked.planVersion()), request, at);
        releases.add(handle, made.release(), asked.committedAt());
        journal.append(handle, List.of(new Journal.Entry(asked.releaseId(), 0, at, cause, request, made.changes())));
        return made.release();
    }
}
