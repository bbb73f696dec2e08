package dev.slipway.event;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** What third parties sent to the webhook gateway. */
public sealed interface WebhookEvent extends Event {

    /** The source that it came from, or claims to come from. */
    String source();

    @Override
    default Topic topic() {
        return Topic.WEBHOOKS;
    }

    /**
     * A delivery is genuine and stored.
     *
     * @param deliveryId the gateway's own id of it
     * @param eventId the sender's id of the event, by which repeats are recognised
     * @param type the sender's name for what happened: {@code invoice.paid}
     * @param mode whether real money is meant
     * @param occurredAt when it happened, by the sender's clock
     * @param payload the body, if it is JSON and not too large for an event
     * @param payloadReference where the gateway serves a body that is not in the event: a path of its API
     * @param replayOf the delivery that this one repeats, because somebody asked for it
     */
    record WebhookVerified(
            UUID deliveryId,
            String source,
            String eventId,
            String type,
            Mode mode,
            Instant occurredAt,
            Optional<JsonNode> payload,
            Optional<String> payloadReference,
            Optional<UUID> replayOf)
            implements WebhookEvent {

        public WebhookVerified {
            // Jackson reads an absent tree as a JSON null.
            payload = payload.filter(json -> !json.isNull());
        }
    }

    /**
     * Requests were refused.
     *
     * @param reason why
     * @param count how many, for this source and reason, since the last such event
     * @param since when the first of them came
     */
    record WebhookRejected(String source, String reason, int count, Instant since) implements WebhookEvent {}

    /** Whether a delivery is about real money. */
    enum Mode {
        LIVE,
        TEST
    }
}
