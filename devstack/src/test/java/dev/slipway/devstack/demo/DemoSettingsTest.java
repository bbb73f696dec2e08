package dev.slipway.devstack.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DemoSettingsTest {

    private static final Map<String, String> ENVIRONMENT = Map.of(
            "SLIPWAY_TOKEN", "token-1",
            "STRIPE_WEBHOOK_SECRET", "whsec_new, whsec_old",
            "REVENUECAT_WEBHOOK_SECRET", "secret-1",
            "SLIPWAY_DEMO_PLAN", "plans/solacore-demo.yaml",
            "SLIPWAY_NOTIFIER_PORT", "9083");

    @Test
    void readsTheEnvironmentWithDefaultsForPortsAndTheFirstOfSeveralSecrets() {
        // When
        var settings = DemoSettings.from(ENVIRONMENT);

        // Then
        assertThat(settings.releases()).isEqualTo(URI.create("http://localhost:8080"));
        assertThat(settings.notifier()).isEqualTo(URI.create("http://localhost:9083"));
        assertThat(settings.stripeSecret()).isEqualTo("whsec_new");
    }

    @Test
    void saysWhichVariableIsMissing() {
        // Given
        var environment = new HashMap<>(ENVIRONMENT);
        environment.remove("SLIPWAY_TOKEN");

        // When
        var reading = assertThatIllegalArgumentException().isThrownBy(() -> DemoSettings.from(environment));

        // Then
        reading.withMessageContaining("SLIPWAY_TOKEN is not set");
    }

    @Test
    void doesNotShowItsSecrets() {
        // When
        var shown = DemoSettings.from(ENVIRONMENT).toString();

        // Then
        assertThat(shown).doesNotContain("whsec").doesNotContain("secret-1").doesNotContain("token-1");
    }
}
