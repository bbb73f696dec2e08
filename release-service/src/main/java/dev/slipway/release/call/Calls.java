package dev.slipway.release.call;

import dev.slipway.event.Event;
import dev.slipway.http.ProblemException;
import dev.slipway.messaging.Ids;
import dev.slipway.messaging.Outbox;
import dev.slipway.messaging.OutgoingEvent;
import dev.slipway.messaging.TraceParent;
import dev.slipway.release.engine.Release;
import dev.slipway.release.lifecycle.ReleaseStore;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.UUID;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/** Accepts calls: what is asked for is durable, and on its way to the engine as an event, before it is answered. */
@Singleton
public class Calls {

    private final Jdbi jdbi;
    private final ReleaseStore releases;
    private final Outbox outbox;
    private final Clock clock;

    public Calls(Jdbi jdbi, ReleaseStore releases, Outbox outbox, Clock clock) {
        this.jdbi = jdbi;
        this.releases = releases;
        this.outbox = outbox;
        this.clock = clock;
    }

    /**
     * Accepts what is asked of a release.
     *
     * @param event looks at the release and says what to publish, or throws what is answered instead
     * @return the release as it was looked at
     */
    Release accept(Handle handle, UUID releaseId, String caller, TraceParent trace, Function<Release, Event> event) {
        var release = releases.find(handle, releaseId)
                .orElseThrow(() -> ProblemException.notFound("There is no release " + releaseId));
        if (release.state().ended()) {
            throw ProblemException.conflict(
                    "The release has ended as %s; nothing can be done to it any more. Ask for a new one."
                            .formatted(release.state()));
        }
        accept(handle, release, caller, trace, event.apply(release));
        return release;
    }

    /** Accepts an event about a release. */
    void accept(Handle handle, Release release, String caller, TraceParent trace, Event event) {
        var id = Ids.next().toString();
        handle.execute(
                "INSERT INTO accepted (event_id, release_id, event, actor, at) VALUES (?, ?, ?, ?, ?)",
                id,
                release.id(),
                event.name(),
                caller,
                clock.instant().atOffset(ZoneOffset.UTC));
        outbox.publish(handle, new OutgoingEvent(id, release.subject().toString(), clock.instant(), trace, event));
    }

    Jdbi jdbi() {
        return jdbi;
    }
}
