package dev.slipway.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;

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
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.eclipse.microprofile.config.ConfigProvider;

/** What stands on the topic of webhooks, read from its beginning. */
public final class WebhookTopic implements AutoCloseable {

    private final KafkaConsumer<String, byte[]> consumer;
    private final List<Published> read = new ArrayList<>();

    public WebhookTopic() {
        this(ConfigProvider.getConfig().getValue("slipway.messaging.bootstrap-servers", String.class));
    }

    public WebhookTopic(String bootstrapServers) {
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
            var partitions = consumer.partitionsFor(Topic.WEBHOOKS.topicName()).stream()
                    .map(partition ->
                            new org.apache.kafka.common.TopicPartition(partition.topic(), partition.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
        }
        consumer.poll(Duration.ofMillis(200)).forEach(record -> read.add(published(record)));
        return read.stream().filter(matching).toList();
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
