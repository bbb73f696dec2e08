package dev.slipway.messaging;

import dev.slipway.event.Event;
import dev.slipway.event.Subject;
import java.time.Instant;

/**
 * An event to be published.
 *
 * @param id its CloudEvents id: whoever sees the same id of the same source again knows it for a repeat; at most 255
 *     characters
 * @param subject what it is about, {@code application/environment} or a webhook source; also the record key
 * @param time when it happened
 * @param trace the trace it belongs to
 */
public record OutgoingEvent(String id, String subject, Instant time, TraceParent trace, Event event) {

    /** A new event about an environment. */
    public static OutgoingEvent of(Subject subject, Event event, Instant time, TraceParent trace) {
        return new OutgoingEvent(Ids.next().toString(), subject.toString(), time, trace, event);
    }
}
