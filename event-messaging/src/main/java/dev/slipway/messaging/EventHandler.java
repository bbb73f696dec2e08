package dev.slipway.messaging;

import dev.slipway.event.Event;
import java.util.List;
import org.jdbi.v3.core.Handle;

/** What a service does with the events it consumes. */
public interface EventHandler {

    /** Whether this service has a use for such an event; all others are skipped, and counted. */
    boolean wants(Event event);

    /**
     * Whether this service may want events of a type. It is asked before an event is read: one that is not wanted need
     * not be.
     */
    default boolean mayWant(Class<? extends Event> type) {
        return true;
    }

    /**
     * Handles events that this service has not handled before, in the order of their partition.
     *
     * <p>Called in a transaction that also remembers the events: either all that is written with {@code handle} is
     * kept, and the events are never handed in again, or nothing is. If it throws, the events are handed in again one
     * by one, and the one that still fails becomes a dead letter, unless it was the database's or another writer's
     * fault ({@link TryAgainException}): then all are handed in again later.
     */
    void handle(Handle handle, List<ReceivedEvent> events);
}
