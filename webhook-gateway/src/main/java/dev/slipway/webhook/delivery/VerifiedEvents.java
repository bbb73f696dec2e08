package dev.slipway.webhook.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.util.RawValue;
import dev.slipway.event.EventJson;
import dev.slipway.event.WebhookEvent.WebhookVerified;
import dev.slipway.messaging.EventProducer;
import dev.slipway.messaging.OutgoingEvent;
import dev.slipway.webhook.scheme.EventFields;
import io.quarkus.runtime.configuration.ConfigurationException;
import jakarta.inject.Singleton;
import java.util.Arrays;
import java.util.Optional;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Deliveries as the events that tell of them. */
@Singleton
public class VerifiedEvents {

    private static final byte[] PAYLOAD = ",\"payload\":".getBytes(UTF_8);

    /** What a record has for the rest of an event, and for what a dead letter adds to it: far more than they need. */
    private static final int ROOM = 1024 * 1024;

    private final EventProducer producer;
    private final DeliveryConfig config;

    /** @throws ConfigurationException if payloads may be larger than records, which nothing would ever be published after */
    public VerifiedEvents(EventProducer producer, DeliveryConfig config) {
        if (config.largestPayload().asLongValue() > EventProducer.MAX_RECORD_BYTES - ROOM) {
            throw new ConfigurationException(
                    "slipway.webhook.delivery.largest-payload must be at most 3M, because Kafka takes records of 4M: larger payloads are left out of their events, and served by the API");
        }
        this.producer = producer;
        this.config = config;
    }

    /** The event of a delivery: with its id, however often it is published. */
    ProducerRecord<String, byte[]> of(Received received) {
        var delivery = received.delivery();
        var body = received.body();
        var fits =
                body.length <= config.largestPayload().asLongValue() && (received.isJson() || EventFields.isJson(body));
        var event = new WebhookVerified(
                delivery.id(),
                delivery.source(),
                delivery.eventId(),
                delivery.type(),
                delivery.mode(),
                delivery.occurredAt(),
                Optional.empty(),
                fits ? Optional.empty() : Optional.of("/api/v1/deliveries/" + delivery.id() + "/payload"),
                delivery.replayOf());
        var data = EventJson.write(event);
        return producer.record(
                new OutgoingEvent(
                        delivery.id().toString(), delivery.subject(), delivery.receivedAt(), delivery.trace(), event),
                fits ? withPayload(data, body) : data);
    }

    /** The body's bytes as they stand: to read and write them again would cost more, and change their numbers. */
    private static byte[] withPayload(byte[] data, byte[] body) {
        var open = data.length - 1;
        var joined = Arrays.copyOf(data, open + PAYLOAD.length + body.length + 1);
        System.arraycopy(PAYLOAD, 0, joined, open, PAYLOAD.length);
        System.arraycopy(body, 0, joined, open + PAYLOAD.length, body.length);
        joined[joined.length - 1] = '}';
        return joined;
    }

    /** A body as a value to be written into other JSON, as it stands, if it is JSON. */
    static Optional<JsonNode> json(byte[] body) {
        return EventFields.isJson(body)
                ? Optional.of(JsonNodeFactory.instance.rawValueNode(new RawValue(new String(body, UTF_8))))
                : Optional.empty();
    }
}
