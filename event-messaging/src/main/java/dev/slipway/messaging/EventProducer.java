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

    private final URI source;
    private final KafkaProducer<String, byte[]> producer;

    @Inject
    public EventProducer(MessagingConfig config, @ConfigProperty(name = "quarkus.application.name") String service) {
        this.source = URI.create("/" + service);
        this.producer = new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        config.bootstrapServers(),
                        ProducerConfig.CLIENT_ID_CONFIG,
                        service,
                        ProducerConfig.ACKS_CONFIG,
                        "all",
                        ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
                        true,
                        // A record that was given up while later ones of its key were not would break their order:
                        // while Kafka is away, everything waits.
                        ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
                        Integer.MAX_VALUE,
                        ProducerConfig.MAX_BLOCK_MS_CONFIG,
                        5_000,
                        ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG,
                        1_000,
                        ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                        4 * 1024 * 1024),
                new StringSerializer(),
                new ByteArraySerializer());
    }

    /** An event as the record that this service sends. */
    public ProducerRecord<String, byte[]> record(OutgoingEvent event) {
        return CloudEvents.write(event, source);
    }

    /**
     * Hands a record to the producer; it is on its way, in order, when this returns, and on Kafka when the future
     * completes. Once a future has {@linkplain #isRefused failed at once}, no later record may be handed over before
     * this one: it would overtake.
     */
    Future<RecordMetadata> send(ProducerRecord<String, byte[]> record) {
        return producer.send(record);
    }

    /**
     * Sends records and waits until Kafka has them all (acks=all). What follows a record that cannot be sent now is not
     * sent either, so that it does not overtake.
     *
     * @throws ExecutionException if Kafka refuses one; others may have been taken
     * @throws InterruptedException if interrupted; any of them may have been taken
     */
    public void sendAll(List<ProducerRecord<String, byte[]>> records) throws ExecutionException, InterruptedException {
        var sent = new ArrayList<Future<RecordMetadata>>(records.size());
        for (var record : records) {
            var future = producer.send(record);
            sent.add(future);
            if (isRefused(future)) {
                break;
            }
        }
        for (var future : sent) {
            future.get();
        }
    }

    /** Whether the producer did not take a record: it is too large, or nothing is known of its topic for too long. */
    static boolean isRefused(Future<RecordMetadata> sent) {
        return sent.state() == Future.State.FAILED;
    }

    @PreDestroy
    void close() {
        producer.close(Duration.ofSeconds(2));
    }
}
