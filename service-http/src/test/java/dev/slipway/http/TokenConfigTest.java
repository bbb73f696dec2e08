package dev.slipway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TokenConfigTest {

    @Test
    void tokensAndTheirRolesComeFromTheEnvironment() {
        // Given
        var environment = new EnvConfigSource(
                Map.of(
                        "SLIPWAY_API_TOKENS_CI", "the-token-of-ci",
                        "SLIPWAY_API_ROLES_CI", "payload,release-managers"),
                300);

        // When
        var config = new SmallRyeConfigBuilder()
                .withMapping(TokenConfig.class)
                .withSources(environment)
                .build()
                .getConfigMapping(TokenConfig.class);

        // Then
        assertThat(config.tokens()).isEqualTo(Map.of("ci", "the-token-of-ci"));
        assertThat(config.roles()).isEqualTo(Map.of("ci", Set.of("payload", "release-managers")));
    }
}
