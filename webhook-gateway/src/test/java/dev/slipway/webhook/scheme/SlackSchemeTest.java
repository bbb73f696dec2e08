package dev.slipway.webhook.scheme;

import static dev.slipway.webhook.scheme.Requests.FIVE_MINUTES;
import static dev.slipway.webhook.scheme.Requests.hexHmac;
import static dev.slipway.webhook.scheme.Requests.request;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.event.WebhookEvent.Mode;
import dev.slipway.webhook.scheme.Verification.Challenge;
import dev.slipway.webhook.scheme.Verification.Rejected;
import dev.slipway.webhook.scheme.Verification.Verified;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SlackSchemeTest {

    private static final Instant SIGNED_AT = Instant.ofEpochSecond(1_531_420_618);
    private static final String SECRET = "8f742231b10e8888abcd99yyyzzz85a5";

    /** Slack's documentation signs this command with {@link #SECRET} at {@link #SIGNED_AT}. */
    private static final String COMMAND =
            "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";

    private static final String SIGNATURE_OF_COMMAND =
            "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";

    private static final String EVENT = """
            {"type":"event_callback","event_id":"Ev123ABC456","event_time":1531420600,"event":{"type":"app_mention"}}""";

    private final List<Secret> secrets = KnownScheme.SLACK.secrets("the-next-secret," + SECRET);

    @Test
    void findsTheSignatureOfSlacksDocumentationGenuine() {
        // When
        var verification = verify(COMMAND, SIGNATURE_OF_COMMAND, SIGNED_AT);

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.NOT_AN_EVENT));
    }

    @Test
    void takesAnEvent() {
        // When
        var verification = verify(EVENT, sign(EVENT), SIGNED_AT);

        // Then
        assertThat(verification)
                .isEqualTo(new Verified(
                        "Ev123ABC456", "app_mention", Mode.LIVE, Instant.ofEpochSecond(1_531_420_600), true));
    }

    @Test
    void answersAChallengeThatIsSigned() {
        // Given
        var body = """
                {"token":"Jhj5","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P","type":"url_verification"}""";

        // When
        var verification = verify(body, sign(body), SIGNED_AT);

        // Then
        assertThat(verification).isEqualTo(new Challenge("3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"));
    }

    @Test
    void answersNoChallengeThatIsNotSigned() {
        // Given
        var body = """
                {"challenge":"3eZbrw1aBm2rZgRNFdxV","type":"url_verification"}""";

        // When
        var verification = verify(body, sign(EVENT), SIGNED_AT);

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.BAD_SIGNATURE));
    }

    @Test
    void answersNothingButVisibleCharacters() {
        // Given
        var body = """
                {"challenge":"<script>\\n</script>","type":"url_verification"}""";

        // When
        var verification = verify(body, sign(body), SIGNED_AT);

        // Then
        assertThat(verification).isNotInstanceOf(Challenge.class);
    }

    @Test
    void takesAnEventThatIsNotWrapped() {
        // Given
        var body = """
                {"type":"app_rate_limited","team_id":"T1"}""";

        // When
        var verification = verify(body, sign(body), SIGNED_AT);

        // Then
        assertThat(verification).extracting("type").isEqualTo("app_rate_limited");
        assertThat(verification).extracting("eventId").asString().startsWith("sha256:");
    }

    @ParameterizedTest
    @CsvSource({"-301,IN_THE_FUTURE", "-300,", "0,", "300,", "301,TOO_OLD"})
    void refusesASignatureMoreThanFiveMinutesFromNow(long secondsLater, Reason reason) {
        // When
        var verification = verify(EVENT, sign(EVENT), SIGNED_AT.plusSeconds(secondsLater));

        // Then
        if (reason == null) {
            assertThat(verification).isInstanceOf(Verified.class);
        } else {
            assertThat(verification).isEqualTo(new Rejected(reason));
        }
    }

    @Test
    void takesAnOldSignatureWithTheToleranceOff() {
        // When
        var verification =
                verify(EVENT, sign(EVENT), "1531420618", SIGNED_AT.plus(Duration.ofDays(3650)), Optional.empty());

        // Then
        assertThat(verification).isInstanceOf(Verified.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "now",
                "1531420619",
                "-1531420618",
                "01531420618",
                "1531420618.0",
                " 1531420618",
                "999999999999"
            })
    void refusesAnotherTimestamp(String timestamp) {
        // When
        var verification = verify(EVENT, sign(EVENT), timestamp, SIGNED_AT, FIVE_MINUTES);

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.BAD_SIGNATURE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"X-Slack-Signature", "X-Slack-Request-Timestamp"})
    void refusesARequestWithoutOneOfTheHeaders(String missing) {
        // Given
        var headers = new HashMap<>(headers(sign(EVENT), "1531420618"));
        headers.remove(missing);

        // When
        var verification = KnownScheme.SLACK
                .with(new SchemeSettings(FIVE_MINUTES, Map.of()))
                .verify(request(EVENT, headers), secrets, SIGNED_AT);

        // Then
        assertThat(verification).isInstanceOf(Rejected.class);
    }

    private static String sign(String body) {
        return "v0=" + hexHmac("HmacSHA256", SECRET, "v0:1531420618:", body.getBytes(UTF_8));
    }

    private Verification verify(String body, String signature, Instant now) {
        return verify(body, signature, "1531420618", now, FIVE_MINUTES);
    }

    private Verification verify(
            String body, String signature, String timestamp, Instant now, Optional<Duration> tolerance) {
        return KnownScheme.SLACK
                .with(new SchemeSettings(tolerance, Map.of()))
                .verify(request(body, headers(signature, timestamp)), secrets, now);
    }

    private static Map<String, String> headers(String signature, String timestamp) {
        return Map.of("X-Slack-Signature", signature, "X-Slack-Request-Timestamp", timestamp);
    }
}
