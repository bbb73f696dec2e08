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

class ExpoSchemeTest {

    private static final Instant NOW = Instant.ofEpochSecond(1_760_000_010);
    private static final String BODY = """
            {"id":"147a3212","%s":"https://expo.dev/1","status":"%s","completedAt":"2021-11-24T09:57:42.715Z"}""";

    /** Of the build's body, finished; made with OpenSSL. */
    private static final String SIGNATURE = "sha1=a7018f6227e567b4efc6ba700f06a861e1353b3a";

    private final SignatureScheme scheme = KnownScheme.EXPO.with(settings(Map.of()));
    private final List<Secret> secrets = KnownScheme.EXPO.secrets("sixteen-characters,sixteen-or-more-characters");

    @Test
    void takesWhatAnyOfItsSecretsSigned() {
        // Given
        var body = BODY.formatted("buildDetailsPageUrl", "finished");

        // When
        var verification = scheme.verify(request(body, signed(SIGNATURE)), secrets, NOW);

        // Then
        assertThat(verification)
                .isEqualTo(new Verified(
                        "147a3212/finished",
                        "build.finished",
                        Mode.LIVE,
                        Instant.parse("2021-11-24T09:57:42.715Z"),
                        true));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "sha1=",
                "a7018f6227e567b4efc6ba700f06a861e1353b3a",
                "sha256=a7018f6227e567b4efc6ba700f06a861e1353b3a",
                "sha1=a7018f6227e567b4efc6ba700f06a861e1353b3a00",
                "sha1=ü"
            })
    void refusesAnotherSignature(String signature) {
        // Given
        var body = BODY.formatted("buildDetailsPageUrl", "finished");

        // When
        var verification = scheme.verify(request(body, signed(signature)), secrets, NOW);

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.BAD_SIGNATURE));
    }

    @ParameterizedTest
    @CsvSource({
        "buildDetailsPageUrl,errored,build.errored",
        "submissionDetailsPageUrl,canceled,submission.canceled",
        "later,finished,finished"
    })
    void saysWhatEndedAndHow(String url, String status, String type) {
        // Given
        var body = BODY.formatted(url, status);

        // When
        var verification = scheme.verify(request(body, signed(sign(body))), secrets, NOW);

        // Then
        assertThat(verification).extracting("type").isEqualTo(type);
    }

    @Test
    void refusesARequestWithoutSignature() {
        // When
        var verification = scheme.verify(request(BODY, Map.of()), secrets, NOW);

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.MISSING_SIGNATURE));
    }

    private static String sign(String body) {
        return "sha1=" + hexHmac("HmacSHA1", "sixteen-characters", "", body.getBytes(UTF_8));
    }

    private static Map<String, String> signed(String signature) {
        return Map.of("expo-signature", signature);
    }
}
