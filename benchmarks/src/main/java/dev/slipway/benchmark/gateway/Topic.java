package dev.slipway.benchmark.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** What the gateway published, as a subscriber sees it. */
final class Topic {

    private static final Duration QUIET = Duration.ofSeconds(3);

    private final String kafka;
    private final String name;

    Topic(String kafka, String name) {
        this.kafka = kafka;
        this.name = name;
    }

    /** Follows the topic from now on until it is told to stop, and nothing has come for some seconds. */
    Following follow() {
        var following = new Following(consumer());
        following.consumer.seekToEnd(following.consumer.assignment());
        // Positions are looked up when they are needed, which would be too late.
        following.consumer.assignment().forEach(following.consumer::position);
        following.done = CompletableFuture.runAsync(following::run);
        return following;
    }

    /** The ids of all events of deliveries that are there. */
    Set<String> verifiedIds() {
        var ids = new HashSet<String>();
        try (var consumer = consumer()) {
            consumer.seekToBeginning(consumer.assignment());
            var ends = consumer.endOffsets(consumer.assignment());
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                for (var record : consumer.poll(Duration.ofMillis(500))) {
                    if (header(record, "ce_type").contains("WebhookVerified")) {
                        ids.add(header(record, "ce_id"));
                    }
                }
            }
        }
        return ids;
    }

    private KafkaConsumer<byte[], byte[]> consumer() {
        var consumer = new KafkaConsumer<>(
                Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka, ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 5_000),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        consumer.assign(consumer.partitionsFor(name).stream()
                .map(partition -> new TopicPartition(name, partition.partition()))
                .toList());
        return consumer;
    }

    private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
        var header = record.headers().lastHeader(name);
        return header == null ? "" : new String(header.value(), UTF_8);
    }

    /** One who follows, and notes for each delivery how long it took from its arrival until it was read from Kafka. */
    static final class Following {

        private final KafkaConsumer<byte[], byte[]> consumer;
        private final List<Long> lags = new ArrayList<>();
        private CompletableFuture<Void> done = new CompletableFuture<>();
        private volatile boolean ending;

        private Following(KafkaConsumer<byte[], byte[]> consumer) {
            this.consumer = consumer;
        }

        private void run() {
            var lastCame = Instant.now();
            while (!ending || lastCame.isAfter(Instant.now().minus(QUIET))) {
                var records = consumer.poll(Duration.ofMillis(50));
                var now = Instant.now();
                for (var record : records) {
                    if (header(record, "ce_type").contains("WebhookVerified")) {
                        lastCame = now;
                        lags.add(Duration.between(
                                        OffsetDateTime.parse(header(record, "ce_time"))
                                                .toInstant(),
                                        now)
                                .toMillis());
                    }
                }
            }
            consumer.close();
        }

        /** Milliseconds from arrival to the subscriber, sorted. */
        List<Long> stop() {
            ending = true;
            done.join();
            return lags.stream().sorted().toList();
        }
    }
}
