package dev.slipway.messaging;

import static java.util.stream.Collectors.toMap;

import dev.slipway.event.Topic;
import jakarta.inject.Singleton;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;

/** Sees to it that the topics exist. */
@Singleton
public class Topics {

    private final MessagingConfig config;

    public Topics(MessagingConfig config) {
        this.config = config;
    }

    /**
     * Creates the topics, and their dead-letter topics, that do not exist yet.
     *
     * @throws ExecutionException if Kafka is away or refuses
     */
    void ensure() throws ExecutionException, InterruptedException {
        var topics = Arrays.stream(Topic.values())
                .flatMap(topic -> Stream.of(topic.topicName(), topic.deadLetterName()))
                .map(name -> new NewTopic(name, config.partitions(), config.replication())
                        .configs(Map.of(
                                TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                                Integer.toString(EventProducer.MAX_RECORD_BYTES))))
                .toList();
        try (var admin = Admin.create(KafkaSettings.of(
                config,
                Map.of(
                        AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                        10_000,
                        AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
                        5_000)))) {
            for (var creation : admin.createTopics(topics).values().values()) {
                try {
                    creation.get();
                } catch (ExecutionException e) {
                    if (!(e.getCause() instanceof TopicExistsException)) {
                        throw e;
                    }
                }
            }
            requireEqualPartitions(admin);
        }
    }

    /** One key must be in the same partition of every topic, or an environment has more than one writer. */
    private static void requireEqualPartitions(Admin admin) throws ExecutionException, InterruptedException {
        var names = Arrays.stream(Topic.values()).map(Topic::topicName).toList();
        var partitions = admin.describeTopics(names).allTopicNames().get().values().stream()
                .collect(toMap(
                        TopicDescription::name, topic -> topic.partitions().size()));
        if (new HashSet<>(partitions.values()).size() > 1) {
            throw new IllegalStateException(
                    "The topics must have equally many partitions, but have %s; make them equal".formatted(partitions));
        }
    }
}
