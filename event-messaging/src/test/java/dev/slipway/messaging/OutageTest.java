package dev.slipway.messaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.slipway.devstack.testing.BreakableInfrastructure;
import dev.slipway.devstack.testing.Infrastructure;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OutageTest {

    private static final Duration SOON = Duration.ofSeconds(60);
    private static BreakableInfrastructure infrastructure;

    private final String subject = "app-%s/production".formatted(UUID.randomUUID());
    private TestService service;

    @BeforeAll
    static void startInfrastructure() {
        infrastructure = Infrastructure.start();
    }

    @AfterAll
    static void stopInfrastructure() {
        infrastructure.close();
    }

    @BeforeEach
    void start() throws Exception {
        var addresses = infrastructure.infrastructure();
        service = TestService.start(addresses.freshDatabase(), addresses.kafka());
    }

    @AfterEach
    void stop() {
        service.close();
    }

    @Test
    void whileKafkaIsAwayEventsStayInTheOutboxAndGoOutInOrderAfterwards() {
        // Given
        service.publish(subject, "a", "b");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(service.count("outbox")).isZero());
        infrastructure.kafka().stop();
        service.publish(subject, "c", "d");
        service.publish(subject, "e");
        assertThat(service.count("outbox")).isEqualTo(3);

        // When
        infrastructure.kafka().start();

        // Then
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(new LinkedHashSet<>(service.relayed(subject)))
                        .containsExactly("a", "b", "c", "d", "e"));
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(service.count("outbox")).isZero());
    }

    @Test
    void aReplicaThatStartsWhileKafkaIsAwayRelaysWhenItComesBack() {
        // Given
        service.relay.stop();
        infrastructure.kafka().stop();
        try (var replica = service.replica()) {
            replica.publish(subject, "a", "b", "c");

            // When
            infrastructure.kafka().start();

            // Then
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(new LinkedHashSet<>(service.relayed(subject)))
                            .containsExactly("a", "b", "c"));
        }
    }

    @Test
    void whileTheDatabaseIsAwayEventsWaitInKafkaAndAreHandledInOrderAfterwards() {
        // Given
        service.consume();
        service.send(subject, "a");
        await().atMost(SOON).untilAsserted(() -> assertThat(service.effects()).containsExactly("a"));
        infrastructure.postgres().kill();
        service.send(subject, "b");
        service.send(subject, "c");

        // When
        infrastructure.postgres().start();

        // Then
        await().atMost(SOON)
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(service.effects()).containsExactly("a", "b", "c"));
        assertThat(service.reasons(subject)).isEmpty();
    }

    @Test
    void aConsumerOutlivesKafka() {
        // Given
        service.consume();
        service.send(subject, "a");
        await().atMost(SOON).untilAsserted(() -> assertThat(service.effects()).containsExactly("a"));

        // When
        infrastructure.kafka().stop();
        infrastructure.kafka().start();
        service.send(subject, "b");

        // Then
        await().atMost(SOON).untilAsserted(() -> assertThat(service.effects()).containsExactly("a", "b"));
    }
}
