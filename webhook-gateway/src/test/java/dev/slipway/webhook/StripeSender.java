package dev.slipway.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.stripe.net.Webhook;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.eclipse.microprofile.config.ConfigProvider;

/** Sends what Stripe would, signed by Stripe's own library. */
public final class StripeSender {

    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private StripeSender() {}

    public static String newEventId() {
        return "evt_" + UUID.randomUUID().toString().replace("-", "");
    }

    public static String body(String eventId) {
        return body(eventId, "");
    }

    public static String body(String eventId, String padding) {
        return """
                {"id":"%s","object":"event","type":"invoice.paid","created":1760000000,"livemode":true,
                 "data":{"object":{"id":"in_1","amount":1.10,"currency":"€","padding":"%s"}}}""".formatted(eventId, padding);
    }

    public static HttpRequest request(String body) {
        return request(body, sign(body));
    }

    public static HttpRequest request(String body, String signature) {
        return to("/webhooks/stripe")
                .header("Stripe-Signature", signature)
                .POST(BodyPublishers.ofString(body))
                .build();
    }

    public static HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(address().resolve(path)).timeout(Duration.ofSeconds(30));
    }

    public static URI address() {
        return URI.create(ConfigProvider.getConfig().getValue("test.url", String.class));
    }

    public static String sign(String body) {
        return sign(body, "whsec_new_secret", Instant.now());
    }

    public static String sign(String body, String secret, Instant when) {
        try {
            return Webhook.Signature.generateSignatureHeader(
                    new String(body.getBytes(UTF_8), UTF_8), secret, when.getEpochSecond());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    public static HttpResponse<String> send(HttpRequest request) {
        try {
            return CLIENT.send(request, BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    public static CompletableFuture<HttpResponse<String>> sendAsync(HttpRequest request) {
        return CLIENT.sendAsync(request, BodyHandlers.ofString());
    }

    /** Sends an event, and tells the status. */
    public static int deliver(String eventId) {
        return send(request(body(eventId))).statusCode();
    }
}
