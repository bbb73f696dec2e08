package dev.slipway.messaging;

import dev.slipway.event.Event;
import dev.slipway.event.EventJson;
import dev.slipway.event.EventTypes;
import dev.slipway.event.ReportEvent.CustomReport;
import dev.slipway.event.Topic;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.kafka.KafkaMessageFactory;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Events as Kafka records: CloudEvents 1.0, written in binary mode (attributes as {@code ce_} headers, data as value),
 * read in binary or structured mode; the trace as in the CloudEvents extension for distributed tracing.
 */
final class CloudEvents {

    /** Ids, sources and subjects longer than this are refused: they become keys of rows. */
    static final int MAX_ATTRIBUTE_LENGTH = 255;

    private static final String TRACEPARENT = "traceparent";

    private CloudEvents() {}

    static ProducerRecord<String, byte[]> write(OutgoingEvent event, URI source) {
        return write(event, EventJson.write(event.event()), source);
    }

    /** @param data the event as JSON */
    static ProducerRecord<String, byte[]> write(OutgoingEvent event, byte[] data, URI source) {
        var cloudEvent = CloudEventBuilder.v1()
                .withId(event.id())
                .withSource(source)
                .withType(EventTypes.typeOf(nameOf(event)))
                .withSubject(event.subject())
                .withTime(event.time().atOffset(ZoneOffset.UTC))
                .withExtension(TRACEPARENT, event.trace().value())
                .withData("application/json", data)
                .build();
        var topic = event.event().topic().topicName();
        ProducerRecord<String, byte[]> record =
                KafkaMessageFactory.<String>createWriter(topic, event.subject()).writeBinary(cloudEvent);
        return record;
    }

    /** The type of the event in a record, as far as it can be known without reading that. */
    static Optional<Class<? extends Event>> type(ConsumerRecord<byte[], byte[]> record) {
        return Optional.ofNullable(record.headers().lastHeader("ce_type"))
                .flatMap(header -> Optional.ofNullable(header.value()))
                .flatMap(value -> EventTypes.nameOf(new String(value, StandardCharsets.UTF_8)))
                .flatMap(EventTypes::byName);
    }

    /**
     * Reads a record.
     *
     * @return the event, or nothing if it is a CloudEvent of a type that this version does not know
     * @throws MalformedEventException if it is not a CloudEvent, or not the event that it says it is
     */
    static Optional<ReceivedEvent> read(ConsumerRecord<byte[], byte[]> record, Clock clock)
            throws MalformedEventException {
        try {
            var cloudEvent = KafkaMessageFactory.createReader(record).toEvent();
            var name = EventTypes.nameOf(cloudEvent.getType());
            if (name.isEmpty() || !mayStandOn(record.topic(), name.get())) {
                return Optional.empty();
            }
            var data = cloudEvent.getData();
            if (data == null) {
                throw new MalformedEventException("It has no data");
            }
            var subject = attribute("subject", cloudEvent.getSubject());
            if (record.key() == null || !subject.equals(new String(record.key(), StandardCharsets.UTF_8))) {
                throw new MalformedEventException(
                        "The record's key is not the event's subject '%s', so its order among the subject's events is lost"
                                .formatted(subject));
            }
            var event = EventJson.read(name.get(), data.toBytes());
            if (!event.topic().topicName().equals(record.topic())) {
                throw new MalformedEventException("%s belongs on the topic %s"
                        .formatted(event.name(), event.topic().topicName()));
            }
            var time = cloudEvent.getTime();
            var trace = cloudEvent.getExtension(TRACEPARENT);
            return Optional.of(new ReceivedEvent(
                    attribute("id", cloudEvent.getId()),
                    attribute("source", cloudEvent.getSource().toString()),
                    subject,
                    time == null ? clock.instant() : time.toInstant(),
                    Optional.ofNullable(trace)
                            .map(Object::toString)
                            .flatMap(TraceParent::parse)
                            .orElseGet(TraceParent::start),
                    event));
        } catch (IOException e) {
            throw new MalformedEventException("Its data is not what its type says: " + firstLine(e), e);
        } catch (RuntimeException e) {
            // Whatever the library throws at it: a record that cannot be read must not stop those behind it.
            throw new MalformedEventException("It is not a CloudEvent: " + firstLine(e), e);
        }
    }

    /** A name without a record is a report of a team's own, or, on another topic, an event of a later version. */
    private static boolean mayStandOn(String topic, String name) {
        return EventTypes.byName(name).isPresent() || topic.equals(Topic.RELEASES.topicName());
    }

    private static String nameOf(OutgoingEvent event) {
        return event.event() instanceof CustomReport custom
                ? custom.name()
                : event.event().name();
    }

    private static String attribute(String name, @Nullable String value) throws MalformedEventException {
        if (value == null || value.isBlank()) {
            throw new MalformedEventException("Its %s is missing".formatted(name));
        }
        if (value.length() > MAX_ATTRIBUTE_LENGTH) {
            throw new MalformedEventException(
                    "Its %s is longer than %d characters".formatted(name, MAX_ATTRIBUTE_LENGTH));
        }
        // PostgreSQL cannot store them either.
        if (value.chars().anyMatch(Character::isISOControl)
                || !StandardCharsets.UTF_8.newEncoder().canEncode(value)) {
            throw new MalformedEventException("Its %s has characters that CloudEvents forbids".formatted(name));
        }
        return value;
    }

    private static String firstLine(Exception e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }

    /** A record that cannot be read as an event, ever. */
    static final class MalformedEventException extends Exception {

        private static final long serialVersionUID = 1L;

        MalformedEventException(String message) {
            super(message);
        }

        MalformedEventException(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
