package dev.slipway.webhook.forward;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.stripe.net.Webhook;
import dev.slipway.messaging.Ids;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SigningTest {

    private static final String OTHER_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

    private final Instant now = Instant.now();

    /** <a href="https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md">Its vector</a>. */
    @Test
    void signsAsStandardWebhooksPublishedIt() {
        // Given
        var secret = SigningSecret.parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", Optional.empty());

        // When
        var signature =
                secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", "{\"test\": 2432232314}".getBytes(UTF_8));

        // Then
        assertThat(signature).isEqualTo("g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    @Test
    void whileSecretsTakeTurnsEachThatIsValidSigns() {
        // Given
        var expired = SigningSecret.parse(SigningSecret.generate(), Optional.of(now));
        var old = SigningSecret.parse(Forwarding.SECRET, Optional.of(now.plusSeconds(1)));
        var fresh = SigningSecret.parse(OTHER_SECRET, Optional.empty());
        var forward = forward("", "{}");

        // When
        var headers = new Signing.StandardWebhooks(List.of(expired, old, fresh))
                .headers(forward, now)
                .orElseThrow();

        // Then
        assertThat(headers.get("webhook-signature").split(" ")).hasSize(2);
        for (var secret : List.of(Forwarding.SECRET, OTHER_SECRET)) {
            assertThatCode(() -> new com.standardwebhooks.Webhook(secret)
                            .verify(
                                    "{}",
                                    Map.of(
                                            "webhook-id", headers.getAll("webhook-id"),
                                            "webhook-timestamp", headers.getAll("webhook-timestamp"),
                                            "webhook-signature", headers.getAll("webhook-signature"))))
                    .doesNotThrowAnyException();
        }
    }

    @Test
    void aGeneratedSecretCanBeRead() {
        // When
        var generated = SigningSecret.generate();

        // Then
        assertThat(generated).startsWith("whsec_").isNotEqualTo(SigningSecret.generate());
        assertThat(SigningSecret.parse(generated, Optional.empty())).hasToString("***");
    }

    @ParameterizedTest
    @ValueSource(strings = {"whsec_dG9vc2hvcnQ=", "whsec_not base64 at all, but long enough", "", "whsec_"})
    void whatIsNoSecretIsRefusedWithoutShowingIt(String text) {
        // When
        var refused = catchThrowable(() -> SigningSecret.parse(text, Optional.empty()));

        // Then
        assertThat(refused)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("The secret must be 'whsec_' and 24 to 64 bytes in Base64")
                .hasNoCause();
    }

    @Test
    void aContentTypeIsKeptAndJsonWhereThereWasNone() {
        // Given
        var signing = new Signing.StandardWebhooks(List.of(SigningSecret.parse(Forwarding.SECRET, Optional.empty())));

        // When
        var form = signing.headers(forward("content-TYPE: application/x-www-form-urlencoded\n", ""), now);
        var none = signing.headers(forward("", ""), now);

        // Then
        assertThat(form.orElseThrow().get("content-type")).isEqualTo("application/x-www-form-urlencoded");
        assertThat(none.orElseThrow().get("content-type")).isEqualTo("application/json");
    }

    @Test
    void theOriginalHeadersAreSentWithoutThoseOfTheConnectionAndThoseThatAreSecret() {
        // Given
        var received = """
                Host: hooks.example
                Content-Length: 2
                Connection: keep-alive, X-Of-This-Hop
                X-Of-This-Hop: 1
                Transfer-Encoding: chunked
                Accept-Encoding: gzip
                Authorization: ***
                User-Agent: Stripe/1.0
                X-Twice: a
                X-Twice: b: c
                X-Empty:\s
                """;

        // When
        var headers =
                new Signing.Original().headers(forward(received, "{}"), now).orElseThrow();

        // Then
        assertThat(headers.names()).containsExactlyInAnyOrder("User-Agent", "X-Twice", "X-Empty");
        assertThat(headers.getAll("x-twice")).containsExactly("a", "b: c");
        assertThat(headers.get("user-agent")).isEqualTo("Stripe/1.0");
    }

    @Test
    void theOriginalSignatureIsVerifiedByTheSendersLibrary() throws GeneralSecurityException {
        // Given
        var body = "{\"id\":\"evt_1\",\"object\":\"event\",\"type\":\"invoice.paid\",\"data\":{\"object\":{}}}";
        var signature = Webhook.Signature.generateSignatureHeader(body, "whsec_stripe_secret", now.getEpochSecond());
        var forward = forward("Stripe-Signature: %s\n".formatted(signature), body);

        // When
        var headers = new Signing.Original().headers(forward, now).orElseThrow();

        // Then
        assertThatCode(() -> Webhook.constructEvent(
                        new String(forward.body(), UTF_8), headers.get("Stripe-Signature"), "whsec_stripe_secret"))
                .doesNotThrowAnyException();
    }

    private static Forward forward(String headers, String body) {
        return new Forward(
                30,
                Ids.next(),
                new EndpointRef("stripe", "shop"),
                1,
                0,
                "00-11111111111111111111111111111111-2222222222222222-01",
                headers,
                body.getBytes(UTF_8));
    }
}
