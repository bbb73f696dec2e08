package dev.slipway.messaging;

import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** The service's connection to Kafka for sending. Records of one key arrive in the order in which they were sent. */
@Singleton
public class EventProducer {

    /** The largest record that is sent, and that the topics take: a webhook's body twice over, and some. */
    public static final int MAX_RECORD_BYTES = 4 * 1024 * 1024;

    private static final int BATCH_BYTES = 256 * 1024;

    private final URI source;
    private final KafkaProducer<String, byte[]> producer;

    @Inject
    public EventProducer(MessagingConfig config, @ConfigProperty(name = "quarkus.application.name") String service) {
        this.source = URI.create("/" + service);
        this.producer = new KafkaProducer<>(
                KafkaSettings.of(
                        config,
                        Map.of(
                                ProducerConfig.CLIENT_ID_CONFIG,
                                service,
                                ProducerConfig.ACKS_CONFIG,
                                "all",
                                ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
                                true,
                                // A record that was given up while later ones of its key were not would break their
                                // order:
                                // while Kafka is away, everything waits.
                                ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
                                Integer.MAX_VALUE,
                                ProducerConfig.MAX_BLOCK_MS_CONFIG,
                                5_000,
                                // A request carries one batch for each partition; two webhooks would fill the default.
                                ProducerConfig.BATCH_SIZE_CONFIG,
                                BATCH_BYTES,
                                // Records come in batches already; waiting for more would only delay them.
                                ProducerConfig.LINGER_MS_CONFIG,
                                0,
                                ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG,
                                1_000,
                                ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                                MAX_RECORD_BYTES)),
                new StringSerializer(),
                new ByteArraySerializer());
    }

    /** Where the events come from that this service sends: their CloudEvents source. */
    URI source() {
        return source;
    }

    /** An event as the record that this service sends. */
    public ProducerRecord<String, byte[]> record(OutgoingEvent event) {
        return CloudEvents.write(event, source);
    }

    /**
     * An event as the record that this service sends, whose data is written already.
     *
     * @param data the event as JSON
     */
    public ProducerRecord<String, byte[]> record(OutgoingEvent event, byte[] data) {
        return CloudEvents.write(event, data, source);
    }

    /**
     * Hands records to the producer: they are on their way, in order, when this returns, and on Kafka when their
     * futures complete. After one that the producer refuses at once (it is too large, or nothing is known of its topic
     * for too long) none is handed over, so that none overtakes it; those have no future.
     */
    List<Future<RecordMetadata>> send(List<ProducerRecord<String, byte[]>> records) {
        var sent = new ArrayList<Future<RecordMetadata>>(records.size());
        for (var record : records) {
            var future = producer.send(record);
            sent.add(future);
            if (future.state() == Future.State.FAILED) {
                break;
            }
        }
        return sent;
    }

    /**
     * Sends records and waits until Kafka has them all (acks=all). What follows a record that cannot be sent now is not
     * sent either, so that it does not overtake.
     *
     * @throws ExecutionException if Kafka refuses one; others may have been taken
     * @throws InterruptedException if interrupted; any of them may have been taken
     */
    public void sendAll(List<ProducerRecord<String, byte[]>> records) throws ExecutionException, InterruptedException {
        for (var future : send(records)) {
            future.get();
        }
    }

    @PreDestroy
    void close() {
        producer.close(Duration.ofSeconds(2));
    }
}
