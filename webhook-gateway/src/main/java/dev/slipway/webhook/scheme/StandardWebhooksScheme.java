package dev.slipway.webhook.scheme;

import static dev.slipway.webhook.scheme.Place.field;
import static dev.slipway.webhook.scheme.Place.header;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Standard Webhooks: {@code webhook-id}, {@code webhook-timestamp} and {@code webhook-signature}, or the same with
 * {@code svix-}; never some of one family and some of the other. The signature header lists {@code v1} (HMAC-SHA256) and
 * {@code v1a} (Ed25519), over {@code <id>.<timestamp>.<body>}; a source's secrets may be of both kinds.
 *
 * <p>The specification recommends a body with {@code type} and {@code timestamp}, and prescribes none.
 *
 * @see <a href="https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md">The
 *     specification</a>
 * @see <a href="https://docs.svix.com/receiving/verifying-payloads/how-manual">Svix: verifying manually</a>
 */
record StandardWebhooksScheme(Tolerance tolerance) implements ProofFirst {

    private static final Family WEBHOOK = new Family("webhook-");
    private static final Family SVIX = new Family("svix-");

    /** An id must not contain what separates it from the timestamp: then one content could be read as two. */
    private static final Pattern ID = Pattern.compile("[!-~&&[^.]]{1,255}");

    private static final String HMAC = "v1,";

    /** 64 bytes in Base64; the last letter must leave the bits unset that no byte needs. */
    private static final Pattern ED25519 = Pattern.compile("v1a,([A-Za-z0-9+/]{85}[AQgw]==)");

    /** How many {@code v1a} are looked at, since each takes a millisecond or two. */
    private static final int MOST_ED25519 = 4;

    @Override
    public boolean isExpensive(List<Secret> secrets) {
        return secrets.stream().anyMatch(Secret.Ed25519.class::isInstance);
    }

    @Override
    public Optional<Reason> refuse(Request request, List<Secret> secrets, Instant now) {
        var family = Family.of(request);
        var id = request.header(family.id());
        var timestamp = request.header(family.timestamp());
        var signatures = request.header(family.signature());
        if (id.isEmpty() || timestamp.isEmpty() || signatures.isEmpty()) {
            return Optional.of(Reason.MISSING_SIGNATURE);
        }
        var signedAt = TimestampFormat.SECONDS.read(timestamp.get());
        if (signedAt.isEmpty() || !ID.matcher(id.get()).matches()) {
            return Optional.of(Reason.BAD_SIGNATURE);
        }
        // The time first, because a signature may take milliseconds to verify.
        return tolerance.refuse(signedAt.get(), now).or(() -> {
            var start = (id.get() + '.' + timestamp.get() + '.').getBytes(UTF_8);
            return isOf(start, request.body(), SignatureList.of(signatures.get(), " "), secrets)
                    ? Optional.empty()
                    : Optional.of(Reason.BAD_SIGNATURE);
        });
    }

    private static boolean isOf(byte[] start, byte[] body, List<String> signatures, List<Secret> secrets) {
        var hmacs = signatures.stream()
                .filter(signature -> signature.startsWith(HMAC))
                .map(signature -> signature.substring(HMAC.length()).getBytes(UTF_8))
                .toList();
        var ed25519s = signatures.stream()
                .map(ED25519::matcher)
                .filter(Matcher::matches)
                .limit(MOST_ED25519)
                .map(matcher -> Base64.getDecoder().decode(matcher.group(1)))
                .toList();
        var genuine = false;
        for (var secret : secrets) {
            switch (secret) {
                case Secret.Shared shared -> {
                    var expected = Base64.getEncoder().encode(shared.hmac(HmacAlgorithm.SHA256, start, body));
                    for (var hmac : hmacs) {
                        // All are compared, so that the time does not tell which one matched.
                        genuine |= MessageDigest.isEqual(expected, hmac);
                    }
                }
                case Secret.Ed25519 key -> {
                    for (var signature : ed25519s) {
                        // There is no secret in this, so it may end early.
                        genuine = genuine || key.hasSigned(signature, start, body);
                    }
                }
                case Secret.Salt _ -> {}
            }
        }
        return genuine;
    }

    @Override
    public Verification read(Request request, Instant now) {
        return Family.of(request).form().read(request, now);
    }

    /** The names of the headers, and the form of the events that have them. */
    private record Family(String id, String timestamp, String signature, EventForm form) {

        Family(String prefix) {
            this(
                    prefix + "id",
                    prefix + "timestamp",
                    prefix + "signature",
                    new EventForm(
                            List.of(header(prefix + "id")),
                            // Supabase's hooks before a user is created have their name among metadata.
                            List.of(field("/type"), field("/metadata/name")),
                            Optional.of("webhook"),
                            // Clerk and Render send the one, Resend the other, Supabase the third.
                            List.of(field("/timestamp"), field("/created_at"), field("/metadata/time"))));
        }

        static Family of(Request request) {
            return request.header(WEBHOOK.signature()).isPresent() ? WEBHOOK : SVIX;
        }
    }
}
