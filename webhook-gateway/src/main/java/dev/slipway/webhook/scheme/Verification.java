package dev.slipway.webhook.scheme;

import dev.slipway.event.WebhookEvent.Mode;
import java.time.Instant;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a scheme found: only what is {@link Verified} can be stored. */
public sealed interface Verification {

    /**
     * The request is the sender's.
     *
     * @param eventId the sender's id of the event, the same when it is sent again
     * @param type the sender's name for what happened
     * @param mode whether real money is meant
     * @param occurredAt when it happened, by the sender's clock
     */
    record Verified(String eventId, String type, Mode mode, Instant occurredAt) implements Verification {

        /** What can be part of keys and headers everywhere: visible ASCII, of a length that fits into an index. */
        private static final Pattern NAME = Pattern.compile("[!-~]{1,255}");

        private static final Instant YEAR_10000 = Instant.parse("9999-12-31T23:59:59Z");

        /** @throws IllegalArgumentException if a value is not one that an event of any provider has */
        public Verified {
            if (!NAME.matcher(eventId).matches() || !NAME.matcher(type).matches()) {
                throw new IllegalArgumentException("An id or type is 1 to 255 visible ASCII characters");
            }
            if (occurredAt.isBefore(Instant.EPOCH) || occurredAt.isAfter(YEAR_10000)) {
                throw new IllegalArgumentException("An event occurs between 1970 and 9999");
            }
        }
    }

    /**
     * The request is the sender's, and only asks whether someone listens here: it is answered, and nothing is stored.
     *
     * @param answer the text that the sender expects
     */
    record Challenge(String answer) implements Verification {}

    /** The request is not the sender's, or is nothing that can be taken. */
    record Rejected(Reason reason) implements Verification {}

    /** {@link Verified} if all of it is there and sound, else {@link Reason#NOT_AN_EVENT}. */
    static Verification event(
            @Nullable String eventId, @Nullable String type, Mode mode, @Nullable Instant occurredAt) {
        if (eventId == null || type == null || occurredAt == null) {
            return new Rejected(Reason.NOT_AN_EVENT);
        }
        try {
            return new Verified(eventId, type, mode, occurredAt);
        } catch (IllegalArgumentException e) {
            return new Rejected(Reason.NOT_AN_EVENT);
        }
    }
}
