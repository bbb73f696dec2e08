package dev.slipway.webhook.scheme;

import com.fasterxml.jackson.core.JsonPointer;
import dev.slipway.event.WebhookEvent.Mode;
import dev.slipway.webhook.scheme.Verification.Rejected;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * RevenueCat: the static header {@code Authorization: Bearer <secret>} that is set in its dashboard, or the signature of
 * the body that newer projects may send; either proves the sender, so that a project can change from one to the other.
 * RevenueCat takes exactly 200 for an answer, and sends five times again.
 *
 * <p>An event that a person made up to try the URL out may lack an id; then the hash of the body is its id.
 *
 * @param signatureHeaders the headers in which a signature may stand; the first that is there counts
 * @param isProofKept whether the source names that header, so that it is known that its sender signs
 * @see <a href="https://www.revenuecat.com/docs/integrations/webhooks">RevenueCat: webhooks</a>
 */
record RevenueCatScheme(List<String> signatureHeaders, boolean isProofKept, Tolerance tolerance) implements ProofFirst {

    /** RevenueCat's documentation has had both names. */
    private static final List<String> SIGNATURE_HEADERS =
            List.of("X-RevenueCat-Webhook-Signature", "X-RevenueCat-Signature");

    private static final String BEARER = "Bearer ";

    private static final JsonPointer ID = JsonPointer.compile("/event/id");
    private static final JsonPointer TYPE = JsonPointer.compile("/event/type");
    private static final JsonPointer ENVIRONMENT = JsonPointer.compile("/event/environment");
    private static final JsonPointer TIME = JsonPointer.compile("/event/event_timestamp_ms");

    /** As a source's options say. */
    static SignatureScheme of(Options options, Tolerance tolerance) {
        var header = options.header("header");
        return new RevenueCatScheme(
                header.map(List::of).orElse(SIGNATURE_HEADERS),
                header.filter(name -> !Headers.isSecret(name)).isPresent(),
                tolerance);
    }

    @Override
    public Optional<Reason> refuse(Request request, List<Secret> secrets, Instant now) {
        var authorization = request.header("Authorization");
        if (authorization.isPresent() && isBearerOf(authorization.get(), secrets)) {
            return Optional.empty();
        }
        var signature = signatureHeaders.stream()
                .map(request::header)
                .flatMap(Optional::stream)
                .findFirst();
        if (signature.isPresent()) {
            return TimestampedSignature.refuse(signature.get(), request.body(), secrets, now, tolerance);
        }
        return Optional.of(authorization.isPresent() ? Reason.BAD_AUTHORIZATION : Reason.MISSING_AUTHORIZATION);
    }

    private static boolean isBearerOf(String authorization, List<Secret> secrets) {
        return authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
                && Secret.isAnyOf(secrets, authorization.substring(BEARER.length()));
    }

    @Override
    public Set<String> secretHeaders() {
        return Set.of("authorization");
    }

    @Override
    public Verification read(Request request, Instant now) {
        return EventFields.read(request.body(), List.of(ID, TYPE, ENVIRONMENT, TIME))
                .map(fields -> fields.event(
                        fields.text(ID).orElseGet(request::bodyHash),
                        fields.text(TYPE).orElse(null),
                        mode(fields),
                        fields.time(TIME).orElse(now)))
                .orElseGet(() -> new Rejected(Reason.NOT_AN_EVENT));
    }

    private static Mode mode(EventFields fields) {
        return fields.text(ENVIRONMENT).equals(Optional.of("PRODUCTION")) ? Mode.LIVE : Mode.TEST;
    }
}
