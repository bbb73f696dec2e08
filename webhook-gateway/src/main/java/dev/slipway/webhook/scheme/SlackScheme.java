package dev.slipway.webhook.scheme;

import com.fasterxml.jackson.core.JsonPointer;
import dev.slipway.event.WebhookEvent.Mode;
import dev.slipway.webhook.scheme.SignedContent.Timestamp;
import dev.slipway.webhook.scheme.Verification.Challenge;
import dev.slipway.webhook.scheme.Verification.Rejected;
import dev.slipway.webhook.scheme.Verification.Verified;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Slack's Events API: {@code X-Slack-Signature}, over {@code v0:<timestamp>:<body>}. While a URL is set up, Slack asks it
 * to answer a challenge, signed like everything else. Slack wants an answer within three seconds, and sends three times
 * again. Commands and dialogs are forms, which are to be answered by the application itself; they are no events.
 *
 * @see <a href="https://docs.slack.dev/authentication/verifying-requests-from-slack/">Slack: verifying requests</a>
 * @see <a href="https://docs.slack.dev/reference/events/url_verification/">Slack: url_verification</a>
 */
record SlackScheme(HmacSignature signature) implements ProofFirst {

    private static final JsonPointer TYPE = JsonPointer.compile("/type");
    private static final JsonPointer CHALLENGE = JsonPointer.compile("/challenge");
    private static final JsonPointer ID = JsonPointer.compile("/event_id");
    private static final JsonPointer INNER_TYPE = JsonPointer.compile("/event/type");
    private static final JsonPointer TIME = JsonPointer.compile("/event_time");

    SlackScheme(Tolerance tolerance) {
        this(new HmacSignature(
                "X-Slack-Signature",
                "v0=",
                HmacAlgorithm.SHA256,
                SignatureEncoding.HEX,
                SignedContent.parse(
                        "v0:{timestamp}:{body}",
                        Optional.of(new Timestamp("X-Slack-Request-Timestamp", TimestampFormat.SECONDS)),
                        Optional.empty()),
                tolerance));
    }

    @Override
    public Optional<Reason> refuse(Request request, List<Secret> secrets, Instant now) {
        return signature.refuse(request, secrets, now);
    }

    @Override
    public Verification read(Request request, Instant now) {
        return EventFields.read(request.body(), List.of(TYPE, CHALLENGE, ID, INNER_TYPE, TIME))
                .map(fields -> read(fields, request, now))
                .orElseGet(() -> new Rejected(Reason.NOT_AN_EVENT));
    }

    private static Verification read(EventFields fields, Request request, Instant now) {
        var type = fields.text(TYPE);
        var challenge = fields.text(CHALLENGE).filter(Verified::isName);
        if (type.equals(Optional.of("url_verification")) && challenge.isPresent()) {
            return new Challenge(challenge.get());
        }
        return fields.event(
                fields.text(ID).orElseGet(request::bodyHash),
                fields.text(INNER_TYPE).or(() -> type).orElse(null),
                Mode.LIVE,
                fields.time(TIME).orElse(now));
    }
}
