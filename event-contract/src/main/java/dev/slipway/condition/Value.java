package dev.slipway.condition;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Something to compare: what was seen, or what is expected.
 *
 * @param text its text
 * @param number its number, if it is one by nature; a JSON string of digits is not, so that version {@code "1.1"} is
 *     not taken for {@code 1.10}
 * @param shown how it is shown to people
 */
record Value(String text, Optional<BigDecimal> number, String shown) {

    private static final int LONGEST_SHOWN = 100;
    private static final Pattern NUMBER = Pattern.compile("-?\\d{1,100}(?:\\.\\d{1,100})?(?:[eE][+-]?\\d{1,3})?");

    static Value ofText(String text) {
        return new Value(text, Optional.empty(), shorten(text));
    }

    static Value ofNumber(BigDecimal number) {
        return new Value(number.toString(), Optional.of(number), shorten(number.toString()));
    }

    /** A duration counts in milliseconds. */
    static Value ofDuration(Duration duration, String shown) {
        var millis = BigDecimal.valueOf(duration.toMillis());
        return new Value(millis.toString(), Optional.of(millis), shown);
    }

    /** What stands in a condition without quotes: a number if it looks like one. */
    static Value ofLiteral(String text) {
        return new Value(text, number(text), text);
    }

    static Optional<BigDecimal> number(String text) {
        return NUMBER.matcher(text).matches() ? Optional.of(new BigDecimal(text)) : Optional.empty();
    }

    boolean is(Value other) {
        return number.isPresent() && other.number.isPresent()
                ? number.get().compareTo(other.number.get()) == 0
                : text.equals(other.text);
    }

    /** By number if both can be read as one, else by text. */
    int compareTo(Value other) {
        var mine = number.or(() -> number(text));
        var theirs = other.number.or(() -> number(other.text));
        return mine.isPresent() && theirs.isPresent() ? mine.get().compareTo(theirs.get()) : text.compareTo(other.text);
    }

    private static String shorten(String text) {
        // A body may hold anything; what is shown is stored and sent, so it must be proper text.
        var proper = new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
        var line = proper.replaceAll("[\\s\\p{Cntrl}]+", " ").strip();
        if (line.isEmpty()) {
            return "nothing";
        }
        return line.codePointCount(0, line.length()) <= LONGEST_SHOWN
                ? line
                : line.substring(0, line.offsetByCodePoints(0, LONGEST_SHOWN)) + "…";
    }
}
