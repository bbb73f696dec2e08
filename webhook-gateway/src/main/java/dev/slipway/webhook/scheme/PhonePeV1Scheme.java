package dev.slipway.webhook.scheme;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonPointer;
import dev.slipway.event.WebhookEvent.Mode;
import dev.slipway.webhook.scheme.Verification.Rejected;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * PhonePe's first API: {@code X-VERIFY} holds the hash of the Base64 text in {@code response} with the salt key behind
 * it, and the salt's index. It documents no id: the hash of {@code response} serves as one, since
 * the rest of the body is not signed. The type is the {@code code} of the
 * response: {@code PAYMENT_SUCCESS}. PhonePe promises neither that a callback comes nor that it comes again.
 *
 * @see <a href="https://developer.phonepe.com/v1/reference/server-to-server-callback-5">PhonePe: server to server
 *     callback</a>
 */
record PhonePeV1Scheme() implements ProofFirst {

    private static final Pattern CHECKSUM = Pattern.compile("[0-9a-f]{64}###[0-9]{1,9}");

    private static final JsonPointer RESPONSE = JsonPointer.compile("/response");
    private static final JsonPointer CODE = JsonPointer.compile("/code");

    @Override
    public Optional<Reason> refuse(Request request, List<Secret> secrets, Instant now) {
        var sent = request.header("X-VERIFY");
        if (sent.isEmpty()) {
            return Optional.of(Reason.MISSING_SIGNATURE);
        }
        return CHECKSUM.matcher(sent.get()).matches() && isOf(response(request), sent.get(), secrets)
                ? Optional.empty()
                : Optional.of(Reason.BAD_SIGNATURE);
    }

    /** Only here a body is read before it is proven, because it is not the body that PhonePe hashes. */
    private static Optional<byte[]> response(Request request) {
        return EventFields.read(request.body(), List.of(RESPONSE))
                .flatMap(fields -> fields.text(RESPONSE))
                .map(text -> text.getBytes(UTF_8));
    }

    private static boolean isOf(Optional<byte[]> response, String sent, List<Secret> secrets) {
        var genuine = false;
        for (var secret : secrets) {
            if (secret instanceof Secret.Salt salt && response.isPresent()) {
                var expected = salt.checksum(response.get());
                // All are compared, so that the time does not tell which one matched.
                genuine |= MessageDigest.isEqual(expected.getBytes(UTF_8), sent.getBytes(UTF_8));
            }
        }
        return genuine;
    }

    @Override
    public Verification read(Request request, Instant now) {
        return response(request)
                .flatMap(response -> decoded(response)
                        .flatMap(json -> EventFields.read(json, List.of(CODE)))
                        .flatMap(fields -> fields.text(CODE))
                        // The response was read from the body, which is JSON, then.
                        .map(code -> Verification.event("sha256:" + Sha256.hex(response), code, Mode.LIVE, now, true)))
                .orElseGet(() -> new Rejected(Reason.NOT_AN_EVENT));
    }

    private static Optional<byte[]> decoded(byte[] response) {
        try {
            return Optional.of(Base64.getDecoder().decode(response));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
