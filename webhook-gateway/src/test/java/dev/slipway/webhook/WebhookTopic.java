package dev.slipway.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toMap;

import com.fasterxml.jackson.databind.JsonNode;
import dev.slipway.event.EventJson;
import dev.slipway.event.Topic;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.eclipse.microprofile.config.ConfigProvider;

/** What stands on the topic of webhooks, read from its beginning. */
public final class WebhookTopic implements AutoCloseable {

    private final String bootstrapServers;
    private final KafkaConsumer<String, byte[]> consumer;
    private final List<Published> read = new ArrayList<>();

    public WebhookTopic() {
        this(ConfigProvider.getConfig().getValue("slipway.messaging.bootstrap-servers", String.class));
    }

    public WebhookTopic(String bootstrapServers) {
        this.bootstrapServers = bootstrapServers;
        this.consumer = new KafkaConsumer<>(
                Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers),
                new StringDeserializer(),
                new ByteArrayDeserializer());
    }

    /** One record, its CloudEvents id and type, and its data. */
    public record Published(String key, String id, String type, JsonNode data) {

        public String eventId() {
            return data.path("eventId").asText();
        }
    }

    /** The records so far that match, in the order of their partition. */
    public List<Published> records(Predicate<Published> matching) {
        if (consumer.assignment().isEmpty()) {
            var partitions = partitions();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
        }
        consumer.poll(Duration.ofMillis(200)).forEach(record -> read.add(published(record)));
        return read.stream().filter(matching).toList();
    }

    /** How many records there are. */
    public long size() {
        var partitions = partitions();
        return consumer.endOffsets(partitions).values().stream()
                .mapToLong(end -> end)
                .sum();
    }

    /** Deletes all records, so that others who read from the beginning need not pass them. */
    public void clear() {
        try (var admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers))) {
            var ends = consumer.endOffsets(partitions());
            admin.deleteRecords(ends.entrySet().stream()
                            .collect(toMap(Map.Entry::getKey, end -> RecordsToDelete.beforeOffset(end.getValue()))))
                    .all()
                    .toCompletionStage()
                    .toCompletableFuture()
                    .join();
        }
    }

    private List<TopicPartition> partitions() {
        return consumer.partitionsFor(Topic.WEBHOOKS.topicName()).stream()
                .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
                .toList();
    }

    private static Published published(ConsumerRecord<String, byte[]> record) {
        try {
            return new Published(
                    record.key(),
                    header(record, "ce_id"),
                    header(record, "ce_type"),
                    EventJson.mapper().readTree(record.value()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String header(ConsumerRecord<String, byte[]> record, String name) {
        return new String(record.headers().lastHeader(name).value(), UTF_8);
    }

    @Override
    public void close() {
        consumer.close();
    }
}
