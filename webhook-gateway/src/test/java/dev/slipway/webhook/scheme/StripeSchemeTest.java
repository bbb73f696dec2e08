package dev.slipway.webhook.scheme;

import static dev.slipway.webhook.scheme.Requests.FIVE_MINUTES;
import static dev.slipway.webhook.scheme.Requests.request;
import static org.assertj.core.api.Assertions.assertThat;

import com.stripe.StripeClient;
import com.stripe.net.Webhook;
import dev.slipway.event.WebhookEvent.Mode;
import dev.slipway.webhook.scheme.Verification.Rejected;
import dev.slipway.webhook.scheme.Verification.Verified;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StripeSchemeTest {

    private static final Instant SIGNED_AT = Instant.ofEpochSecond(1_760_000_010);
    private static final List<Secret> SECRETS = KnownScheme.STRIPE.secrets("whsec_new_secret");

    /** The signatures of this body, at {@link #SIGNED_AT}, were made with OpenSSL. */
    private static final String BODY = """
            {"id":"evt_1PgafyKXBvFrFmqp","object":"event","type":"invoice.paid","created":1760000000,"livemode":true,"data":{"object":{"id":"in_1","currency":"€"}}}\
            """;

    private static final String BY_NEW = "d5e01473fd0a397ab558bc58d8a03e06f654053411e804f60de2ffdcc2236f2c";
    private static final String BY_OLD = "21fd613c60c12b8f2d250fdeb2be51292540bd05f495d38ec66c2fd1526200ac";

    private final StripeScheme scheme = new StripeScheme(new Tolerance(FIVE_MINUTES));

    @Test
    void takesWhatItsSecretSigned() {
        // When
        var verification = verify("t=1760000010,v1=" + BY_NEW, BODY);

        // Then
        assertThat(verification)
                .isEqualTo(new Verified(
                        "evt_1PgafyKXBvFrFmqp", "invoice.paid", Mode.LIVE, Instant.ofEpochSecond(1_760_000_000), true));
    }

    @Test
    void takesWhatStripesOwnLibrarySigned() throws Exception {
        // Given
        var header = Webhook.Signature.generateSignatureHeader(BODY, "whsec_new_secret", SIGNED_AT.getEpochSecond());

        // When
        var verification = verify(header, BODY);

        // Then
        assertThat(verification).isInstanceOf(Verified.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"t=1760000010,v1=%1$s,v1=%2$s", "t=1760000010,v1=%2$s,v1=%1$s", "v1=%1$s, t=1760000010"})
    void takesAnyOfTheSignaturesThatARolledSecretMakes(String form) {
        // When
        var verification = verify(form.formatted(BY_NEW, BY_OLD), BODY);

        // Then
        assertThat(verification).isInstanceOf(Verified.class);
    }

    @Test
    void takesWhatAnyOfItsSecretsSigned() {
        // Given
        var secrets = KnownScheme.STRIPE.secrets(" whsec_old_secret , whsec_new_secret ");

        // When
        var verification = verify("t=1760000010,v1=" + BY_NEW, BODY, secrets, SIGNED_AT);

        // Then
        assertThat(verification).isInstanceOf(Verified.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "test",
                ",",
                "=",
                "t=1760000010",
                "v1=%s",
                "t=1760000010,v1=",
                "t=1760000010,v0=%s",
                "t=1760000011,v1=%s",
                "t=1760000010,t=1760000011,v1=%s",
                "t=-1760000010,v1=%s",
                "t=99999999999999999999,v1=%s",
                "t=now,v1=%s",
                "t=1760000010,v1=%s00",
                "t=1760000010,v1=ü",
                "t=1760000010,v1=00"
            })
    void refusesAHeaderThatIsNotASignatureOfTheBody(String header) {
        // When
        var verification = verify(header.formatted(BY_NEW), BODY);

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.BAD_SIGNATURE));
    }

    @Test
    void refusesARequestWithoutSignature() {
        // When
        var verification = scheme.verify(request(BODY, Map.of()), SECRETS, SIGNED_AT);

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.MISSING_SIGNATURE));
    }

    @ParameterizedTest
    @CsvSource({"-301,IN_THE_FUTURE", "-300,", "0,", "300,", "301,TOO_OLD"})
    void refusesASignatureMoreThanFiveMinutesFromNow(long secondsLater, Reason reason) {
        // When
        var verification = verify("t=1760000010,v1=" + BY_NEW, BODY, SECRETS, SIGNED_AT.plusSeconds(secondsLater));

        // Then
        if (reason == null) {
            assertThat(verification).isInstanceOf(Verified.class);
        } else {
            assertThat(verification).isEqualTo(new Rejected(reason));
        }
    }

    @Test
    void takesAnOldSignatureWithTheToleranceOff() {
        // Given
        var untimed = new StripeScheme(new Tolerance(Optional.empty()));

        // When
        var verification = untimed.verify(
                request(BODY, Map.of("Stripe-Signature", "t=1760000010,v1=" + BY_NEW)),
                SECRETS,
                SIGNED_AT.plus(Duration.ofDays(3650)));

        // Then
        assertThat(verification).isInstanceOf(Verified.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {32, 5000})
    void looksAtNoMoreSignaturesThanStripeSends(int others) {
        // When
        var verification = verify("t=1760000010" + ",v1=00".repeat(others) + ",v1=" + BY_NEW, BODY);

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.BAD_SIGNATURE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"""
                {"id":"evt_1","object":"event","type":"invoice.paid","created":1760000000,"livemode":true}""", """
                {"livemode":false,"created":1760000000,"data":{"object":{"id":"in_1","object":"invoice","livemode":true}},
                 "type":"invoice.payment_failed","object":"event","id":"evt_2","request":{"id":"req_1"}}""", """
                {"id":"evt\\u005f3","object":"event","type":"a.b","created":"1760000000","livemode":null}""", """
                {"id":"evt_4","object":"event","type":"a.b","created":0}"""})
    void readsASnapshotAsStripesOwnLibraryDoes(String body) throws Exception {
        // Given
        var event = Webhook.constructEvent(body, sign(body), "whsec_new_secret", Long.MAX_VALUE);

        // When
        var verification = verify(sign(body), body);

        // Then
        assertThat(verification)
                .isEqualTo(new Verified(
                        event.getId(),
                        event.getType(),
                        Boolean.TRUE.equals(event.getLivemode()) ? Mode.LIVE : Mode.TEST,
                        Instant.ofEpochSecond(event.getCreated()),
                        true));
    }

    @ParameterizedTest
    @ValueSource(strings = {"""
                {"id":"evt_1","object":"v2.core.event","type":"v1.billing.meter.error_report_triggered","livemode":true,
                 "created":"2026-11-20T10:15:30.250Z","context":null,"reason":null}""", """
                {"id":"evt_2","object":"v2.core.event","type":"v2.later.than.this","livemode":false,
                 "created":"2026-11-20T10:15:30Z"}"""})
    void readsANotificationAsStripesOwnLibraryDoes(String body) throws Exception {
        // Given
        var event =
                new StripeClient("none").parseEventNotification(body, sign(body), "whsec_new_secret", Long.MAX_VALUE);

        // When
        var verification = verify(sign(body), body);

        // Then
        assertThat(verification)
                .isEqualTo(new Verified(
                        event.getId(),
                        event.getType(),
                        event.getLivemode() ? Mode.LIVE : Mode.TEST,
                        event.getCreated(),
                        true));
    }

    @Test
    void takesAnEventNotification() throws Exception {
        // Given
        var body = """
                {"id":"evt_test_65R9","object":"v2.core.event","type":"v1.billing.meter.error_report_triggered",
                "livemode":false,"created":"2026-11-20T10:15:30.250Z","context":null,
                "related_object":{"id":"mtr_1","type":"billing.meter","url":"/v1/billing/meters/mtr_1"}}""";

        // When
        var verification = verify(sign(body), body);

        // Then
        assertThat(verification)
                .isEqualTo(new Verified(
                        "evt_test_65R9",
                        "v1.billing.meter.error_report_triggered",
                        Mode.TEST,
                        Instant.parse("2026-11-20T10:15:30.250Z"),
                        true));
    }

    @Test
    void takesAnEventNotificationOfATypeThatTheLibraryDoesNotKnow() throws Exception {
        // Given
        var body = """
                {"id":"evt_1","object":"v2.core.event","type":"v2.later.than.this","livemode":true,"created":"2026-11-20T10:15:30Z"}""";

        // When
        var verification = verify(sign(body), body);

        // Then
        assertThat(verification).isInstanceOf(Verified.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "\"event\"",
                "{}",
                "{",
                "{'id':'evt_1','object':'event','type':'a','created':1}",
                """
                {"id":"evt_1","object":"event","type":"a","created":1} {}""",
                """
                {"id":"evt_1","object":"charge","type":"a","created":1}""",
                """
                {"id":"evt_1","object":{},"type":"a","created":1}""",
                """
                {"object":"event","type":"a","created":1}""",
                """
                {"id":"evt_1","object":"event","created":1}""",
                """
                {"id":"evt_1","object":"event","type":"a"}""",
                """
                {"id":"evt_1","object":"event","type":"a","created":9223372036854775807}""",
                """
                {"id":"evt_1","object":"event","type":"a","created":-1}""",
                """
                {"id":"evt_1\\u0000","object":"event","type":"a","created":1}""",
                """
                {"id":"","object":"event","type":"a","created":1}""",
                """
                {"id":{"a":1},"object":"event","type":"a","created":1}""",
                """
                {"id":"evt_1","id":"evt_2","object":"event","type":"a","created":1}""",
                """
                {"id":"evt_1","object":"v2.core.event","created":"2026-11-20T10:15:30Z"}""",
                """
                {"id":"evt_1","object":"v2.core.event","type":"a","created":"yesterday"}"""
            })
    void refusesABodyThatIsSignedButNoEvent(String body) throws Exception {
        // When
        var verification = verify(sign(body), body);

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.NOT_AN_EVENT));
    }

    private static String sign(String body) throws Exception {
        return Webhook.Signature.generateSignatureHeader(body, "whsec_new_secret", SIGNED_AT.getEpochSecond());
    }

    private Verification verify(String header, String body) {
        return verify(header, body, SECRETS, SIGNED_AT);
    }

    private Verification verify(String header, String body, List<Secret> secrets, Instant now) {
        return scheme.verify(request(body, Map.of("Stripe-Signature", header)), secrets, now);
    }
}
