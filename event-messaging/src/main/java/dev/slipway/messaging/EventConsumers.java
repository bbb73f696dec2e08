package dev.slipway.messaging;

import dev.slipway.event.Topic;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jdbi.v3.core.Jdbi;

/** Starts consumers for a service. */
@Singleton
public class EventConsumers {

    private final String service;
    private final Jdbi jdbi;
    private final Outbox outbox;
    private final Inbox inbox;
    private final MessagingConfig config;
    private final Clock clock;
    private final MeterRegistry meters;

    @Inject
    public EventConsumers(
            @ConfigProperty(name = "quarkus.application.name") String service,
            Jdbi jdbi,
            Outbox outbox,
            Inbox inbox,
            MessagingConfig config,
            Clock clock,
            MeterRegistry meters) {
        this.service = service;
        this.jdbi = jdbi;
        this.outbox = outbox;
        this.inbox = inbox;
        this.config = config;
        this.clock = clock;
        this.meters = meters;
    }

    /**
     * Consumes topics from where the service left off, in a thread of its own, until the consumer is closed. All
     * replicas of a service share the work.
     */
    public EventConsumer start(Collection<Topic> topics, EventHandler handler) {
        var consumer = new EventConsumer(
                service,
                topics,
                handler,
                jdbi,
                outbox,
                inbox,
                config,
                clock,
                meters,
                RecordConsumer.connect(service, config));
        consumer.start();
        return consumer;
    }

    /**
     * Consumes the dead letters of a topic, of all services, from where the service left off.
     *
     * @param taker takes each batch; after a crash, or if it throws, it is handed the same again
     */
    public RecordConsumer startDeadLetters(Topic topic, Consumer<List<DeadLetter>> taker) {
        var consumer = new RecordConsumer(
                List.of(topic.deadLetterName()),
                RecordConsumer.connect(service + "-dead-letters", config),
                records -> take(records, topic, taker));
        consumer.start();
        return consumer;
    }

    private static void take(ConsumerRecords<byte[], byte[]> records, Topic topic, Consumer<List<DeadLetter>> taker) {
        if (!records.isEmpty()) {
            taker.accept(StreamSupport.stream(records.spliterator(), false)
                    .map(record -> DeadLetter.read(record, topic))
                    .flatMap(Optional::stream)
                    .toList());
        }
    }
}
