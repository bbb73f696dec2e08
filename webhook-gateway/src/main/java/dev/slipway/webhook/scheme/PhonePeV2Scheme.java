package dev.slipway.webhook.scheme;

import com.fasterxml.jackson.core.JsonPointer;
import dev.slipway.event.WebhookEvent.Mode;
import dev.slipway.webhook.scheme.Verification.Rejected;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * PhonePe's second API: {@code Authorization} holds the hash of {@code <user>:<password>}. The body is not covered: ask
 * PhonePe for the order's state before anything of value is given out.
 *
 * <p>PhonePe sends the end of an order or refund more than once, without an id: it is made of {@code event}, the id of
 * the order or refund, and its {@code state}. Of other events, such as attempts, an order may have several in the same
 * state, so that the hash of the body is their id.
 *
 * @see <a href="https://developer.phonepe.com/payment-gateway/website-integration/standard-checkout/api-integration/api-reference/webhook">PhonePe:
 *     webhook handling</a>
 */
record PhonePeV2Scheme() implements ProofFirst {

    private static final JsonPointer EVENT = JsonPointer.compile("/event");

    /** What {@code event} was called before. */
    private static final JsonPointer TYPE = JsonPointer.compile("/type");

    private static final JsonPointer REFUND = JsonPointer.compile("/payload/refundId");
    private static final JsonPointer ORDER = JsonPointer.compile("/payload/orderId");
    private static final JsonPointer STATE = JsonPointer.compile("/payload/state");
    private static final JsonPointer REFUNDED_AT = JsonPointer.compile("/payload/timestamp");
    private static final JsonPointer PAID_AT = JsonPointer.compile("/payload/paymentDetails/0/timestamp");

    private static final Pattern OF_AN_ORDER_OR_REFUND = Pattern.compile(".*[._](order|ORDER|refund|REFUND)[._].*");

    @Override
    public Optional<Reason> refuse(Request request, List<Secret> secrets, Instant now) {
        var sent = request.header("Authorization");
        if (sent.isEmpty()) {
            return Optional.of(Reason.MISSING_AUTHORIZATION);
        }
        return Secret.isAnyOf(secrets, sent.get()) ? Optional.empty() : Optional.of(Reason.BAD_AUTHORIZATION);
    }

    @Override
    public Set<String> secretHeaders() {
        return Set.of("authorization");
    }

    @Override
    public Verification read(Request request, Instant now) {
        return EventFields.read(request.body(), List.of(EVENT, TYPE, REFUND, ORDER, STATE, REFUNDED_AT, PAID_AT))
                .map(fields -> read(fields, request, now))
                .orElseGet(() -> new Rejected(Reason.NOT_AN_EVENT));
    }

    private static Verification read(EventFields fields, Request request, Instant now) {
        var event = fields.text(EVENT).or(() -> fields.text(TYPE));
        var subject = fields.text(REFUND).or(() -> fields.text(ORDER));
        var id = Stream.of(event, subject, fields.text(STATE))
                .flatMap(Optional::stream)
                .toList();
        var isNamed =
                id.size() == 3 && OF_AN_ORDER_OR_REFUND.matcher(id.getFirst()).matches();
        return fields.event(
                isNamed ? String.join("/", id) : request.bodyHash(),
                event.orElse(null),
                Mode.LIVE,
                fields.time(REFUNDED_AT).or(() -> fields.time(PAID_AT)).orElse(now));
    }
}
