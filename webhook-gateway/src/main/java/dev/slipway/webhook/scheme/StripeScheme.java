package dev.slipway.webhook.scheme;

import com.fasterxml.jackson.core.JsonPointer;
import dev.slipway.event.WebhookEvent.Mode;
import dev.slipway.webhook.scheme.Verification.Rejected;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Stripe: the header {@code Stripe-Signature}, over snapshot events and over event notifications ({@code
 * v2.core.event}). The whole {@code whsec_…} string is the key. Stripe takes any 2xx, and sends live events again for up
 * to three days.
 *
 * @param tolerance Stripe's libraries take five minutes
 * @see <a href="https://docs.stripe.com/webhooks/signature">Stripe: verify webhook signatures</a>
 */
record StripeScheme(Tolerance tolerance) implements ProofFirst {

    private static final Set<String> OBJECTS = Set.of("event", "v2.core.event");

    private static final JsonPointer OBJECT = JsonPointer.compile("/object");
    private static final JsonPointer ID = JsonPointer.compile("/id");
    private static final JsonPointer TYPE = JsonPointer.compile("/type");
    private static final JsonPointer LIVEMODE = JsonPointer.compile("/livemode");
    private static final JsonPointer CREATED = JsonPointer.compile("/created");

    @Override
    public Optional<Reason> refuse(Request request, List<Secret> secrets, Instant now) {
        return request.header("Stripe-Signature")
                .map(header -> TimestampedSignature.refuse(header, request.body(), secrets, now, tolerance))
                .orElse(Optional.of(Reason.MISSING_SIGNATURE));
    }

    @Override
    public Verification read(Request request, Instant now) {
        return EventFields.read(request.body(), List.of(OBJECT, ID, TYPE, LIVEMODE, CREATED))
                .filter(fields -> fields.text(OBJECT).filter(OBJECTS::contains).isPresent())
                .map(StripeScheme::event)
                .orElseGet(() -> new Rejected(Reason.NOT_AN_EVENT));
    }

    private static Verification event(EventFields fields) {
        var isLive = fields.text(LIVEMODE).equals(Optional.of("true"));
        return fields.event(
                fields.text(ID).orElse(null),
                fields.text(TYPE).orElse(null),
                isLive ? Mode.LIVE : Mode.TEST,
                fields.time(CREATED).orElse(null));
    }
}
