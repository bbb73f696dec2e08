package dev.slipway.webhook.scheme;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * The signature {@code t=<unix seconds>,v1=<hex>[,v1=…]}: HMAC-SHA256 of {@code <t>.<body>}. There are several
 * {@code v1} while the sender's secret is rolled. Other versions are ignored: {@code v0} is Stripe's for tests, and
 * taking it would let an attacker choose the weaker one.
 *
 * @param timestamp as it stands in the header, because that is what is signed
 * @param signedAt the instant that it means
 * @param signatures the hexadecimal digits of each {@code v1}
 */
record TimestampedSignature(String timestamp, Instant signedAt, List<byte[]> signatures) {

    /** Reads a header; nothing if it is not of this form. */
    static Optional<TimestampedSignature> parse(String header) {
        var timestamps = new ArrayList<String>();
        var signatures = new ArrayList<byte[]>();
        for (var item : SignatureList.of(header, ",")) {
            var pair = item.strip();
            if (pair.startsWith("t=")) {
                timestamps.add(pair.substring("t=".length()));
            } else if (pair.startsWith("v1=")) {
                signatures.add(pair.substring("v1=".length()).getBytes(UTF_8));
            }
        }
        return timestamps.size() == 1
                ? TimestampFormat.SECONDS
                        .read(timestamps.getFirst())
                        .map(signedAt -> new TimestampedSignature(timestamps.getFirst(), signedAt, signatures))
                : Optional.empty();
    }

    /** Why the header of a request is refused, or nothing if it is genuine and fresh. */
    static Optional<Reason> refuse(String header, byte[] body, List<Secret> secrets, Instant now, Tolerance tolerance) {
        var parsed = parse(header);
        return parsed.isPresent() && parsed.get().isOf(body, secrets)
                ? tolerance.refuse(parsed.get().signedAt(), now)
                : Optional.of(Reason.BAD_SIGNATURE);
    }

    private boolean isOf(byte[] body, List<Secret> secrets) {
        var start = (timestamp + '.').getBytes(UTF_8);
        var genuine = false;
        for (var secret : secrets) {
            if (secret instanceof Secret.Shared shared) {
                var hmac = shared.hmac(HmacAlgorithm.SHA256, start, body);
                var expected = HexFormat.of().formatHex(hmac).getBytes(UTF_8);
                for (var signature : signatures) {
                    // All are compared, so that the time does not tell which one matched.
                    genuine |= MessageDigest.isEqual(expected, signature);
                }
            }
        }
        return genuine;
    }
}
