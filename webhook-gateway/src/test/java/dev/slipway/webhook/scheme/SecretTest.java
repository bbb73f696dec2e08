package dev.slipway.webhook.scheme;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SecretTest {

    @Test
    void severalAreSeparatedByCommasAndBlanksAreNotPartOfThem() {
        // When
        var secrets = KnownScheme.STRIPE.secrets(" one ,, two\n");

        // Then
        assertThat(secrets)
                .extracting(secret -> new String(secret.bytes(), UTF_8))
                .containsExactly("one", "two");
    }

    @Test
    void neverShowsItsValue() {
        assertThat(Secret.of("whsec_1")).hasToString("***");
    }
}
