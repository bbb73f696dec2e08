package dev.slipway.http;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Optional;

/**
 * A parameter of a call's address, as it was given. What cannot be read is answered 400, and said what can.
 *
 * @param name its name, for the answer
 * @param given absent if the call has none
 */
public record Parameter(String name, Optional<String> given) {

    private static final int LONGEST_TEXT = 200;
    /** Times outside of these are no one's; not all of them could be stored either. */
    private static final Instant FIRST = Instant.parse("1970-01-01T00:00:00Z");

    private static final Instant LAST = Instant.parse("9999-12-31T23:59:59Z");

    /** A text of 1 to 200 characters, none of them NUL, which PostgreSQL's texts cannot have. */
    public Optional<String> text() {
        return given.map(text -> {
            if (text.isEmpty() || text.length() > LONGEST_TEXT || text.indexOf('\0') >= 0) {
                throw wrong("have 1 to %d characters, none of them NUL".formatted(LONGEST_TEXT));
            }
            return text;
        });
    }

    /** A whole number within limits, both included. */
    public Optional<Long> number(long min, long max) {
        return given.map(text -> {
            try {
                var number = Long.parseLong(text);
                if (number >= min && number <= max) {
                    return number;
                }
            } catch (NumberFormatException e) {
                // Answered below.
            }
            throw wrong("be a whole number from %d to %d".formatted(min, max));
        });
    }

    /** Whether something is wanted: {@code true}, or {@code false}, which it is if it is not said. */
    public boolean flag() {
        return given.map(text -> switch (text) {
                    case "true" -> true;
                    case "false" -> false;
                    default -> throw wrong("be true or false");
                })
                .orElse(false);
    }

    /** A time of the years 1970 to 9999, in UTC. */
    public Optional<Instant> time() {
        return given.map(text -> {
            try {
                var time = Instant.parse(text);
                if (!time.isBefore(FIRST) && !time.isAfter(LAST)) {
                    return time;
                }
            } catch (DateTimeParseException e) {
                // Answered below.
            }
            throw wrong("be a time of the years 1970 to 9999, such as 2026-11-20T10:15:30Z");
        });
    }

    /** One of a closed set, by its name. */
    public <E extends Enum<E>> Optional<E> oneOf(Class<E> set) {
        var all = set.getEnumConstants();
        return given.map(text -> Arrays.stream(all)
                .filter(it -> it.name().equals(text))
                .findFirst()
                .orElseThrow(() -> wrong("be one of " + Arrays.toString(all))));
    }

    /** Says what the parameter must do; what was given is not repeated, it may be anything. */
    public ProblemException wrong(String must) {
        return ProblemException.badRequest("'%s' must %s".formatted(name, must));
    }
}
