package dev.slipway.webhook.scheme;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.stripe.StripeClient;
import com.stripe.model.Event;
import com.stripe.model.v2.core.EventNotification;
import com.stripe.net.ApiResource;
import dev.slipway.event.WebhookEvent.Mode;
import dev.slipway.webhook.scheme.Verification.Rejected;
import java.io.IOException;
import java.io.StringReader;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Stripe: the header {@code Stripe-Signature}, over snapshot events and over event notifications ({@code
 * v2.core.event}). The whole {@code whsec_…} string is the key. Stripe takes any 2xx, and sends live events again for up
 * to three days.
 *
 * @param tolerance how far the signature's time may be from ours; Stripe's libraries take five minutes
 * @see <a href="https://docs.stripe.com/webhooks/signature">Stripe: verify webhook signatures</a>
 */
public record StripeScheme(Optional<Duration> tolerance) implements SignatureScheme {

    /** Fetches what a notification is about, for who asks it to; nothing here does, so it has no key. */
    private static final StripeClient NO_CLIENT = new StripeClient("none");

    @Override
    public Verification verify(Request request, List<Secret> secrets, Instant now) {
        var header = request.header("Stripe-Signature");
        if (header.isEmpty()) {
            return new Rejected(Reason.MISSING_SIGNATURE);
        }
        return TimestampedSignature.refuse(header.get(), request.body(), secrets, now, tolerance)
                .<Verification>map(Rejected::new)
                .orElseGet(() -> event(request.body()));
    }

    private static Verification event(byte[] body) {
        try {
            var json = parse(new String(body, UTF_8));
            return switch (json.get("object").getAsString()) {
                case "event" -> snapshot(ApiResource.GSON.fromJson(json, Event.class));
                case "v2.core.event" -> notification(EventNotification.fromJson(json, NO_CLIENT));
                default -> new Rejected(Reason.NOT_AN_EVENT);
            };
        } catch (IOException | RuntimeException e) {
            // Which exceptions the parsers throw for what, they do not say.
            return new Rejected(Reason.NOT_AN_EVENT);
        }
    }

    private static Verification snapshot(Event event) {
        return Verification.event(
                event.getId(),
                event.getType(),
                mode(event.getLivemode()),
                event.getCreated() == null ? null : Instant.ofEpochSecond(event.getCreated()));
    }

    private static Verification notification(EventNotification event) {
        return Verification.event(event.getId(), event.getType(), mode(event.getLivemode()), event.getCreated());
    }

    private static Mode mode(@Nullable Boolean livemode) {
        return Boolean.TRUE.equals(livemode) ? Mode.LIVE : Mode.TEST;
    }

    /** Gson is lenient unless told otherwise, and would take what no other reader of the payload does. */
    private static JsonObject parse(String text) throws IOException {
        var reader = new JsonReader(new StringReader(text));
        reader.setStrictness(Strictness.STRICT);
        var json = JsonParser.parseReader(reader).getAsJsonObject();
        if (reader.peek() != JsonToken.END_DOCUMENT) {
            throw new IOException("There is something after the object");
        }
        return json;
    }
}
