package dev.slipway.system;

import com.stripe.net.Webhook;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;

/** What Stripe sends, signed by Stripe's own library. */
final class StripeSender {

    static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** How long Stripe waits for an answer, more or less. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private StripeSender() {}

    static String newEventId() {
        return "evt_" + UUID.randomUUID().toString().replace("-", "");
    }

    /** An event with a body of about so many bytes. */
    static String body(String eventId, int size) {
        return """
                {"id":"%s","object":"event","type":"invoice.paid","created":1760000000,"livemode":false,
                 "data":{"object":{"id":"in_1","amount":1.10,"currency":"€","padding":"%s"}}}""".formatted(eventId, "x".repeat(size));
    }

    static HttpRequest request(URI gateway, String body, String secret) {
        return request(gateway, "stripe", body, secret);
    }

    static HttpRequest request(URI gateway, String source, String body, String secret) {
        return HttpRequest.newBuilder(gateway.resolve("/webhooks/" + source))
                .timeout(PATIENCE)
                .header("Stripe-Signature", sign(body, secret, Instant.now()))
                .POST(BodyPublishers.ofString(body))
                .build();
    }

    static String sign(String body, String secret, Instant when) {
        try {
            return Webhook.Signature.generateSignatureHeader(body, secret, when.getEpochSecond());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
