package dev.slipway.webhook.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.crypto.tink.AccessesPartialKey;
import com.google.crypto.tink.Aead;
import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.aead.AeadConfig2026;
import com.google.crypto.tink.aead.AesGcmKey;
import com.google.crypto.tink.aead.AesGcmParameters;
import com.google.crypto.tink.aead.AesGcmParameters.Variant;
import com.google.crypto.tink.util.Bytes;
import com.google.crypto.tink.util.SecretBytes;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;

/**
 * Encrypts the secrets in the database: AES-256-GCM, by Tink. A ciphertext begins with the id of its key, and is bound to
 * its source and its own id, so that it is worth nothing in another's place.
 */
final class SecretCipher {

    private static final int KEY_BYTES = 32;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BYTES = 16;

    private final Aead aead;

    /** What the ciphertexts of the first key begin with. */
    private final Bytes prefix;

    private SecretCipher(Aead aead, Bytes prefix) {
        this.aead = aead;
        this.prefix = prefix;
    }

    /**
     * A cipher with keys of 32 bytes in Base64, separated by commas: the first encrypts, all of them decrypt.
     *
     * @throws IllegalArgumentException if one is not such a key; the message does not show it
     */
    static SecretCipher of(String keys) {
        try {
            var all = Arrays.stream(keys.split(",")).map(SecretCipher::key).toList();
            var keyset = KeysetHandle.newBuilder();
            keyset.addEntry(KeysetHandle.importKey(all.getFirst()).makePrimary());
            all.stream().skip(1).forEach(key -> keyset.addEntry(KeysetHandle.importKey(key)));
            return new SecretCipher(
                    keyset.build().getPrimitive(AeadConfig2026.get(), Aead.class),
                    all.getFirst().getOutputPrefix());
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("has the same key twice", e);
        }
    }

    /** A ciphertext in Base64. */
    String encrypt(String source, UUID id, String value) {
        try {
            return Base64.getEncoder().encodeToString(aead.encrypt(value.getBytes(UTF_8), owner(source, id)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM takes any text", e);
        }
    }

    /** What was encrypted; nothing if none of the keys did it, or it is another's. */
    Optional<String> decrypt(String source, UUID id, String ciphertext) {
        try {
            return Optional.of(
                    new String(aead.decrypt(Base64.getDecoder().decode(ciphertext), owner(source, id)), UTF_8));
        } catch (IllegalArgumentException | GeneralSecurityException e) {
            return Optional.empty();
        }
    }

    /** Whether the first key made it; it must be one that is decrypted. */
    boolean isCurrent(String ciphertext) {
        var bytes = Base64.getDecoder().decode(ciphertext);
        return Bytes.copyFrom(bytes, 0, prefix.size()).equals(prefix);
    }

    private static byte[] owner(String source, UUID id) {
        return (source + "/" + id).getBytes(UTF_8);
    }

    @AccessesPartialKey // Tink wants it said that the bytes of a key are handled here.
    private static AesGcmKey key(String base64) {
        try {
            var bytes = Base64.getDecoder().decode(base64.strip());
            if (bytes.length != KEY_BYTES) {
                throw new IllegalArgumentException("%d bytes".formatted(bytes.length));
            }
            return AesGcmKey.builder()
                    .setParameters(AesGcmParameters.builder()
                            .setKeySizeBytes(KEY_BYTES)
                            .setIvSizeBytes(NONCE_BYTES)
                            .setTagSizeBytes(TAG_BYTES)
                            .setVariant(Variant.TINK)
                            .build())
                    .setKeyBytes(SecretBytes.copyFrom(bytes, InsecureSecretKeyAccess.get()))
                    // The same key has the same id, wherever it stands.
                    .setIdRequirement(
                            ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(bytes))
                                    .getInt())
                    .build();
        } catch (IllegalArgumentException | GeneralSecurityException e) {
            throw new IllegalArgumentException(
                    "must be 32 bytes in Base64, as 'openssl rand -base64 32' makes them; several are separated by commas",
                    e);
        }
    }
}
