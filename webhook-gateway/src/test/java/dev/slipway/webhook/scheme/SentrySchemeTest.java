package dev.slipway.webhook.scheme;

import static dev.slipway.webhook.scheme.Requests.hexHmac;
import static dev.slipway.webhook.scheme.Requests.request;
import static dev.slipway.webhook.scheme.Requests.settings;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.event.WebhookEvent.Mode;
import dev.slipway.webhook.scheme.Verification.Rejected;
import dev.slipway.webhook.scheme.Verification.Verified;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SentrySchemeTest {

    private static final Instant NOW = Instant.ofEpochSecond(1_760_000_010);
    private static final String BODY = """
            {"action":"created","data":{"issue":{"title":"Grüße, 世界"}}}""";

    /** Of {@link #BODY}, made with OpenSSL. */
    private static final String SIGNATURE = "6efd1ddec4900bb8630d279a446b13228e25548f7a641043a9f44c7c8e688bf9";

    private final SignatureScheme scheme = KnownScheme.SENTRY.with(settings(Map.of()));
    private final List<Secret> secrets = KnownScheme.SENTRY.secrets("client-secret");

    @Test
    void takesTheBytesAsTheyCame() {
        // When
        var verification = scheme.verify(request(BODY, headers(SIGNATURE)), secrets, NOW);

        // Then
        assertThat(verification)
                .isEqualTo(new Verified(
                        "8a2b6a5e7c4f4a3e9d1f0b2c3d4e5f60",
                        "issue.created",
                        Mode.LIVE,
                        Instant.ofEpochSecond(1_760_000_000),
                        true));
    }

    @ParameterizedTest
    @ValueSource(strings = {"""
                {"action":"created","data":{"issue":{"title":"Gr\\u00fc\\u00dfe, \\u4e16\\u754c"}}}""", """
                {"action": "created", "data": {"issue": {"title": "Grüße, 世界"}}}"""})
    void refusesTheSameBodyWrittenInAnotherWay(String body) {
        // When
        var verification = scheme.verify(request(body, headers(SIGNATURE)), secrets, NOW);

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.BAD_SIGNATURE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"""
                {"action":"created","data":{"issue":{"title":"Gr\\u00fc\\u00dfe"}}}""", """
                {"action": "created",
                 "data": {"issue": {"title": "\uD83D\uDE80"}}}"""})
    void takesABodyHoweverItIsWritten(String body) {
        // Given
        var headers = headers(hexHmac("HmacSHA256", "client-secret", "", body.getBytes(UTF_8)));

        // When
        var verification = scheme.verify(request(body, headers), secrets, NOW);

        // Then
        assertThat(verification).isInstanceOf(Verified.class);
    }

    @Test
    void refusesARequestWithoutSignature() {
        // Given
        var headers = headers(SIGNATURE);
        headers.remove("Sentry-Hook-Signature");

        // When
        var verification = scheme.verify(request(BODY, headers), secrets, NOW);

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.MISSING_SIGNATURE));
    }

    @Test
    void withoutARequestIdTheHashOfTheBodyIsTheId() {
        // Given
        var headers = headers(SIGNATURE);
        headers.remove("Request-ID");

        // When
        var verification = scheme.verify(request(BODY, headers), secrets, NOW);

        // Then
        assertThat(verification)
                .extracting("eventId")
                .isEqualTo("sha256:57a227f23a1c03c53ba464b3d46401b87bf3711bee1a4f2f68a1b0cad579a48b");
    }

    private static Map<String, String> headers(String signature) {
        var headers = new HashMap<String, String>();
        headers.put("Sentry-Hook-Signature", signature);
        headers.put("Sentry-Hook-Resource", "issue");
        headers.put("Sentry-Hook-Timestamp", "1760000000");
        headers.put("Request-ID", "8a2b6a5e7c4f4a3e9d1f0b2c3d4e5f60");
        return headers;
    }
}
