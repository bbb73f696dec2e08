package dev.slipway.webhook.scheme;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * An HMAC in a header of its own, the form in which most senders sign. Several, separated by commas or blanks, may stand
 * there while a secret is rolled; one of them must be genuine.
 *
 * @param prefix what stands before each: {@code sha256=}
 */
record HmacSignature(
        String header,
        String prefix,
        HmacAlgorithm algorithm,
        SignatureEncoding encoding,
        SignedContent content,
        Tolerance tolerance) {

    /** In hexadecimal digits, of the body alone, so that there is no time that could be too old. */
    static HmacSignature ofBody(String header, String prefix, HmacAlgorithm algorithm) {
        return new HmacSignature(
                header,
                prefix,
                algorithm,
                SignatureEncoding.HEX,
                SignedContent.BODY_ALONE,
                new Tolerance(Optional.empty()));
    }

    /** Checks a prefix that a source chose. */
    static String prefix(String chosen) {
        if (chosen.matches(".*[, ].*")) {
            throw new IllegalArgumentException("commas and blanks separate signatures, so a prefix has none");
        }
        return chosen;
    }

    /** Why a request is refused, or nothing if its signature is genuine and fresh. */
    Optional<Reason> refuse(Request request, List<Secret> secrets, Instant now) {
        var sent = request.header(header);
        if (sent.isEmpty()) {
            return Optional.of(Reason.MISSING_SIGNATURE);
        }
        var signed = content.of(request);
        if (signed.isEmpty() || !isOf(signed.get(), signatures(sent.get()), secrets)) {
            return Optional.of(Reason.BAD_SIGNATURE);
        }
        return signed.get().signedAt().flatMap(signedAt -> tolerance.refuse(signedAt, now));
    }

    private List<byte[]> signatures(String sent) {
        return SignatureList.of(sent, "[, ]").stream()
                .filter(item -> item.startsWith(prefix))
                .map(item -> item.substring(prefix.length()).getBytes(UTF_8))
                .toList();
    }

    private boolean isOf(SignedContent.Filled signed, List<byte[]> signatures, List<Secret> secrets) {
        var genuine = false;
        for (var secret : secrets) {
            if (secret instanceof Secret.Shared shared) {
                var expected = encoding.encode(shared.hmac(algorithm, signed.before(), signed.body(), signed.after()));
                for (var signature : signatures) {
                    // All are compared, so that the time does not tell which one matched.
                    genuine |= MessageDigest.isEqual(expected, signature);
                }
            }
        }
        return genuine;
    }
}
