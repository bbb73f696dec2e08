package dev.slipway.condition;

import static java.util.Objects.requireNonNullElse;

import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Durations as people write them: {@code 500ms}, {@code 30s}, {@code 15m}, {@code 1h30m}, {@code 14d}. */
public final class Durations {

    private static final Pattern FORM = Pattern.compile(
            "(?=\\d)(?:(\\d{1,6})d)?(?:(\\d{1,8})h)?(?:(\\d{1,9})m(?!s))?(?:(\\d{1,9})s)?(?:(\\d{1,12})ms)?");

    private Durations() {}

    /**
     * Reads a duration: whole numbers of {@code d}, {@code h}, {@code m}, {@code s} and {@code ms}, the larger first,
     * without spaces.
     *
     * @throws IllegalArgumentException if the text is not of that form
     */
    public static Duration parse(String text) {
        var parts = FORM.matcher(text);
        if (!parts.matches()) {
            throw new IllegalArgumentException(
                    "'%s' is not a duration; write it like 500ms, 30s, 15m, 2h, 14d or 1h30m".formatted(text));
        }
        return Duration.ofDays(number(parts.group(1)))
                .plusHours(number(parts.group(2)))
                .plusMinutes(number(parts.group(3)))
                .plusSeconds(number(parts.group(4)))
                .plusMillis(number(parts.group(5)));
    }

    /** Writes a duration in the form that {@link #parse} reads, to the millisecond; the sign is left out. */
    public static String format(Duration duration) {
        var it = duration.abs();
        var text = new StringBuilder();
        append(text, it.toDaysPart(), "d");
        append(text, it.toHoursPart(), "h");
        append(text, it.toMinutesPart(), "m");
        append(text, it.toSecondsPart(), "s");
        append(text, it.toMillisPart(), "ms");
        return text.isEmpty() ? "0s" : text.toString();
    }

    private static long number(@Nullable String digits) {
        return Long.parseLong(requireNonNullElse(digits, "0"));
    }

    private static void append(StringBuilder text, long count, String unit) {
        if (count > 0) {
            text.append(count).append(unit);
        }
    }
}
