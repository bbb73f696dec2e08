package dev.slipway.messaging;

import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jdbi.v3.core.Handle;

/** Remembers which events have had their effect. */
@Singleton
public class Inbox {

    private final Clock clock;

    public Inbox(Clock clock) {
        this.clock = clock;
    }

    /** The name of an event: an id is unique for its source. */
    record EventName(String source, String id) {}

    /**
     * Remembers events in the transaction of {@code handle}.
     *
     * @return those that were not remembered before
     */
    Set<EventName> admit(Handle handle, List<EventName> names) {
        if (names.isEmpty()) {
            return Set.of();
        }
        var fresh = handle.createQuery("""
                        INSERT INTO inbox (source, event_id, received_at)
                        SELECT source, event_id, :now FROM unnest(:sources, :ids) AS event (source, event_id)
                        ON CONFLICT DO NOTHING
                        RETURNING source, event_id
                        """)
                .bind("now", clock.instant().atOffset(ZoneOffset.UTC))
                .bindArray(
                        "sources",
                        String.class,
                        names.stream().map(EventName::source).toArray())
                .bindArray(
                        "ids", String.class, names.stream().map(EventName::id).toArray())
                .map((row, context) -> new EventName(row.getString("source"), row.getString("event_id")))
                .list();
        return new HashSet<>(fresh);
    }

    /** Forgets events that were handled before a time. */
    int forgetBefore(Handle handle, Instant time) {
        return handle.execute("DELETE FROM inbox WHERE received_at < ?", time.atOffset(ZoneOffset.UTC));
    }
}
