package dev.slipway.release.lifecycle;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.slipway.event.CheckEvent.CheckRequested;
import dev.slipway.event.Event;
import dev.slipway.event.EventJson;
import dev.slipway.event.EventTypes;
import dev.slipway.event.Topic;
import dev.slipway.messaging.DeadLetters;
import dev.slipway.messaging.EventProducer;
import dev.slipway.messaging.OutgoingEvent;
import dev.slipway.messaging.TraceParent;
import jakarta.inject.Singleton;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Kafka as others see it who publish there directly, or look after dead letters. */
@Singleton
public class EventBus {

    private final EventProducer producer;
    private final String kafka;

    EventBus(EventProducer producer, @ConfigProperty(name = "slipway.messaging.bootstrap-servers") String kafka) {
        this.producer = producer;
        this.kafka = kafka;
    }

    /** Publishes an event about a subject under a new id. */
    public void publish(String subject, Event event) {
        publish(UUID.randomUUID().toString(), subject, event);
    }

    public void publish(String id, String subject, Event event) {
        send(producer.record(new OutgoingEvent(id, subject, Instant.now(), TraceParent.start(), event)));
    }

    /** Publishes what may be no event at all. */
    public void publishRaw(String topic, String subject, String name, String data) {
        var record = new ProducerRecord<>(topic, subject, data.getBytes(StandardCharsets.UTF_8));
        Map.of(
                        "ce_specversion",
                        "1.0",
                        "ce_id",
                        UUID.randomUUID().toString(),
                        "ce_source",
                        "/tests",
                        "ce_type",
                        EventTypes.typeOf(name),
                        "ce_subject",
                        subject,
                        "content-type",
                        "application/json")
                .forEach((key, value) -> record.headers().add(key, value.getBytes(StandardCharsets.UTF_8)));
        send(record);
    }

    private void send(ProducerRecord<String, byte[]> record) {
        try {
            producer.sendAll(List.of(record));
        } catch (ExecutionException | InterruptedException e) {
            throw new IllegalStateException("Kafka did not take the record", e);
        }
    }

    /** Waits for the dead letter of a subject; why it became one. */
    public String deadLetter(String topic, String subject) {
        return first(
                topic + ".dlq",
                record -> Optional.of(record)
                        .filter(it -> subject.equals(it.key()))
                        .map(EventBus::reason));
    }

    /** Waits until a check is asked for. */
    public CheckRequested check(String checkId) {
        return first(
                Topic.CHECKS.topicName(),
                record -> Optional.of(record)
                        .filter(it -> header(it, "ce_type").equals(EventTypes.typeOf("CheckRequested")))
                        .map(EventBus::checkRequested)
                        .filter(it -> it.checkId().equals(checkId)));
    }

    /** Waits for the first record of a topic in which something is found. */
    private <T> T first(String topic, Function<ConsumerRecord<String, String>, Optional<T>> found) {
        Map<String, Object> settings = Map.of(
                "bootstrap.servers", kafka, "group.id", UUID.randomUUID().toString(), "auto.offset.reset", "earliest");
        try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of(topic));
            return await().atMost(Duration.ofSeconds(30))
                    .until(
                            () -> StreamSupport.stream(
                                            consumer.poll(Duration.ofMillis(200))
                                                    .spliterator(),
                                            false)
                                    .flatMap(record -> found.apply(record).stream())
                                    .findFirst(),
                            Optional::isPresent)
                    .orElseThrow();
        }
    }

    private static CheckRequested checkRequested(ConsumerRecord<String, String> record) {
        try {
            return EventJson.mapper().readValue(record.value(), CheckRequested.class);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String reason(ConsumerRecord<String, String> record) {
        return header(record, DeadLetters.REASON);
    }

    private static String header(ConsumerRecord<String, String> record, String name) {
        return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
    }
}
