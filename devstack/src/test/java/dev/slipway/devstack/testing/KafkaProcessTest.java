package dev.slipway.devstack.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KafkaProcessTest {
    @TempDir
    private Path folder;

    @Test
    void keepsWhatItHadWhenItIsKilledAndComesBackAtTheSameAddress() throws Exception {
        // Given
        try (KafkaProcess kafka = new KafkaProcess(folder).start();
                Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            admin.createTopics(List.of(new NewTopic("kept", 1, (short) 1)))
                    .all()
                    .get();

            // When
            kafka.kill();
            assertThatThrownBy(() -> topics(kafka)).isInstanceOf(ExecutionException.class);
            kafka.start();

            // Then
            assertThat(topics(kafka)).contains("kept");
        }
    }

    @Test
    void saysWhereToLookWhenItDoesNotStart() throws Exception {
        // Given
        Files.createFile(folder.resolve("data"));
        try (KafkaProcess kafka = new KafkaProcess(folder)) {
            // When
            assertThatThrownBy(kafka::start)
                    // Then
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("Kafka did not start; see " + folder.resolve("kafka.log"));
        }
    }

    private static Iterable<String> topics(KafkaProcess kafka) throws Exception {
        try (Admin admin = Admin.create(Map.of(
                "bootstrap.servers",
                kafka.bootstrapServers(),
                "default.api.timeout.ms",
                2_000,
                "request.timeout.ms",
                2_000))) {
            return admin.listTopics().names().get();
        }
    }
}
