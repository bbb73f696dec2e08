package dev.slipway.webhook.scheme;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import dev.slipway.event.EventJson;
import dev.slipway.event.WebhookEvent.Mode;
import dev.slipway.webhook.scheme.Verification.Rejected;
import java.io.IOException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * RevenueCat: the static header {@code Authorization: Bearer <secret>} that is set in its dashboard, or the signature of
 * the body that newer projects may send; either proves the sender, so that a project can change from one to the other.
 * RevenueCat takes exactly 200 for an answer, and sends five times again.
 *
 * @param tolerance how far a signature's time may be from ours
 * @see <a href="https://www.revenuecat.com/docs/integrations/webhooks">RevenueCat: webhooks</a>
 */
public record RevenueCatScheme(Optional<Duration> tolerance) implements SignatureScheme {

    private static final String BEARER = "Bearer ";

    private static final List<String> SIGNATURE_HEADERS =
            List.of("X-RevenueCat-Webhook-Signature", "X-RevenueCat-Signature");

    private static final ObjectReader JSON =
            EventJson.mapper().reader().with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    @Override
    public Verification verify(Request request, List<Secret> secrets, Instant now) {
        return refuse(request, secrets, now)
                .<Verification>map(Rejected::new)
                .orElseGet(() -> event(request.body(), now));
    }

    private Optional<Reason> refuse(Request request, List<Secret> secrets, Instant now) {
        var authorization = request.header("Authorization");
        if (authorization.isPresent() && isOf(authorization.get(), secrets)) {
            return Optional.empty();
        }
        var signature = SIGNATURE_HEADERS.stream()
                .map(request::header)
                .flatMap(Optional::stream)
                .findFirst();
        if (signature.isPresent()) {
            return TimestampedSignature.refuse(signature.get(), request.body(), secrets, now, tolerance);
        }
        return Optional.of(authorization.isPresent() ? Reason.BAD_AUTHORIZATION : Reason.MISSING_AUTHORIZATION);
    }

    private static boolean isOf(String authorization, List<Secret> secrets) {
        if (!authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return false;
        }
        var sent = authorization.substring(BEARER.length()).getBytes(UTF_8);
        var genuine = false;
        for (var secret : secrets) {
            // All are compared, so that the time does not tell which one matched.
            genuine |= MessageDigest.isEqual(secret.bytes(), sent);
        }
        return genuine;
    }

    private static Verification event(byte[] body, Instant now) {
        try {
            var event = JSON.readTree(new String(body, UTF_8)).path("event");
            var occurredAt = event.path("event_timestamp_ms");
            return Verification.event(
                    event.path("id").textValue(),
                    event.path("type").textValue(),
                    mode(event.path("environment")),
                    occurredAt.canConvertToLong() ? Instant.ofEpochMilli(occurredAt.longValue()) : now);
        } catch (IOException e) {
            return new Rejected(Reason.NOT_AN_EVENT);
        }
    }

    private static Mode mode(JsonNode environment) {
        return environment.asText().equals("PRODUCTION") ? Mode.LIVE : Mode.TEST;
    }
}
