package dev.slipway.webhook.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.slipway.webhook.scheme.KnownScheme;
import io.quarkus.runtime.configuration.ConfigurationException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SourceSetupTest {

    private static final URI CALLED_AT = URI.create("http://localhost:8081/");

    @ParameterizedTest
    @EnumSource
    void everySchemeHasStepsThatNameTheUrl(KnownScheme scheme) {
        // Given
        var source = source(scheme);
        var url = "https://hooks.example.com/webhooks/pay";

        // When
        var steps = setup(Map.of()).steps(source, url);

        // Then
        assertThat(steps).hasSizeGreaterThan(2).doesNotContainNull();
        assertThat(String.join("\n", steps)).contains(url).doesNotContain("${");
        assertThat(steps.getLast()).contains("POST /api/v1/sources/pay/secrets", scheme.secretForm());
    }

    @ParameterizedTest
    @CsvSource({
        "https://hooks.example.com, https://hooks.example.com/webhooks/pay",
        "https://example.com/hooks/, https://example.com/hooks/webhooks/pay",
        ", http://localhost:8081/webhooks/pay"
    })
    void theUrlIsAtThePublicAddressOrWhereTheApiWasCalled(String publicUrl, String url) {
        // Given
        var setup = setup(publicUrl == null ? Map.of() : Map.of("slipway.webhook.setup.public-url", publicUrl));

        // When
        var told = setup.url(source(KnownScheme.STRIPE), CALLED_AT, Optional.of("whsec_number_1"));

        // Then
        assertThat(told).isEqualTo(url);
    }

    @ParameterizedTest
    @ValueSource(strings = {"hooks.example.com", "ftp://example.com", "https:///webhooks", "/hooks"})
    void aPublicAddressThatIsNoneIsRefused(String url) {
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> setup(Map.of("slipway.webhook.setup.public-url", url)))
                .withMessageContaining("SLIPWAY_WEBHOOK_PUBLIC_URL is '%s'".formatted(url));
    }

    @Test
    void aSenderThatKnowsNothingButTheUrlGetsTheSecretInIt() {
        // Given
        var setup = setup(Map.of("slipway.webhook.setup.public-url", "https://hooks.example.com"));
        var source = source(KnownScheme.RAILWAY);

        // Then
        assertThat(setup.url(source, CALLED_AT, Optional.of("nobody/can+guess-this?")))
                .isEqualTo("https://hooks.example.com/webhooks/pay/nobody%2Fcan%2Bguess-this%3F");
        assertThat(setup.url(source, CALLED_AT, Optional.empty()))
                .isEqualTo("https://hooks.example.com/webhooks/pay/<secret>");
    }

    private static SourceSetup setup(Map<String, String> properties) {
        return new SourceSetup(Replica.environment(properties).getConfigMapping(SetupConfig.class));
    }

    private static Source source(KnownScheme scheme) {
        return new Source(
                new SourceSettings(
                        "pay",
                        scheme,
                        Optional.empty(),
                        Optional.empty(),
                        scheme.options().contains("header") ? Map.of("header", "X-Signature") : Map.of(),
                        1024,
                        Optional.empty(),
                        Optional.empty(),
                        Duration.ofDays(1),
                        Duration.ofDays(1)),
                List.of(),
                new Origin.Configuration("a test"));
    }
}
