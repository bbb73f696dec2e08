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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PhonePeV2SchemeTest {

    private static final Instant NOW = Instant.ofEpochSecond(1_760_000_010);

    /** The hash of {@code merchant_user:passw0rd:1}, made with sha256sum. */
    private static final String AUTHORIZATION = "dbdc68be46a96aae5a6e9a6255d5934eb32e647a1709fea56b9c5e61fb388793";

    /** As in PhonePe's documentation. */
    private static final String ORDER = """
            {"type":"PG_ORDER_COMPLETED","event":"pg.order.completed","payload":{"merchantId":"AIRTELUAT",
            "merchantOrderId":"MO-974-9c0084d009a8","orderId":"OMO2411281510176245053157","state":"COMPLETED",
            "amount":100,"expireAt":1732959621335,"paymentDetails":[{"paymentMode":"UPI_INTENT",
            "transactionId":"OM2411281510213355053368","timestamp":1732786838930,"amount":100,"state":"COMPLETED"}]}}""";

    private final SignatureScheme scheme = KnownScheme.PHONEPE_V2.with(settings(Map.of()));
    private final List<Secret> secrets = KnownScheme.PHONEPE_V2.secrets("other:password, merchant_user:passw0rd:1");

    @Test
    void takesTheHashOfAnyOfItsUsersAndPasswords() {
        // When
        var verification = verify(ORDER, AUTHORIZATION);

        // Then
        assertThat(verification)
                .isEqualTo(new Verified(
                        "pg.order.completed/OMO2411281510176245053157/COMPLETED",
                        "pg.order.completed",
                        Mode.LIVE,
                        Instant.ofEpochMilli(1_732_786_838_930L),
                        true));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "merchant_user:passw0rd:1",
                "Basic bWVyY2hhbnRfdXNlcjpwYXNzdzByZDox",
                "SHA256(merchant_user:passw0rd:1)",
                AUTHORIZATION + "0",
                "0" + AUTHORIZATION,
                " " + AUTHORIZATION,
                "ü"
            })
    void refusesAnotherAuthorization(String authorization) {
        // When
        var verification = verify(ORDER, authorization);

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.BAD_AUTHORIZATION));
    }

    @Test
    void refusesARequestThatProvesNothing() {
        // When
        var verification = scheme.verify(request(ORDER, Map.of()), secrets, NOW);

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.MISSING_AUTHORIZATION));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "{'event':'pg.refund.completed','payload':{'refundId':'OMR7','originalMerchantOrderId':'MO1','state':'COMPLETED','timestamp':1730869961754}};pg.refund.completed/OMR7/COMPLETED",
                "{'event':'checkout.order.failed','payload':{'orderId':'OMO1','state':'FAILED'}};checkout.order.failed/OMO1/FAILED",
                "{'type':'PG_ORDER_FAILED','payload':{'orderId':'OMO1','state':'FAILED'}};PG_ORDER_FAILED/OMO1/FAILED",
                "{'event':'subscription.setup.order.completed','payload':{'orderId':'OMO1','state':'COMPLETED'}};subscription.setup.order.completed/OMO1/COMPLETED"
            })
    void anOrderOrRefundHasOneIdInEachState(String body, String eventId) {
        // When
        var verification = verify(body.replace('\'', '"'), AUTHORIZATION);

        // Then
        assertThat(verification).extracting("eventId").isEqualTo(eventId);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'event':'pg.transaction.attempt.failed','payload':{'orderId':'OMO1','state':'PENDING'}}",
                "{'event':'subscription.paused','payload':{'state':'PAUSED'}}",
                "{'event':'pg.order.completed','payload':{'state':'COMPLETED'}}",
                "{'event':'pg.order.completed','payload':{'orderId':'OMO1'}}"
            })
    void anyOtherEventHasTheHashOfItsBody(String body) {
        // When
        var verification = verify(body.replace('\'', '"'), AUTHORIZATION);

        // Then
        assertThat(verification).extracting("eventId").asString().startsWith("sha256:");
        assertThat(verification).extracting("occurredAt").isEqualTo(NOW);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "{}", "[]", "{\"event\":\"\"}", "{\"event\":\"a\",\"event\":\"b\"}", "{\"event\":\"a\"} {}"})
    void refusesABodyThatIsAuthorizedButNoEvent(String body) {
        // When
        var verification = verify(body, AUTHORIZATION);

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.NOT_AN_EVENT));
    }

    private Verification verify(String body, String authorization) {
        return scheme.verify(request(body, Map.of("Authorization", authorization)), secrets, NOW);
    }
}
