package dev.slipway.release.freeze;

import dev.slipway.event.Event;
import dev.slipway.event.ReleaseEvent.PauseRequested;
import dev.slipway.event.ReleaseEvent.TimerFired;
import dev.slipway.event.Subject;
import dev.slipway.messaging.Outbox;
import dev.slipway.messaging.OutgoingEvent;
import dev.slipway.messaging.TraceParent;
import dev.slipway.release.freeze.Freeze.Kind;
import dev.slipway.release.freeze.Freeze.Lifted;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;

/** How freezes are set and lifted, and which releases are told of it, in the same transaction. */
@Singleton
class Freezing {

    private static final String RUNNING = "SELECT id, application, environment FROM release"
            + " WHERE state = 'RUNNING' AND progress ->> 'optOut' IS NULL";

    private static final String FIRST_IN_QUEUES = "SELECT DISTINCT ON (application, environment)"
            + " id, application, environment FROM release WHERE state = 'QUEUED'";

    private final Freezes freezes;
    private final Outbox outbox;
    private final Clock clock;

    Freezing(Freezes freezes, Outbox outbox, Clock clock) {
        this.freezes = freezes;
        this.outbox = outbox;
        this.clock = clock;
    }

    /** A release that has to do with a freeze. */
    private record Affected(UUID id, Subject subject) {}

    /** Sets a freeze. A stop asks for a pause of each release that runs, unless it was let pass. */
    void set(Handle handle, Freeze freeze) {
        freezes.add(handle, freeze);
        if (freeze.kind() == Kind.STOP) {
            var why = Optional.of("The line is stopped: " + freeze.reason());
            tell(handle, freeze, RUNNING, id -> new PauseRequested(id, freeze.setBy(), why));
        }
    }

    /**
     * Lifts a freeze; whoever waits for that is woken.
     *
     * @return whether it was not lifted before
     */
    boolean lift(Handle handle, Freeze freeze, Lifted lifted) {
        var isLifted = freezes.lift(handle, freeze.id(), lifted);
        if (isLifted) {
            tell(handle, freeze, FIRST_IN_QUEUES, id -> new TimerFired(id, Freezes.TIMER));
        }
        return isLifted;
    }

    private void tell(Handle handle, Freeze freeze, String releases, Function<UUID, Event> event) {
        var told = handle
                .createQuery(releases)
                .map((row, context) -> new Affected(
                        row.getObject("id", UUID.class),
                        new Subject(row.getString("application"), row.getString("environment"))))
                .list()
                .stream()
                .filter(release -> freeze.isAbout(release.subject()))
                .map(release -> OutgoingEvent.of(
                        release.subject(), event.apply(release.id()), clock.instant(), TraceParent.start()))
                .toList();
        outbox.publish(handle, told);
    }
}
