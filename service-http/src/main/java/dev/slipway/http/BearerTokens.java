package dev.slipway.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.quarkus.security.AuthenticationFailedException;
import io.quarkus.security.identity.IdentityProviderManager;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.security.runtime.QuarkusPrincipal;
import io.quarkus.vertx.http.runtime.security.ChallengeData;
import io.quarkus.vertx.http.runtime.security.HttpAuthenticationMechanism;
import io.smallrye.mutiny.Uni;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Recognises callers of the API by their bearer token, in constant time, and knows their roles. */
@Singleton
public class BearerTokens implements HttpAuthenticationMechanism {

    private static final String SCHEME = "bearer ";
    private static final String CHALLENGE = "Bearer realm=\"slipway\"";

    private final Map<String, byte[]> digests = new LinkedHashMap<>();
    private final Map<String, Set<String>> roles = new HashMap<>();
    private final byte[] unauthorized;

    public BearerTokens(TokenConfig config, ObjectMapper mapper) {
        config.token().ifPresent(token -> accept(config.tokenName(), token));
        config.tokens().forEach(this::accept);
        roles.put(config.tokenName(), Set.of(TokenIdentity.EVERY));
        roles.putAll(config.roles());
        try {
            this.unauthorized = mapper.writeValueAsBytes(Problem.of(
                    401,
                    "Unauthorized",
                    "This call needs a valid token: send the header 'Authorization: Bearer <token>'. "
                            + "'./slipway up' writes one to .slipway/token."));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Uni<SecurityIdentity> authenticate(RoutingContext context, IdentityProviderManager identities) {
        var header = context.request().getHeader(HttpHeaderNames.AUTHORIZATION);
        // Webhooks carry their sender's own Authorization, which is not ours to judge.
        if (header == null || !context.normalizedPath().startsWith("/api/")) {
            return Uni.createFrom().nullItem();
        }
        return nameOf(header)
                .map(name -> Uni.createFrom().item(identity(name)))
                .orElseGet(() -> Uni.createFrom().failure(new AuthenticationFailedException("Unknown token")));
    }

    @Override
    public Uni<ChallengeData> getChallenge(RoutingContext context) {
        return Uni.createFrom().item(new ChallengeData(401, HttpHeaderNames.WWW_AUTHENTICATE, CHALLENGE));
    }

    @Override
    public Uni<Boolean> sendChallenge(RoutingContext context) {
        context.response()
                .setStatusCode(401)
                .putHeader(HttpHeaderNames.WWW_AUTHENTICATE, CHALLENGE)
                .putHeader(HttpHeaderNames.CONTENT_TYPE, Problem.MEDIA_TYPE)
                .end(Buffer.buffer(unauthorized));
        return Uni.createFrom().item(true);
    }

    /** One that was left blank is none: it would let everybody in. */
    private void accept(String name, String token) {
        if (!token.isBlank()) {
            digests.put(name, digest(token.strip()));
        }
    }

    private Optional<String> nameOf(String header) {
        if (!header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return Optional.empty();
        }
        var digest = digest(header.substring(SCHEME.length()).strip());
        Optional<String> found = Optional.empty();
        for (var entry : digests.entrySet()) {
            // All are compared, so that the time tells nothing.
            if (MessageDigest.isEqual(entry.getValue(), digest)) {
                found = Optional.of(entry.getKey());
            }
        }
        return found;
    }

    private SecurityIdentity identity(String name) {
        return new TokenIdentity(new QuarkusPrincipal(name), roles.getOrDefault(name, Set.of()));
    }

    private static byte[] digest(String token) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JDK has SHA-256", e);
        }
    }
}
