package dev.slipway.release.call;

import dev.slipway.event.Event;
import dev.slipway.event.ReleaseEvent.ReleaseRequested;
import dev.slipway.event.Subject;
import dev.slipway.http.ProblemException;
import dev.slipway.messaging.Ids;
import dev.slipway.messaging.Outbox;
import dev.slipway.messaging.OutgoingEvent;
import dev.slipway.release.engine.Release;
import dev.slipway.release.freeze.Freeze;
import dev.slipway.release.freeze.Freeze.Hold;
import dev.slipway.release.freeze.Freezes;
import dev.slipway.release.journal.Journal.Cause;
import dev.slipway.release.lifecycle.ReleaseStore;
import dev.slipway.release.lifecycle.Requests;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/** Accepts calls: what is asked for is durable, and on its way to the engine as an event, before it is answered. */
@Singleton
public class Calls {

    private final Jdbi jdbi;
    private final ReleaseStore releases;
    private final Requests requests;
    private final Freezes freezes;
    private final Outbox outbox;
    private final Clock clock;

    public Calls(Jdbi jdbi, ReleaseStore releases, Requests requests, Freezes freezes, Outbox outbox, Clock clock) {
        this.jdbi = jdbi;
        this.releases = releases;
        this.requests = requests;
        this.freezes = freezes;
        this.outbox = outbox;
        this.clock = clock;
    }

    /** Accepts a request for a release: the release is there from now on, and begins when its event has come. */
    Release ask(Handle handle, Subject subject, ReleaseRequested asked, Caller caller) {
        var eventId = accept(handle, asked.releaseId(), subject, caller, asked);
        return requests.take(
                handle,
                subject,
                asked,
                clock.instant(),
                new Cause(caller.name(), caller.address(), outbox.source(), eventId, caller.trace()));
    }

    /** The first of the releases that a new one in the environment would wait for. */
    Optional<Release> ahead(Handle handle, Subject subject) {
        return releases.ahead(handle, subject, 1).stream().findFirst();
    }

    /**
     * Accepts what is asked of a release.
     *
     * @param afterItsEnd whether that may be asked of a release that has ended
     * @param event looks at the release and says what to publish, or throws what is answered instead
     * @return the release as it was looked at
     */
    Release accept(Handle handle, UUID releaseId, Caller caller, boolean afterItsEnd, Function<Release, Event> event) {
        var release = releases.find(handle, releaseId)
                .orElseThrow(() -> ProblemException.notFound("There is no release " + releaseId));
        if (release.state().ended() && !afterItsEnd) {
            throw ProblemException.conflict(
                    "The release has ended as %s; nothing can be done to it any more. Ask for a new one."
                            .formatted(release.state()));
        }
        accept(handle, releaseId, release.subject(), caller, event.apply(release));
        return release;
    }

    private String accept(Handle handle, UUID releaseId, Subject subject, Caller caller, Event event) {
        var id = Ids.next().toString();
        handle.execute(
                "INSERT INTO accepted (event_id, release_id, event, actor, origin, at) VALUES (?, ?, ?, ?, ?, ?)",
                id,
                releaseId,
                event.name(),
                caller.name(),
                caller.address(),
                clock.instant().atOffset(ZoneOffset.UTC));
        outbox.publish(handle, new OutgoingEvent(id, subject.toString(), clock.instant(), caller.trace(), event));
        return id;
    }

    /** What stands in the way back of a release that has ended. */
    Optional<String> hindrance(Handle handle, Release release) {
        return release.state().ended() ? releases.hindrance(handle, release) : Optional.empty();
    }

    /** What stops the line for a release, unless it was let pass. */
    Optional<Freeze> stop(Handle handle, Release release) {
        return release.optOut().isPresent()
                ? Optional.empty()
                : freezes.stop(handle, release.subject(), clock.instant()).map(Hold::freeze);
    }

    Jdbi jdbi() {
        return jdbi;
    }
}
