package dev.slipway.webhook.forward;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** What Slipway and an endpoint share, to sign by Standard Webhooks. It never shows its value. */
public final class SigningSecret {

    private static final String PREFIX = "whsec_";
    private static final String ALGORITHM = "HmacSHA256";
    private static final int SHORTEST = 24;
    private static final int LONGEST = 64;
    private static final int GENERATED = 32;

    private final SecretKeySpec key;
    private final Optional<Instant> expiresAt;

    private SigningSecret(byte[] key, Optional<Instant> expiresAt) {
        this.key = new SecretKeySpec(key, ALGORITHM);
        this.expiresAt = expiresAt;
    }

    /** A new secret, as {@link #parse} reads it. */
    public static String generate() {
        var bytes = new byte[GENERATED];
        new SecureRandom().nextBytes(bytes);
        return PREFIX + Base64.getEncoder().encodeToString(bytes);
    }

    /**
     * Reads a secret.
     *
     * @param text {@code whsec_} and 24 to 64 bytes in Base64
     * @param expiresAt from when on it does not sign any more
     * @throws IllegalArgumentException if it does not have that form; the message does not show it
     */
    public static SigningSecret parse(String text, Optional<Instant> expiresAt) {
        try {
            var bytes = Base64.getDecoder().decode(text.startsWith(PREFIX) ? text.substring(PREFIX.length()) : text);
            if (bytes.length >= SHORTEST && bytes.length <= LONGEST) {
                return new SigningSecret(bytes, expiresAt);
            }
        } catch (IllegalArgumentException e) {
            // The decoder's message shows part of it.
        }
        throw new IllegalArgumentException(
                "The secret must be 'whsec_' and %d to %d bytes in Base64".formatted(SHORTEST, LONGEST));
    }

    boolean counts(Instant now) {
        return expiresAt.isEmpty() || now.isBefore(expiresAt.get());
    }

    /** The signature in Base64. */
    String sign(String id, String timestamp, byte[] body) {
        try {
            var mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            mac.update("%s.%s.".formatted(id, timestamp).getBytes(UTF_8));
            return Base64.getEncoder().encodeToString(mac.doFinal(body));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every JDK has HmacSHA256", e);
        }
    }

    @Override
    public String toString() {
        return "***";
    }
}
