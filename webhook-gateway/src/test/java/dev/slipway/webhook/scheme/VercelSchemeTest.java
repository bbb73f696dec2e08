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
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VercelSchemeTest {

    private static final Instant NOW = Instant.ofEpochSecond(1_760_000_010);
    private static final String BODY = """
            {"id":"uev_1","type":"deployment.succeeded","createdAt":1760000000123,"region":null,"payload":{}}""";

    /** Of {@link #BODY}, made with OpenSSL. */
    private static final String SIGNATURE = "9e2e7f0ade0c8ea8d813be0b6840951c846f0bb2";

    private final SignatureScheme scheme = KnownScheme.VERCEL.with(settings(Map.of()));
    private final List<Secret> secrets = KnownScheme.VERCEL.secrets("the-next-one,vercel-secret");

    @Test
    void takesWhatAnyOfItsSecretsSigned() {
        // When
        var verification = scheme.verify(request(BODY, signed(SIGNATURE)), secrets, NOW);

        // Then
        assertThat(verification)
                .isEqualTo(new Verified(
                        "uev_1", "deployment.succeeded", Mode.LIVE, Instant.ofEpochMilli(1_760_000_000_123L), true));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00",
                "sha1=9e2e7f0ade0c8ea8d813be0b6840951c846f0bb2",
                "9e2e7f0ade0c8ea8d813be0b6840951c846f0bb20",
                "09e2e7f0ade0c8ea8d813be0b6840951c846f0bb2"
            })
    void refusesAnotherSignature(String signature) {
        // When
        var verification = scheme.verify(request(BODY, signed(signature)), secrets, NOW);

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.BAD_SIGNATURE));
    }

    @Test
    void refusesARequestWithoutSignature() {
        // When
        var verification = scheme.verify(request(BODY, Map.of()), secrets, NOW);

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.MISSING_SIGNATURE));
    }

    @ParameterizedTest
    @CsvSource({"1760000000123,2025-10-09T08:53:20.123Z", "2025-10-09T08:53:20.123Z,2025-10-09T08:53:20.123Z"})
    void readsItsTimeAsNumberOrText(String createdAt, Instant occurredAt) {
        // Given
        var body = "{\"id\":\"uev_1\",\"type\":\"a\",\"createdAt\":\"%s\"}".formatted(createdAt);

        // When
        var verification = scheme.verify(request(body, signed(sign(body))), secrets, NOW);

        // Then
        assertThat(verification).extracting("occurredAt").isEqualTo(occurredAt);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "{}", "[]", "{\"id\":\"uev_1\"}", "{\"id\":\"uev_1\",\"type\":\"a b\"}", "{\"type\":\"a\"}}"
            })
    void refusesABodyThatIsSignedButNoEvent(String body) {
        // When
        var verification = scheme.verify(request(body, signed(sign(body))), secrets, NOW);

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.NOT_AN_EVENT));
    }

    private static String sign(String body) {
        return hexHmac("HmacSHA1", "vercel-secret", "", body.getBytes(UTF_8));
    }

    private static Map<String, String> signed(String signature) {
        return Map.of("x-vercel-signature", signature);
    }
}
