package dev.slipway.webhook.scheme;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The signature {@code t=<unix seconds>,v1=<hex>[,v1=…]}: HMAC-SHA256 of {@code <t>.<body>}. There are several
 * {@code v1} while the sender's secret is rolled. Other versions are ignored: {@code v0} is Stripe's for tests, and
 * taking it would let an attacker choose the weaker one.
 *
 * @param timestamp as it stands in the header, because that is what is signed
 * @param signatures the hexadecimal digits of each {@code v1}
 */
record TimestampedSignature(String timestamp, List<byte[]> signatures) {

    private static final Pattern UNIX_SECONDS = Pattern.compile("[0-9]{1,11}");

    /** Reads a header; nothing if it is not of this form. */
    static Optional<TimestampedSignature> parse(String header) {
        var timestamps = new ArrayList<String>();
        var signatures = new ArrayList<byte[]>();
        for (var item : header.split(",", -1)) {
            var pair = item.strip().split("=", 2);
            if (pair.length == 2 && pair[0].equals("t")) {
                timestamps.add(pair[1]);
            } else if (pair.length == 2 && pair[0].equals("v1")) {
                signatures.add(pair[1].getBytes(UTF_8));
            }
        }
        return timestamps.size() == 1
                        && UNIX_SECONDS.matcher(timestamps.getFirst()).matches()
                ? Optional.of(new TimestampedSignature(timestamps.getFirst(), signatures))
                : Optional.empty();
    }

    /**
     * Why the header of a request is refused, or nothing if it is genuine and fresh.
     *
     * @param tolerance how far its time may be from {@code now}, to either side; empty if it does not matter
     */
    static Optional<Reason> refuse(
            String header, byte[] body, List<Secret> secrets, Instant now, Optional<Duration> tolerance) {
        var parsed = parse(header);
        if (parsed.isEmpty() || !parsed.get().isOf(body, secrets)) {
            return Optional.of(Reason.BAD_SIGNATURE);
        }
        var signedAt = Instant.ofEpochSecond(Long.parseLong(parsed.get().timestamp()));
        if (tolerance.isEmpty()) {
            return Optional.empty();
        }
        if (signedAt.isBefore(now.minus(tolerance.get()))) {
            return Optional.of(Reason.TOO_OLD);
        }
        return signedAt.isAfter(now.plus(tolerance.get())) ? Optional.of(Reason.IN_THE_FUTURE) : Optional.empty();
    }

    private boolean isOf(byte[] body, List<Secret> secrets) {
        var genuine = false;
        for (var secret : secrets) {
            var expected = HexFormat.of().formatHex(hmac(secret, body)).getBytes(UTF_8);
            for (var signature : signatures) {
                // All are compared, so that the time does not tell which one matched.
                genuine |= MessageDigest.isEqual(expected, signature);
            }
        }
        return genuine;
    }

    private byte[] hmac(Secret secret, byte[] body) {
        try {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.bytes(), "HmacSHA256"));
            mac.update(timestamp.getBytes(UTF_8));
            mac.update((byte) '.');
            return mac.doFinal(body);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every JDK has HmacSHA256", e);
        }
    }
}
