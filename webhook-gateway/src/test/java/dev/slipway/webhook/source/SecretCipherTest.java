package dev.slipway.webhook.source;

import static dev.slipway.webhook.source.Replica.KEY;
import static dev.slipway.webhook.source.Replica.OTHER_KEY;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Base64;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretCipherTest {

    private static final UUID ID = UUID.fromString("01890a5d-ac96-774b-bcce-b302099a8057");

    @Property
    void whatIsEncryptedIsDecryptedAndNeverTheSameTwice(@ForAll String value) {
        // Given
        var cipher = SecretCipher.of(KEY);

        // When
        var ciphertext = cipher.encrypt("stripe", ID, value);

        // Then
        assertThat(cipher.decrypt("stripe", ID, ciphertext)).hasValue(new String(value.getBytes(UTF_8), UTF_8));
        assertThat(cipher.encrypt("stripe", ID, value)).isNotEqualTo(ciphertext);
    }

    @Property(tries = 100)
    void aCiphertextThatWasChangedIsNotDecrypted(
            @ForAll @IntRange(max = 40) int position, @ForAll @IntRange(min = 1, max = 255) int change) {
        // Given
        var cipher = SecretCipher.of(KEY);
        var bytes = Base64.getDecoder().decode(cipher.encrypt("stripe", ID, "whsec_12"));

        // When
        bytes[position] ^= (byte) change;

        // Then
        assertThat(cipher.decrypt("stripe", ID, Base64.getEncoder().encodeToString(bytes)))
                .isEmpty();
    }

    @Test
    void aCiphertextIsWorthNothingInAnothersPlace() {
        // Given
        var cipher = SecretCipher.of(KEY);

        // When
        var ciphertext = cipher.encrypt("stripe", ID, "whsec_number_1");

        // Then
        assertThat(cipher.decrypt("stripe-eu", ID, ciphertext)).isEmpty();
        assertThat(cipher.decrypt("stripe", UUID.randomUUID(), ciphertext)).isEmpty();
    }

    @Test
    void theFirstKeyEncryptsAndAllDecrypt() {
        // Given
        var old = SecretCipher.of(OTHER_KEY);
        var ciphertext = old.encrypt("stripe", ID, "whsec_number_1");

        // When
        var both = SecretCipher.of(KEY + ", " + OTHER_KEY);

        // Then
        assertThat(both.decrypt("stripe", ID, ciphertext)).hasValue("whsec_number_1");
        assertThat(both.isCurrent(ciphertext)).isFalse();
        assertThat(both.isCurrent(both.encrypt("stripe", ID, "whsec_number_1"))).isTrue();
        assertThat(old.decrypt("stripe", ID, both.encrypt("stripe", ID, "whsec_number_1")))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "secret",
                "c2hvcnQ=",
                "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYxMg==",
                KEY + ",secret",
                KEY + "," + KEY
            })
    void whatIsNoKeyIsRefusedAndNotShown(String keys) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SecretCipher.of(keys))
                .withMessageNotContaining(keys);
    }
}
