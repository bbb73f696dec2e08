package dev.slipway.webhook.scheme;

import static dev.slipway.webhook.scheme.Requests.request;
import static dev.slipway.webhook.scheme.Requests.settings;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.event.WebhookEvent.Mode;
import dev.slipway.webhook.scheme.Verification.Rejected;
import dev.slipway.webhook.scheme.Verification.Verified;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RevenueCatSchemeTest {

    private static final Instant NOW = Instant.ofEpochSecond(1_760_000_010);
    private static final List<Secret> SECRETS = KnownScheme.REVENUECAT.secrets("rc_secret,rc_second");
    private static final String BODY = """
            {"api_version":"1.0","event":{"id":"12345678-1234-1234-1234-123456789012","type":"INITIAL_PURCHASE","environment":"PRODUCTION","event_timestamp_ms":1760000000123}}\
            """;

    /** Of {@link #BODY} at {@link #NOW}, made with OpenSSL. */
    private static final String SIGNATURE =
            "t=1760000010,v1=e419def68f5c6ed9dcfa22afef21b4a13ef86e7ba290281206480eed56eb1371";

    private final SignatureScheme scheme = KnownScheme.REVENUECAT.with(settings(Map.of()));

    @ParameterizedTest
    @ValueSource(strings = {"Bearer rc_secret", "Bearer rc_second", "bearer rc_secret"})
    void takesAnyOfItsSecretsAsAuthorization(String authorization) {
        // When
        var verification = verify(Map.of("Authorization", authorization), BODY);

        // Then
        assertThat(verification)
                .isEqualTo(new Verified(
                        "12345678-1234-1234-1234-123456789012",
                        "INITIAL_PURCHASE",
                        Mode.LIVE,
                        Instant.ofEpochMilli(1_760_000_000_123L),
                        true));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Bearer",
                "Bearer ",
                "rc_secret",
                "Basic rc_secret",
                "Bearer rc_secre",
                "Bearer rc_secret ",
                "Bearer ü"
            })
    void refusesAnotherAuthorization(String authorization) {
        // When
        var verification = verify(Map.of("Authorization", authorization), BODY);

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.BAD_AUTHORIZATION));
    }

    @Test
    void refusesARequestThatProvesNothing() {
        // When
        var verification = verify(Map.of(), BODY);

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.MISSING_AUTHORIZATION));
    }

    @ParameterizedTest
    @ValueSource(strings = {"X-RevenueCat-Webhook-Signature", "X-RevenueCat-Signature"})
    void takesASignatureInsteadOfAnAuthorization(String header) {
        // When
        var verification = verify(Map.of(header, SIGNATURE), BODY);

        // Then
        assertThat(verification).isInstanceOf(Verified.class);
    }

    @Test
    void refusesASignatureOfAnotherBody() {
        // When
        var verification = verify(Map.of("X-RevenueCat-Signature", SIGNATURE), BODY + " ");

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.BAD_SIGNATURE));
    }

    @ParameterizedTest
    @CsvSource({"PRODUCTION,LIVE", "SANDBOX,TEST", "anything,TEST"})
    void meansRealMoneyOnlyInProduction(String environment, Mode mode) {
        // When
        var verification = verify(authorized(), BODY.replace("PRODUCTION", environment));

        // Then
        assertThat(verification).extracting("mode").isEqualTo(mode);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",\"event_timestamp_ms\":9223372036854775807", ",\"event_timestamp_ms\":null"})
    void takesTheTimeOfArrivalWhereTheEventHasNone(String time) {
        // When
        var verification = verify(authorized(), "{\"event\":{\"id\":\"1\",\"type\":\"TEST\"%s}}".formatted(time));

        // Then
        assertThat(verification).isEqualTo(new Verified("1", "TEST", Mode.TEST, NOW, true));
    }

    @Test
    void takesTheHashOfTheBodyForTheIdOfATestMadeByHand() {
        // When
        var verification = verify(authorized(), """
                {"event":{"type":"TEST"}}""");

        // Then
        assertThat(verification)
                .isEqualTo(new Verified(
                        "sha256:ba75f8bcef5b748c7be86713eabefe31145aa6ca18acf892e4a37b074f43eeae",
                        "TEST",
                        Mode.TEST,
                        NOW,
                        true));
    }

    @ParameterizedTest
    @CsvSource({"-301,IN_THE_FUTURE", "-300,", "300,", "301,TOO_OLD"})
    void refusesASignatureMoreThanFiveMinutesFromNow(long secondsLater, Reason reason) {
        // When
        var verification = scheme.verify(
                request(BODY, Map.of("X-RevenueCat-Signature", SIGNATURE)), SECRETS, NOW.plusSeconds(secondsLater));

        // Then
        if (reason == null) {
            assertThat(verification).isInstanceOf(Verified.class);
        } else {
            assertThat(verification).isEqualTo(new Rejected(reason));
        }
    }

    @Test
    void looksForTheSignatureWhereTheSourceSays() {
        // Given
        var other = KnownScheme.REVENUECAT.with(settings(Map.of("header", "X-Later")));

        // When
        var verifications = Stream.of("X-Later", "X-RevenueCat-Signature")
                .map(header -> other.verify(request(BODY, Map.of(header, SIGNATURE)), SECRETS, NOW))
                .toList();

        // Then
        assertThat(verifications.getFirst()).isInstanceOf(Verified.class);
        assertThat(verifications.getLast()).isEqualTo(new Rejected(Reason.MISSING_AUTHORIZATION));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "{\"event\":null}",
                "{\"event\":{\"id\":\"1\"}}",
                "{\"event\":{\"id\":\"1\",\"type\":\"TEST\"}} {}",
                "{\"event\":{\"id\":\"1 2\",\"type\":\"TEST\"}}",
                "{\"event\":{\"id\":\"1\",\"id\":\"2\",\"type\":\"TEST\"}}"
            })
    void refusesABodyThatIsAuthorizedButNoEvent(String body) {
        // When
        var verification = verify(authorized(), body);

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.NOT_AN_EVENT));
    }

    private static Map<String, String> authorized() {
        return Map.of("Authorization", "Bearer rc_secret");
    }

    private Verification verify(Map<String, String> headers, String body) {
        return scheme.verify(request(body, headers), SECRETS, NOW);
    }
}
