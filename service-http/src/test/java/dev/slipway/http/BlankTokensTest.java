package dev.slipway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.security.AuthenticationFailedException;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A token that was left blank opens nothing. */
class BlankTokensTest {

    @ParameterizedTest
    @ValueSource(strings = {"Bearer", "Bearer ", "Bearer  ", "Bearer x"})
    void aBlankTokenLetsNobodyIn(String authorization) {
        // Given
        var tokens = new BearerTokens(new Tokens(Optional.of(" "), Map.of("ci", "", "cd", "  ")), new ObjectMapper());

        // When
        var identity = tokens.authenticate(call(authorization), null);

        // Then
        assertThatThrownBy(() -> identity.await().indefinitely()).isInstanceOf(AuthenticationFailedException.class);
    }

    @Test
    void withoutAnyTokenNobodyGetsIn() {
        // Given
        var tokens = new BearerTokens(new Tokens(Optional.empty(), Map.of()), new ObjectMapper());

        // When
        var identity = tokens.authenticate(call("Bearer "), null);

        // Then
        assertThatThrownBy(() -> identity.await().indefinitely()).isInstanceOf(AuthenticationFailedException.class);
        assertThat(tokens.getChallenge(call("Bearer ")).await().indefinitely().status)
                .isEqualTo(401);
    }

    private static RoutingContext call(String authorization) {
        var request = stub(HttpServerRequest.class, Map.of("getHeader", authorization));
        return stub(RoutingContext.class, Map.of("request", request, "normalizedPath", "/api/v1/releases"));
    }

    private static <T> T stub(Class<T> type, Map<String, Object> answers) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) -> answers.get(method.getName())));
    }

    private record Tokens(Optional<String> token, Map<String, String> tokens) implements TokenConfig {
        @Override
        public String tokenName() {
            return "operator";
        }

        @Override
        public Map<String, Set<String>> roles() {
            return Map.of();
        }
    }
}
