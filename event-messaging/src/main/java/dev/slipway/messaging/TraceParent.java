package dev.slipway.messaging;

import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/**
 * The trace that an event belongs to, as in the <a href="https://www.w3.org/TR/trace-context/">W3C Trace Context</a>
 * header {@code traceparent}. What an event causes carries the same trace.
 *
 * @param value the header's value, version 00
 */
public record TraceParent(String value) {

    private static final Pattern FORM = Pattern.compile("00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}");

    /** @throws IllegalArgumentException if it is not a traceparent of version 00 */
    public TraceParent {
        if (!FORM.matcher(value).matches()) {
            throw new IllegalArgumentException("Not a traceparent of version 00");
        }
    }

    /** Reads a header; one that is malformed is ignored, as the specification asks. */
    public static Optional<TraceParent> parse(String header) {
        return FORM.matcher(header).matches() ? Optional.of(new TraceParent(header)) : Optional.empty();
    }

    /** A new trace. */
    public static TraceParent start() {
        var random = ThreadLocalRandom.current();
        var hex = HexFormat.of();
        return new TraceParent("00-"
                + hex.toHexDigits(random.nextLong())
                + hex.toHexDigits(random.nextLong() | 1)
                + "-"
                + hex.toHexDigits(random.nextLong() | 1)
                + "-01");
    }
}
