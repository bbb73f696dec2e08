package dev.slipway.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.slipway.system.WebhookTopic.Published;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

@DisplayName("kill -9 of the gateway, of Kafka and of PostgreSQL in the middle of the load")
class GatewayKillTest {

    private static final int ROUNDS = 3;

    /** Between two kills: enough for deliveries to be on their way everywhere. */
    private static final int SOME = 100;

    private static final Duration RECOVERY = Duration.ofSeconds(60);

    private static GatewaySystem system;

    @BeforeAll
    static void start() {
        system = GatewaySystem.start("kill", 1, Map.of());
    }

    @AfterAll
    static void stop() {
        system.close();
    }

    @Test
    void allThatWasAcknowledgedIsPublishedUnderOneIdAndHasItsEffectOnce(TestReporter reporter) throws Exception {
        // Given
        try (var load = system.load(200)) {

            // When
            for (var round = 0; round < ROUNDS; round++) {
                load.awaitAcknowledged(SOME);
                var gateway = system.replicas().getFirst();
                gateway.kill();
                gateway.restart();

                load.awaitAcknowledged(SOME);
                system.kafka().kill();
                load.awaitAcknowledged(SOME);
                system.kafka().start();

                load.awaitAcknowledged(SOME);
                system.postgres().kill();
                load.awaitRequests(SOME);
                system.postgres().start();
            }
            load.awaitAcknowledged(SOME);
            load.finish();

            // Then
            reporter.publishEntry(system.assertExactlyOnce(load));
            assertThat(load.answers()).containsKeys("200", "400", "503");
        }
    }

    @Test
    void whatKafkaTookJustBeforeACrashIsPublishedAgainUnderItsIdAndHasNoSecondEffect() throws Exception {
        // Given
        system.kafka().kill();
        var eventIds = Stream.generate(system::deliver).limit(10).toList();
        try (var connection = system.database().connect();
                var statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            // So that what Kafka takes cannot be noted.
            statement.execute("SELECT FROM webhook.unpublished FOR UPDATE");
            system.kafka().start();
            await("Kafka to have the first")
                    .atMost(RECOVERY)
                    .until(() -> !published(eventIds).isEmpty());

            // When
            system.postgres().kill();
        }
        system.postgres().start();

        // Then
        await("Kafka to have all, and the first again")
                .atMost(RECOVERY)
                .until(() -> published(eventIds).size() > eventIds.size());
        assertThat(published(eventIds).stream().map(Published::id).distinct()).hasSize(eventIds.size());
        var last = system.deliver();
        await("the effect of what comes after")
                .atMost(RECOVERY)
                .until(() -> system.effects().contains(last));
        assertThat(system.effects()).filteredOn(eventIds::contains).containsExactlyInAnyOrderElementsOf(eventIds);
    }

    private static List<Published> published(List<String> eventIds) {
        return system.published().stream()
                .filter(record -> eventIds.contains(record.eventId()))
                .toList();
    }
}
