package dev.slipway.webhook.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.util.RawValue;
import dev.slipway.event.EventJson;
import dev.slipway.event.WebhookEvent.WebhookVerified;
import dev.slipway.messaging.OutgoingEvent;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.util.Optional;

/** Deliveries as the events that tell of them. */
@Singleton
public class VerifiedEvents {

    private static final JsonFactory JSON = EventJson.mapper().getFactory();

    private final DeliveryConfig config;

    public VerifiedEvents(DeliveryConfig config) {
        this.config = config;
    }

    /** The event of a delivery: with its id, however often it is published. */
    OutgoingEvent of(Received received) {
        var delivery = received.delivery();
        var payload = received.body().length > config.largestPayload().asLongValue()
                ? Optional.<JsonNode>empty()
                : json(received.body());
        return new OutgoingEvent(
                delivery.id().toString(),
                delivery.subject(),
                delivery.receivedAt(),
                delivery.trace(),
                new WebhookVerified(
                        delivery.id(),
                        delivery.source(),
                        delivery.eventId(),
                        delivery.type(),
                        delivery.mode(),
                        delivery.occurredAt(),
                        payload,
                        payload.isPresent()
                                ? Optional.empty()
                                : Optional.of("/api/v1/deliveries/" + delivery.id() + "/payload"),
                        delivery.replayOf()));
    }

    /**
     * A body as a value to be written into other JSON, if it is JSON: as it stands, because to read and write it again
     * would cost more, and change its numbers.
     */
    static Optional<JsonNode> json(byte[] body) {
        var text = new String(body, UTF_8);
        try (var parser = JSON.createParser(text)) {
            if (parser.nextToken() == null) {
                return Optional.empty();
            }
            parser.skipChildren();
            return parser.nextToken() == null
                    ? Optional.of(JsonNodeFactory.instance.rawValueNode(new RawValue(text)))
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
