package dev.slipway.probe;

import static org.awaitility.Awaitility.await;

import dev.slipway.event.CheckEvent;
import dev.slipway.event.Event;
import dev.slipway.event.EventJson;
import dev.slipway.event.EventTypes;
import dev.slipway.event.Subject;
import dev.slipway.event.Topic;
import dev.slipway.messaging.MessagingConfig;
import dev.slipway.messaging.Outbox;
import dev.slipway.messaging.OutgoingEvent;
import dev.slipway.messaging.TraceParent;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jdbi.v3.core.Jdbi;

/** The other services' side of Kafka: asks, and hears all that is told. */
@Singleton
public class Conversation {

    private final Jdbi jdbi;
    private final Outbox outbox;
    private final List<Heard> heard = new CopyOnWriteArrayList<>();
    private final Thread listener;
    private volatile boolean listening = true;

    /** An event as it stood in Kafka. */
    public record Heard(String subject, String trace, Event event, Instant at) {}

    public Conversation(Jdbi jdbi, Outbox outbox, MessagingConfig config) {
        this.jdbi = jdbi;
        this.outbox = outbox;
        this.listener = Thread.ofPlatform().daemon().start(() -> listen(config.bootstrapServers()));
    }

    public TraceParent tell(Subject subject, CheckEvent event) {
        var trace = TraceParent.start();
        jdbi.useTransaction(handle -> outbox.publish(
                handle, OutgoingEvent.of(subject, event, Clock.systemUTC().instant(), trace)));
        return trace;
    }

    public <T extends Event> List<Heard> heard(Class<T> type, Predicate<T> which) {
        return heard.stream()
                .filter(it -> type.isInstance(it.event()) && which.test(type.cast(it.event())))
                .toList();
    }

    /** Waits for the first such event. */
    public <T extends Event> Heard awaits(Class<T> type, Predicate<T> which) {
        return await().atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> heard(type, which), it -> !it.isEmpty())
                .getFirst();
    }

    public <T extends Event> T hears(Class<T> type, Predicate<T> which) {
        return type.cast(awaits(type, which).event());
    }

    @PreDestroy
    void end() throws InterruptedException {
        listening = false;
        listener.join();
    }

    private void listen(String kafka) {
        try (var consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        kafka,
                        "group.id",
                        "conversation-" + UUID.randomUUID(),
                        "auto.offset.reset",
                        "earliest",
                        "metadata.max.age.ms",
                        500),
                new StringDeserializer(),
                new ByteArrayDeserializer())) {
            consumer.subscribe(List.of(Topic.CHECKS.topicName(), Topic.HEALTH.topicName()));
            while (listening) {
                consumer.poll(Duration.ofMillis(100)).forEach(record -> heard.add(read(record)));
            }
        }
    }

    private static Heard read(ConsumerRecord<String, byte[]> record) {
        try {
            var name = EventTypes.nameOf(header(record, "ce_type")).orElseThrow();
            return new Heard(
                    header(record, "ce_subject"),
                    header(record, "ce_traceparent"),
                    EventJson.read(name, record.value()),
                    Clock.systemUTC().instant());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String header(ConsumerRecord<?, ?> record, String name) {
        return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
    }
}
