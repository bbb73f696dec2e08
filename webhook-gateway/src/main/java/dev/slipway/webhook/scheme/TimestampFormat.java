package dev.slipway.webhook.scheme;

import dev.slipway.webhook.scheme.Verification.Verified;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.regex.Pattern;

/** How senders write times. */
enum TimestampFormat {

    /** Unix time in seconds. */
    SECONDS("[0-9]{1,11}") {
        @Override
        Instant parse(String timestamp) {
            return Instant.ofEpochSecond(Long.parseLong(timestamp));
        }
    },

    /** Unix time in milliseconds. */
    MILLISECONDS("[0-9]{1,14}") {
        @Override
        Instant parse(String timestamp) {
            return Instant.ofEpochMilli(Long.parseLong(timestamp));
        }
    },

    /** As in {@code 2026-11-20T10:15:30.250Z}. */
    ISO("[0-9]{4}-[0-9TZ:.+-]{13,36}") {
        @Override
        Instant parse(String timestamp) {
            return Instant.parse(timestamp);
        }
    };

    /** More digits than these are milliseconds: as seconds they would lie in the year 5138 and later. */
    private static final int MOST_DIGITS_OF_SECONDS = 11;

    private final Pattern pattern;

    TimestampFormat(String pattern) {
        this.pattern = Pattern.compile(pattern);
    }

    /** Reads a time in whichever of these forms it is; nothing if it is in none. */
    static Optional<Instant> readAny(String time) {
        var format = time.indexOf('-') >= 0 ? ISO : time.length() > MOST_DIGITS_OF_SECONDS ? MILLISECONDS : SECONDS;
        return format.read(time);
    }

    /** Reads a time between 1970 and 9999; nothing if it is not of this form. */
    Optional<Instant> read(String timestamp) {
        try {
            return pattern.matcher(timestamp).matches()
                    ? Optional.of(parse(timestamp)).filter(Verified::isTime)
                    : Optional.empty();
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    abstract Instant parse(String timestamp);
}
