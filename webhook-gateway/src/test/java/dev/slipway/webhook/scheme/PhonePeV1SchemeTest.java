package dev.slipway.webhook.scheme;

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
import org.junit.jupiter.params.provider.ValueSource;

class PhonePeV1SchemeTest {

    private static final Instant NOW = Instant.ofEpochSecond(1_760_000_010);

    /** The salt that PhonePe publishes for its sandbox. */
    private static final String SALT = "099eb0cd-02cf-4e2a-8aca-3e6c6aff0399###1";

    private static final String AFTER_EY =
            "JzdWNjZXNzIjp0cnVlLCJjb2RlIjoiUEFZTUVOVF9TVUNDRVNTIiwiZGF0YSI6eyJtZXJjaGFudFRyYW5zYWN0aW9uSWQiOiJNVDc4NTA1OTAwNjgxODgxMDQiLCJhbW91bnQiOjEwMCwic3RhdGUiOiJDT01QTEVURUQifX0=";

    private static final String RESPONSE = "ey" + AFTER_EY;

    private static final String BODY = "{\"response\":\"" + RESPONSE + "\"}";

    /** Of {@link #RESPONSE}, made with sha256sum. */
    private static final String CHECKSUM = "bfd18f5ceb99e0d352e99a8ec737b34245400f60a6dd527b99154dbeaafc6cd7";

    private final SignatureScheme scheme = KnownScheme.PHONEPE_V1.with(settings(Map.of()));
    private final List<Secret> secrets = KnownScheme.PHONEPE_V1.secrets("another-salt###2," + SALT);

    @Test
    void takesWhatAnyOfItsSaltsSigned() {
        // When
        var verification = scheme.verify(request(BODY, verify(CHECKSUM + "###1")), secrets, NOW);

        // Then
        assertThat(verification)
                .isEqualTo(new Verified(
                        "sha256:86ce4f899d817e35c2562ac612c5230f7a407ffd540a0cfde08d4435b4969c80",
                        "PAYMENT_SUCCESS",
                        Mode.LIVE,
                        NOW,
                        true));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                BODY + " ",
                "{\"response\":\"" + RESPONSE + "\",\"more\":1}",
                "{\"response\":\"e\\u0079" + AFTER_EY + "\"}"
            })
    void takesTheSameResponseInAnotherBodyForTheSameEvent(String body) {
        // When
        var verification = scheme.verify(request(body, verify(CHECKSUM + "###1")), secrets, NOW);

        // Then
        assertThat(verification).isEqualTo(scheme.verify(request(BODY, verify(CHECKSUM + "###1")), secrets, NOW));
        assertThat(verification).isInstanceOf(Verified.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "###",
                "###1",
                CHECKSUM,
                CHECKSUM + "###",
                CHECKSUM + "###2",
                CHECKSUM + "###11",
                CHECKSUM + "##1",
                "0" + CHECKSUM + "###1",
                "a005532637c6a6e4a4b08ebc6f1144384353305a9cd253d995067964427cd0bb###1",
                CHECKSUM + "###ü"
            })
    void refusesAnotherChecksum(String checksum) {
        // When
        var verification = scheme.verify(request(BODY, verify(checksum)), secrets, NOW);

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.BAD_SIGNATURE));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{}",
                "[]",
                RESPONSE,
                "{\"response\":null}",
                "{\"response\":\"\"}",
                "{\"response\":{\"response\":\"" + RESPONSE + "\"}}",
                "{\"response\":\"" + RESPONSE + "\"",
                "{\"response\":\"x" + RESPONSE + "\"}",
                "{\"response\":\"" + RESPONSE + "\",\"response\":\"e30=\"}"
            })
    void refusesABodyWithoutThatResponse(String body) {
        // When
        var verification = scheme.verify(request(body, verify(CHECKSUM + "###1")), secrets, NOW);

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.BAD_SIGNATURE));
    }

    @Test
    void refusesARequestWithoutChecksum() {
        // When
        var verification = scheme.verify(request(BODY, Map.of()), secrets, NOW);

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.MISSING_SIGNATURE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "no base 64", "bm8ganNvbg==", "e30=", "eyJjb2RlIjoiIn0="})
    void refusesAResponseThatIsSignedButNoEvent(String response) {
        // Given
        var checksum = Sha256.hex((response + "099eb0cd-02cf-4e2a-8aca-3e6c6aff0399").getBytes(UTF_8)) + "###1";

        // When
        var verification =
                scheme.verify(request("{\"response\":\"%s\"}".formatted(response), verify(checksum)), secrets, NOW);

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.NOT_AN_EVENT));
    }

    private static Map<String, String> verify(String checksum) {
        return Map.of("X-VERIFY", checksum);
    }
}
