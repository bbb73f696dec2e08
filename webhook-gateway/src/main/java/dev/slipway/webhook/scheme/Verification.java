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
     * @param mode whether real money is meant; live if the sender does not mark its tests
     * @param occurredAt when it happened, by the sender's clock; when it arrived, if the sender does not tell
     * @param isJson whether the body was read, and is JSON, see {@link EventFields}; if not, it may be all the same
     */
    record Verified(String eventId, String type, Mode mode, Instant occurredAt, boolean isJson)
            implements Verification {

        /** What can be part of keys and headers everywhere: visible ASCII, of a length that fits into an index. */
        private static final Pattern NAME = Pattern.compile("[!-~]{1,255}");

        private static final Instant YEAR_10000 = Instant.parse("9999-12-31T23:59:59Z");

        /** @throws IllegalArgumentException if a value is not one that an event of any provider has */
        public Verified {
            if (!isName(eventId) || !isName(type)) {
                throw new IllegalArgumentException("An id or type is 1 to 255 visible ASCII characters");
            }
            if (!isTime(occurredAt)) {
                throw new IllegalArgumentException("An event occurs between 1970 and 9999");
            }
        }

        /** Whether a text can be an event's id or type. */
        static boolean isName(String text) {
            return NAME.matcher(text).matches();
        }

        /** Whether an event can have occurred at an instant. */
        static boolean isTime(Instant instant) {
            return !instant.isBefore(Instant.EPOCH) && !instant.isAfter(YEAR_10000);
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
            @Nullable String eventId, @Nullable String type, Mode mode, @Nullable Instant occurredAt, boolean isJson) {
        if (eventId == null || type == null || occurredAt == null) {
            return new Rejected(Reason.NOT_AN_EVENT);
        }
        try {
            return new Verified(eventId, type, mode, occurredAt, isJson);
        } catch (IllegalArgumentException e) {
            return new Rejected(Reason.NOT_AN_EVENT);
        }
    }
}
