package dev.slipway.webhook.scheme;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.X509EncodedKeySpec;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import javax.crypto.Mac;

/** What a sender and Slipway share, ready to verify with. It never shows its value. */
public abstract sealed class Secret {

    /** Whether something that was sent is the value of a secret; all are compared, so that the time tells nothing. */
    static boolean isAnyOf(List<Secret> secrets, String sent) {
        var bytes = sent.getBytes(UTF_8);
        var found = false;
        for (var secret : secrets) {
            found |= secret instanceof Shared shared && MessageDigest.isEqual(shared.value, bytes);
        }
        return found;
    }

    @Override
    public final String toString() {
        return "***";
    }

    /** What both sides know, and send as it is or use as the key of HMACs. */
    static final class Shared extends Secret {

        private final byte[] value;

        /** Keyed once, and never fed: to clone one costs less than to key another, and threads do not meet in it. */
        private final ConcurrentMap<HmacAlgorithm, Mac> hmacs = new ConcurrentHashMap<>();

        Shared(byte[] value) {
            this.value = value.clone();
        }

        /** The HMAC of parts, one after the other. */
        byte[] hmac(HmacAlgorithm algorithm, byte[]... parts) {
            var hmac = fresh(algorithm);
            for (var part : parts) {
                hmac.update(part);
            }
            return hmac.doFinal();
        }

        private Mac fresh(HmacAlgorithm algorithm) {
            try {
                return (Mac)
                        hmacs.computeIfAbsent(algorithm, it -> it.with(value)).clone();
            } catch (CloneNotSupportedException e) {
                throw new IllegalStateException("The JDK's own HMACs can be cloned", e);
            }
        }
    }

    /** PhonePe's salt, and the number that tells it from others. */
    static final class Salt extends Secret {

        private final byte[] key;
        private final String index;

        Salt(String key, String index) {
            this.key = key.getBytes(UTF_8);
            this.index = index;
        }

        /** What PhonePe sends beside a response. */
        String checksum(byte[] response) {
            return Sha256.hex(response, key) + "###" + index;
        }
    }

    /** The sender's public key: no secret, but it stands in the place of one. */
    static final class Ed25519 extends Secret {

        /** What stands before the bytes of a key in X.509. */
        private static final byte[] X509_HEADER = HexFormat.of().parseHex("302a300506032b6570032100");

        private final PublicKey key;

        /** @throws IllegalArgumentException if this is no key */
        Ed25519(byte[] key) {
            var encoded = new byte[X509_HEADER.length + key.length];
            System.arraycopy(X509_HEADER, 0, encoded, 0, X509_HEADER.length);
            System.arraycopy(key, 0, encoded, X509_HEADER.length, key.length);
            try {
                this.key = KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
                verifier(); // Only this finds out whether it is a point on the curve.
            } catch (GeneralSecurityException e) {
                throw new IllegalArgumentException("This is no Ed25519 public key", e);
            }
        }

        /** Whether a signature is of parts, one after the other. This takes milliseconds. */
        boolean hasSigned(byte[] signature, byte[]... parts) {
            try {
                var verifier = verifier();
                for (var part : parts) {
                    verifier.update(part);
                }
                return verifier.verify(signature);
            } catch (SignatureException e) {
                return false; // The signature is not even a point on the curve.
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("Every JDK has Ed25519", e);
            }
        }

        private Signature verifier() throws GeneralSecurityException {
            var verifier = Signature.getInstance("Ed25519");
            verifier.initVerify(key);
            return verifier;
        }
    }
}
