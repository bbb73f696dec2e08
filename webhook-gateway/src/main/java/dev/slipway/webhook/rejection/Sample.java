package dev.slipway.webhook.rejection;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * A refused request, as far as it is kept. Nobody vouches for it, and it may be a genuine one under a wrong secret: so of
 * its headers the values are kept that are known to be harmless, and of its body the beginning.
 *
 * @param address the sender's
 * @param headers a line {@code name: value} for each
 * @param body its beginning; nothing if it was not refused for what it is
 * @param bodySize of the whole body, in bytes; 0 if it was not refused for what it is
 */
@SuppressWarnings("ArrayRecordComponent") // Nobody compares these.
public record Sample(String address, String headers, byte[] body, int bodySize) {

    private static final int LONGEST_BODY = 2_048;
    private static final int LONGEST_HEADERS = 4_096;

    private static final Set<String> HARMLESS = Set.of(
            "accept",
            "accept-encoding",
            "connection",
            "content-encoding",
            "content-length",
            "content-type",
            "date",
            "forwarded",
            "host",
            "sentry-hook-resource",
            "sentry-hook-timestamp",
            "svix-id",
            "svix-timestamp",
            "traceparent",
            "transfer-encoding",
            "user-agent",
            "via",
            "webhook-id",
            "webhook-timestamp",
            "x-forwarded-for",
            "x-forwarded-host",
            "x-forwarded-proto",
            "x-github-delivery",
            "x-github-event",
            "x-real-ip",
            "x-slack-request-timestamp");

    /** A request as it came. */
    public static Sample of(String address, Iterable<Map.Entry<String, String>> headers, byte[] body) {
        var lines = new StringBuilder();
        for (var header : headers) {
            var isHarmless = HARMLESS.contains(header.getKey().toLowerCase(Locale.ROOT));
            lines.append(header.getKey()).append(": ").append(isHarmless ? header.getValue() : "***");
            lines.append('\n');
            if (lines.length() > LONGEST_HEADERS) {
                lines.setLength(LONGEST_HEADERS);
                break;
            }
        }
        return new Sample(
                address,
                // PostgreSQL's text has no NUL.
                lines.toString().replace('\0', ' '),
                body.length > LONGEST_BODY ? Arrays.copyOf(body, LONGEST_BODY) : body,
                body.length);
    }
}
