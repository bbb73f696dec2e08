package dev.slipway.messaging;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.slipway.event.Topic;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.TimestampType;
import org.jdbi.v3.core.Jdbi;

/**
 * Events as a service consumes and publishes them, without Kafka: they are handed in, a batch at a time, and what is
 * published stays in the outbox.
 */
public final class HandedIn {

    /** The service whose part it plays. */
    public static final String SERVICE = "release-service";

    private static final TopicPartition PARTITION = new TopicPartition("all", 0);

    private final MessagingConfig config;
    private final MeterRegistry meters = new SimpleMeterRegistry();
    private final EventProducer producer;

    /** @param kafka where Kafka is, which is told nothing */
    public HandedIn(String kafka) {
        config = new SmallRyeConfigBuilder()
                .addDiscoveredConverters()
                .withMapping(MessagingConfig.class)
                .withDefaultValue("slipway.messaging.bootstrap-servers", kafka)
                .build()
                .getConfigMapping(MessagingConfig.class);
        producer = new EventProducer(config, SERVICE);
    }

    /** An outbox that nobody relays. */
    public Outbox outbox(Jdbi jdbi) {
        return new Outbox(producer, new OutboxRelay(jdbi, producer, new Topics(config), config, meters));
    }

    /** Consumers, none of which is started. */
    public EventConsumers consumers(Jdbi jdbi, Outbox outbox, Clock clock) {
        return new EventConsumers(SERVICE, jdbi, outbox, new Inbox(clock), config, clock, meters);
    }

    /** A consumer that takes the batches that it is handed. */
    public Consumer<List<ConsumerRecord<byte[], byte[]>>> consumer(
            EventHandler handler, Jdbi jdbi, Outbox outbox, Clock clock) {
        var consumer = new EventConsumer(
                SERVICE,
                List.of(Topic.values()),
                handler,
                jdbi,
                outbox,
                new Inbox(clock),
                config,
                clock,
                meters,
                new MockConsumer<>("earliest"));
        // As records of one partition: between topics Kafka keeps no order.
        return records -> consumer.take(new ConsumerRecords<>(Map.of(PARTITION, records), Map.of()));
    }

    /** An event as it comes from Kafka. */
    public ConsumerRecord<byte[], byte[]> record(OutgoingEvent event, long offset) {
        return record(producer.record(event), offset);
    }

    /** A row of the outbox as it comes from Kafka. */
    public static ConsumerRecord<byte[], byte[]> record(ResultSet row, long offset) throws SQLException {
        return record(
                new ProducerRecord<>(
                        row.getString("topic"),
                        null,
                        row.getString("record_key"),
                        row.getBytes("value"),
                        Outbox.headers(row.getString("headers"))),
                offset);
    }

    private static ConsumerRecord<byte[], byte[]> record(ProducerRecord<String, byte[]> record, long offset) {
        var key = record.key().getBytes(UTF_8);
        return new ConsumerRecord<>(
                record.topic(),
                0,
                offset,
                0,
                TimestampType.CREATE_TIME,
                key.length,
                record.value().length,
                key,
                record.value(),
                record.headers(),
                Optional.empty());
    }
}
