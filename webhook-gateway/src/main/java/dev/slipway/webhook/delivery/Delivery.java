package dev.slipway.webhook.delivery;

import dev.slipway.event.WebhookEvent.Mode;
import dev.slipway.messaging.Ids;
import dev.slipway.messaging.TraceParent;
import dev.slipway.webhook.scheme.Verification.Verified;
import dev.slipway.webhook.source.Source;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * One genuine webhook.
 *
 * @param id a UUID of version 7
 * @param subject the environment that claims the source, or the source's name
 * @param eventId the sender's id of the event
 * @param type the sender's name for what happened
 * @param mode whether real money is meant
 * @param occurredAt when it happened, by the sender's clock
 * @param trace the trace that it began, or belongs to
 * @param scheme the name of the scheme by which it was verified
 * @param retentionDays for how many days it is kept
 * @param replayOf the delivery that it repeats, if it is a replay
 */
public record Delivery(
        UUID id,
        String source,
        String subject,
        String eventId,
        String type,
        Mode mode,
        Instant occurredAt,
        TraceParent trace,
        String scheme,
        int retentionDays,
        Optional<UUID> replayOf) {

    /** A delivery that arrives now. */
    public static Delivery of(Source source, Verified event, TraceParent trace) {
        return new Delivery(
                Ids.next(),
                source.name(),
                source.subject(),
                event.eventId(),
                event.type(),
                event.mode(),
                event.occurredAt(),
                trace,
                source.scheme().label(),
                (int) source.retention().toDays(),
                Optional.empty());
    }

    /** When it arrived, to the millisecond. */
    public Instant receivedAt() {
        return timeOf(id);
    }

    /** When an id of version 7 was made, to the millisecond. */
    public static Instant timeOf(UUID id) {
        return Instant.ofEpochMilli(id.getMostSignificantBits() >>> 16);
    }

    /** The id that lies before all deliveries that arrive at or after an instant, and after all that arrive earlier. */
    public static UUID firstIdAt(Instant instant) {
        return new UUID(Math.max(0, instant.toEpochMilli()) << 16, 0);
    }
}
