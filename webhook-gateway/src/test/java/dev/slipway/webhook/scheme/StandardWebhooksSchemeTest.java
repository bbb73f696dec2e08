package dev.slipway.webhook.scheme;

import static dev.slipway.webhook.scheme.Requests.FIVE_MINUTES;
import static dev.slipway.webhook.scheme.Requests.base64Hmac;
import static dev.slipway.webhook.scheme.Requests.request;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.standardwebhooks.Webhook;
import dev.slipway.event.WebhookEvent.Mode;
import dev.slipway.webhook.scheme.Verification.Rejected;
import dev.slipway.webhook.scheme.Verification.Verified;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class StandardWebhooksSchemeTest {

    /** The example that the specification's libraries and Svix are tested with, and its asymmetric twin. */
    private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private static final String PUBLIC_KEY = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=";
    private static final String ID = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    private static final String BODY = "{\"test\": 2432232314}";
    private static final Instant SIGNED_AT = Instant.ofEpochSecond(1_614_265_330);
    private static final String HMAC = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    private static final String ED25519 =
            "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==";

    private static final String OTHER_SECRET = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    private static final String OTHER_KEY = "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

    @ParameterizedTest
    @ValueSource(strings = {"webhook-", "svix-"})
    void takesTheExampleOfTheSpecification(String family) {
        // When
        var verification = verify(SECRET, headers(family, HMAC));

        // Then
        assertThat(verification).isEqualTo(new Verified(ID, "webhook", Mode.LIVE, SIGNED_AT, true));
    }

    @Test
    void takesItsAsymmetricTwin() {
        // When
        var verification = verify(PUBLIC_KEY, headers("webhook-", ED25519));

        // Then
        assertThat(verification).isInstanceOf(Verified.class);
    }

    @Test
    void takesWhatTheSpecificationsLibrarySigned() throws Exception {
        // Given
        var signature = new Webhook(SECRET).sign(ID, SIGNED_AT.getEpochSecond(), BODY);

        // When
        var verification = verify(SECRET, headers("webhook-", signature));

        // Then
        assertThat(verification).isInstanceOf(Verified.class);
    }

    @Test
    void takesWhatSvixSigned() throws Exception {
        // Given
        var signature = new com.svix.Webhook(SECRET).sign(ID, SIGNED_AT.getEpochSecond(), BODY);

        // When
        var verification = verify(SECRET, headers("svix-", signature));

        // Then
        assertThat(verification).isInstanceOf(Verified.class);
    }

    @ParameterizedTest
    @EnumSource(names = {"STANDARD_WEBHOOKS", "CLERK", "RESEND", "RENDER", "SUPABASE_AUTH"})
    void isTheSchemeOfSeveralSenders(KnownScheme sender) {
        // When
        var verification = sender.with(new SchemeSettings(FIVE_MINUTES, Map.of()))
                .verify(request(BODY, headers("svix-", HMAC)), sender.secrets(SECRET), SIGNED_AT);

        // Then
        assertThat(verification).isInstanceOf(Verified.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                HMAC + " " + ED25519,
                ED25519 + " " + HMAC,
                "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= "
                        + HMAC,
                " " + HMAC + "  v1,"
            })
    void takesAnyOfSeveralSignatures(String signatures) {
        // When
        var verification = verify(SECRET, headers("webhook-", signatures));

        // Then
        assertThat(verification).isInstanceOf(Verified.class);
    }

    @ParameterizedTest
    @CsvSource({
        OTHER_SECRET + "," + SECRET + "," + HMAC,
        OTHER_KEY + "," + PUBLIC_KEY + "," + ED25519,
        SECRET + "," + PUBLIC_KEY + "," + HMAC,
        SECRET + "," + PUBLIC_KEY + "," + ED25519
    })
    void takesWhatAnyOfItsSecretsSigned(String first, String second, String version, String signature) {
        // When
        var verification = verify(first + "," + second, headers("webhook-", version + "," + signature));

        // Then
        assertThat(verification).isInstanceOf(Verified.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "v1",
                "v1,",
                "v1a,",
                ",",
                "v1,00",
                "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
                "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
                "v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
                "v1=g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
                "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE",
                "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OF=",
                "v1,g0hM9SsE-OTPJTGt_tmIKtSyZlE3uFJELVlNIOLJ1OE=",
                "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAh==",
                "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg",
                "v1a,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
                "v1a,////////////////////////////////////////////////////////////////////////////////////_w==",
                "v1,ü"
            })
    void refusesAnotherSignature(String signatures) {
        // When
        var verification = verify(SECRET + "," + PUBLIC_KEY, headers("webhook-", signatures));

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.BAD_SIGNATURE));
    }

    @ParameterizedTest
    @CsvSource({
        "webhook-id,msg_another",
        "webhook-id,''",
        "webhook-timestamp,1614265331",
        "webhook-timestamp,now",
        "webhook-timestamp,1614265330.0",
        "webhook-timestamp,01614265330"
    })
    void refusesAnotherIdOrTimestamp(String header, String value) {
        // Given
        var headers = headers("webhook-", HMAC);
        headers.put(header, value);

        // When
        var verification = verify(SECRET, headers);

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.BAD_SIGNATURE));
    }

    @Test
    void refusesAContentThatIsCutInAnotherWay() {
        // Given
        var body = "1614265330." + BODY;
        var headers = headers("webhook-", sign("msg.5", "1614265330", BODY));
        headers.put("webhook-id", "msg");
        headers.put("webhook-timestamp", "5");
        var headersOfTheGenuine = headers("webhook-", sign("msg.5", "1614265330", BODY));
        headersOfTheGenuine.put("webhook-id", "msg.5");

        // When
        var verifications = List.of(
                verify(SECRET, headersOfTheGenuine, BODY, SIGNED_AT, Optional.empty()),
                verify(SECRET, headers, body, SIGNED_AT, FIVE_MINUTES));

        // Then
        assertThat(verifications).containsExactly(new Rejected(Reason.BAD_SIGNATURE), new Rejected(Reason.TOO_OLD));
    }

    @ParameterizedTest
    @ValueSource(strings = {"id", "timestamp", "signature"})
    void refusesARequestThatLacksAHeaderEvenIfTheOtherFamilyHasIt(String missing) {
        // Given
        var headers = headers("webhook-", HMAC);
        headers.put("svix-" + missing, headers.remove("webhook-" + missing));

        // When
        var verification = verify(SECRET, headers);

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.MISSING_SIGNATURE));
    }

    @ParameterizedTest
    @CsvSource({"-301,IN_THE_FUTURE", "-300,", "0,", "300,", "301,TOO_OLD"})
    void refusesASignatureMoreThanFiveMinutesFromNow(long secondsLater, Reason reason) {
        // When
        var verification =
                verify(SECRET, headers("webhook-", HMAC), BODY, SIGNED_AT.plusSeconds(secondsLater), FIVE_MINUTES);

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
        var verification = verify(
                SECRET, headers("webhook-", HMAC), BODY, SIGNED_AT.plus(Duration.ofDays(3650)), Optional.empty());

        // Then
        assertThat(verification).isInstanceOf(Verified.class);
    }

    @Test
    void looksAtNoMoreSignaturesThanASenderHas() {
        // Given
        var many = IntStream.range(0, 40).mapToObj(i -> "v1,no").collect(Collectors.joining(" "));
        var manyOfAnotherKey = String.join(" ", Collections.nCopies(4, ED25519.replace("hnO3", "hnO4")));

        // When
        var verifications = List.of(
                verify(SECRET, headers("webhook-", many + " " + HMAC)),
                verify(SECRET, headers("webhook-", HMAC + " " + "x".repeat(5000))),
                verify(PUBLIC_KEY, headers("webhook-", manyOfAnotherKey + " " + ED25519)));

        // Then
        assertThat(verifications).containsOnly(new Rejected(Reason.BAD_SIGNATURE));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "{\"type\":\"user.created\",\"timestamp\":1654012591835};user.created;2022-05-31T15:56:31.835Z",
                "{\"type\":\"user.created\",\"timestamp\":1654012591};user.created;2022-05-31T15:56:31Z",
                "{\"type\":\"email.sent\",\"created_at\":\"2024-02-22T23:41:12.126Z\"};email.sent;2024-02-22T23:41:12.126Z",
                "{\"type\":\"email.sent\",\"created_at\":\"2024-02-22T23:41:11.894719+00:00\"};email.sent;2024-02-22T23:41:11.894719Z",
                "{\"type\":\"deploy_ended\",\"timestamp\":\"2025-03-05T10:16:08Z\"};deploy_ended;2025-03-05T10:16:08Z",
                "{\"metadata\":{\"name\":\"before-user-created\",\"time\":\"2025-03-05T10:16:08Z\"}};before-user-created;2025-03-05T10:16:08Z",
                "{\"type\":\"a\",\"timestamp\":\"yesterday\"};a;2021-02-25T15:02:10Z",
                "{\"type\":{},\"timestamp\":[1]};webhook;2021-02-25T15:02:10Z",
                "<event type='xml'/>;webhook;2021-02-25T15:02:10Z"
            })
    void readsWhatTheSendersTell(String body, String type, Instant occurredAt) {
        // When
        var verification =
                verify(SECRET, headers("svix-", sign(ID, "1614265330", body)), body, SIGNED_AT, FIVE_MINUTES);

        // Then
        assertThat(verification).isEqualTo(new Verified(ID, type, Mode.LIVE, occurredAt, body.startsWith("{")));
    }

    @ParameterizedTest
    @CsvSource({SECRET + ",false", PUBLIC_KEY + ",true", "'" + SECRET + "," + PUBLIC_KEY + "',true"})
    void isExpensiveWithAPublicKey(String secrets, boolean isExpensive) {
        // When
        var scheme = KnownScheme.STANDARD_WEBHOOKS.with(new SchemeSettings(FIVE_MINUTES, Map.of()));

        // Then
        assertThat(scheme.isExpensive(KnownScheme.STANDARD_WEBHOOKS.secrets(secrets)))
                .isEqualTo(isExpensive);
    }

    private static String sign(String id, String timestamp, String body) {
        var key = Base64.getDecoder().decode(SECRET.substring("whsec_".length()));
        return "v1," + base64Hmac("HmacSHA256", key, id + "." + timestamp + ".", body.getBytes(UTF_8));
    }

    private static Map<String, String> headers(String family, String signatures) {
        var headers = new HashMap<String, String>();
        headers.put(family + "id", ID);
        headers.put(family + "timestamp", "1614265330");
        headers.put(family + "signature", signatures);
        return headers;
    }

    private static Verification verify(String secrets, Map<String, String> headers) {
        return verify(secrets, headers, BODY, SIGNED_AT, FIVE_MINUTES);
    }

    private static Verification verify(
            String secrets, Map<String, String> headers, String body, Instant now, Optional<Duration> tolerance) {
        return KnownScheme.STANDARD_WEBHOOKS
                .with(new SchemeSettings(tolerance, Map.of()))
                .verify(request(body, headers), KnownScheme.STANDARD_WEBHOOKS.secrets(secrets), now);
    }
}
