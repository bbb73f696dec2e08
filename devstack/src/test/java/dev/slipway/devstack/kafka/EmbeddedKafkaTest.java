package dev.slipway.devstack.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.devstack.port.PortTaken;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedKafkaTest {
    @TempDir
    Path folder;

    @Test
    void keepsTopicsAndRecordsFromStopToStart() throws Exception {
        // Given
        try (EmbeddedKafka kafka = new EmbeddedKafka(folder, 0).start()) {
            createTopic(kafka, "kept");
            send(kafka, "kept", "a record");

            // When
            kafka.stop();
            kafka.start();

            // Then
            assertThat(receive(kafka, "kept", 1)).containsExactly("a record");
        }
    }

    @Test
    void givesATopicSixPartitionsUnlessItAsksForOthers() throws Exception {
        // Given
        try (EmbeddedKafka kafka = new EmbeddedKafka(folder, 0).start();
                Admin admin = admin(kafka)) {
            // When
            int partitions = admin.createTopics(List.of(new NewTopic("plain", Optional.empty(), Optional.empty())))
                    .numPartitions("plain")
                    .get(20, TimeUnit.SECONDS);

            // Then
            assertThat(partitions).isEqualTo(6);
        }
    }

    @Test
    void makesNoTopicByBeingWrittenTo() {
        // Given
        try (EmbeddedKafka kafka = new EmbeddedKafka(folder, 0).start();
                Admin admin = admin(kafka)) {
            // When
            assertThatThrownBy(() -> admin.describeTopics(List.of("never-made"))
                            .allTopicNames()
                            .get())
                    // Then
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(UnknownTopicOrPartitionException.class);
            assertThatThrownBy(() -> send(kafka, "never-made", "a record")).isInstanceOf(ExecutionException.class);
        }
    }

    @Test
    void startsOnceHoweverOftenItIsTold() {
        // Given
        try (EmbeddedKafka kafka = new EmbeddedKafka(folder, 0).start()) {
            String before = kafka.bootstrapServers();

            // When
            kafka.start();

            // Then
            assertThat(kafka.bootstrapServers()).isEqualTo(before).matches("127\\.0\\.0\\.1:\\d+");
        }
    }

    @Test
    void saysWhichPortIsTakenAndHowToChooseAnother() throws Exception {
        // Given
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                EmbeddedKafka kafka = new EmbeddedKafka(folder, taken.getLocalPort())) {
            // When
            assertThatThrownBy(kafka::start)
                    // Then
                    .isInstanceOf(PortTaken.class)
                    .hasMessageContainingAll(Integer.toString(taken.getLocalPort()), "Kafka", "SLIPWAY_KAFKA_PORT");
        }
    }

    @Test
    void saysWhereItCouldNotStart() throws Exception {
        // Given
        Path file = Files.createFile(folder.resolve("a-file"));
        try (EmbeddedKafka kafka = new EmbeddedKafka(file, 0)) {
            // When
            assertThatThrownBy(kafka::start)
                    // Then
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContainingAll("Kafka did not start", file.toString());
        }
    }

    private static void createTopic(EmbeddedKafka kafka, String name) throws Exception {
        try (Admin admin = admin(kafka)) {
            admin.createTopics(List.of(new NewTopic(name, Optional.empty(), Optional.empty())))
                    .all()
                    .get(20, TimeUnit.SECONDS);
        }
    }

    private static void send(EmbeddedKafka kafka, String topic, String value) throws Exception {
        Map<String, Object> settings = Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                kafka.bootstrapServers(),
                ProducerConfig.MAX_BLOCK_MS_CONFIG,
                5000);
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            producer.send(new ProducerRecord<>(topic, value)).get(20, TimeUnit.SECONDS);
        }
    }

    private static List<String> receive(EmbeddedKafka kafka, String topic, int count) {
        Map<String, Object> settings = Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                kafka.bootstrapServers(),
                ConsumerConfig.GROUP_ID_CONFIG,
                "readers",
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                "earliest");
        List<String> values = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of(topic));
            Awaitility.await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) {
                    values.add(record.value());
                }
                assertThat(values).hasSizeGreaterThanOrEqualTo(count);
            });
        }
        return values;
    }

    private static Admin admin(EmbeddedKafka kafka) {
        return Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()));
    }
}
