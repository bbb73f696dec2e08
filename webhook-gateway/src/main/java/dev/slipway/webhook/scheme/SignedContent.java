package dev.slipway.webhook.scheme;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.slipway.webhook.scheme.Verification.Verified;
import java.time.Instant;
import java.util.Optional;

/**
 * What a signature is of: the body, with a timestamp and an id around it if the sender signs those too.
 *
 * @param before what stands before the body, with {@code {timestamp}} and {@code {id}} in their places
 * @param after what stands behind it
 * @param timestamp where the timestamp is sent, if it is signed
 * @param idHeader where the id is sent, if it is signed
 * @param borders the characters between the id and what else varies: with one of them in an id, one content could be
 *     read as that of several
 */
record SignedContent(
        String before, String after, Optional<Timestamp> timestamp, Optional<String> idHeader, String borders) {

    private static final String BODY = "{body}";
    private static final String TIMESTAMP = "{timestamp}";
    private static final String ID = "{id}";

    /** The body alone. */
    static final SignedContent BODY_ALONE = new SignedContent("", "", Optional.empty(), Optional.empty(), "");

    /** The header of a timestamp. */
    record Timestamp(String header, TimestampFormat format) {}

    /**
     * Reads a template such as {@code {id}.{timestamp}.{body}}.
     *
     * @throws IllegalArgumentException if it does not fit to what is sent
     */
    static SignedContent parse(String template, Optional<Timestamp> timestamp, Optional<String> idHeader) {
        var body = template.indexOf(BODY);
        if (body < 0) {
            throw new IllegalArgumentException("it must contain {body}, since what is not signed is not proven");
        }
        var content = new SignedContent(
                template.substring(0, body),
                template.substring(body + BODY.length()),
                timestamp,
                idHeader,
                borders(template));
        content.requireBoth(TIMESTAMP, timestamp.isPresent(), "timestamp-header");
        content.requireBoth(ID, idHeader.isPresent(), "id-header");
        if (fill(content.before + content.after, "", "").matches(".*[{}].*")) {
            throw new IllegalArgumentException("it may contain {body} once, {timestamp} and {id}, and no other braces");
        }
        return content;
    }

    private static String borders(String template) {
        var id = template.indexOf(ID);
        if (id < 0) {
            return "";
        }
        var start = template.lastIndexOf('}', id) + 1;
        var end = template.indexOf('{', id + ID.length());
        var left = start > 0 ? template.substring(start, id) : "";
        var right = end > 0 ? template.substring(id + ID.length(), end) : "";
        if (start > 0 && left.isEmpty() || end > 0 && right.isEmpty()) {
            throw new IllegalArgumentException(
                    "nothing stands between {id} and its neighbour, so an attacker could move a character from one to the other; put a dot there, if the sender does");
        }
        return left + right;
    }

    private void requireBoth(String place, boolean isSent, String option) {
        var isSigned = before.contains(place) || after.contains(place);
        if (isSigned && !isSent) {
            throw new IllegalArgumentException(
                    "it contains %s, so the option '%s' must tell where that is sent".formatted(place, option));
        }
        if (isSent && !isSigned) {
            throw new IllegalArgumentException(
                    "it does not contain %s, so anyone could change what '%s' names; leave that option out, or put %s in"
                            .formatted(place, option, place));
        }
    }

    /** What a request's signature must be of; nothing if its timestamp or id is missing or misshapen. */
    Optional<Filled> of(Request request) {
        var sentTimestamp = timestamp.flatMap(it -> request.header(it.header()));
        var signedAt = timestamp.flatMap(it -> sentTimestamp.flatMap(it.format()::read));
        var id = idHeader.flatMap(request::header).filter(this::isId);
        if (signedAt.isPresent() != timestamp.isPresent() || id.isPresent() != idHeader.isPresent()) {
            return Optional.empty();
        }
        return Optional.of(new Filled(
                fill(before, sentTimestamp.orElse(""), id.orElse("")).getBytes(UTF_8),
                request.body(),
                fill(after, sentTimestamp.orElse(""), id.orElse("")).getBytes(UTF_8),
                signedAt));
    }

    private boolean isId(String sent) {
        return Verified.isName(sent) && sent.chars().noneMatch(character -> borders.indexOf(character) >= 0);
    }

    /** The id comes last, so that nothing in it is taken for a place. */
    private static String fill(String template, String timestamp, String id) {
        return template.replace(TIMESTAMP, timestamp).replace(ID, id);
    }

    /** The content of one request. */
    @SuppressWarnings("ArrayRecordComponent") // It lives for one verification.
    record Filled(byte[] before, byte[] body, byte[] after, Optional<Instant> signedAt) {}
}
