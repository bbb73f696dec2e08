package dev.slipway.webhook.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.slipway.webhook.scheme.KnownScheme;
import dev.slipway.webhook.source.SourcesConfig.SourceConfig;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SourcesTest {

    @Test
    void aSourceHasTheEnvironmentThatClaimsItForItsSubject() {
        // When
        var sources = sources("stripe", "whsec_1", " solacore/production ");

        // Then
        assertThat(sources.find("stripe")).map(Source::subject).hasValue("solacore/production");
    }

    @Test
    void aSourceThatNoEnvironmentClaimsIsItsOwnSubject() {
        // When
        var sources = sources("stripe", "whsec_1", "");

        // Then
        assertThat(sources.find("stripe")).map(Source::subject).hasValue("stripe");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", " , "})
    void aSourceWithoutSecretDoesNotExist(String secrets) {
        // When
        var sources = sources("stripe", secrets, "");

        // Then
        assertThat(sources.find("stripe")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"Stripe,", "a/b,", "stripe,solacore", "stripe,solacore/Production", "stripe,a/b/c"})
    void aWrongNameIsRefusedAndTheSecretIsNotTold(String name, String environment) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> sources(name, "whsec_1", environment))
                .withMessageContaining(name)
                .withMessageNotContaining("whsec_1");
    }

    private static Sources sources(String name, String secrets, String environment) {
        return new Sources(() -> Map.of(name, new SourceConfig() {
            @Override
            public KnownScheme scheme() {
                return KnownScheme.STRIPE;
            }

            @Override
            public Optional<String> secrets() {
                return Optional.of(secrets);
            }

            @Override
            public Optional<String> environment() {
                return Optional.ofNullable(environment);
            }

            @Override
            public Duration tolerance() {
                return Duration.ofMinutes(5);
            }
        }));
    }
}
