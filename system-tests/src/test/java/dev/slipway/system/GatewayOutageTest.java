package dev.slipway.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

@DisplayName("The gateway under load while Kafka is away or PostgreSQL hangs")
class GatewayOutageTest {

    private static final int MEGABYTE = 1_000_000;

    private static GatewaySystem system;

    @BeforeAll
    static void start() {
        system = GatewaySystem.start(
                "outage",
                1,
                Map.of(
                        "SLIPWAY_WEBHOOK_INGEST_ACKNOWLEDGE_WITHIN",
                        "1s",
                        // So little that part of what waits for Kafka has to be read from PostgreSQL again.
                        "SLIPWAY_WEBHOOK_DELIVERY_PUBLISHING",
                        "256K"));
    }

    @AfterAll
    static void stop() {
        system.close();
    }

    @Test
    void withoutKafkaAllIsAcknowledgedAndPublishedInOrderWhenItIsBack(TestReporter reporter) throws Exception {
        // Given
        try (var load = system.load(300)) {
            load.awaitAcknowledged(100);

            // When
            system.kafka().kill();
            load.awaitAcknowledged(1_000);
            system.kafka().start();
            load.awaitAcknowledged(100);
            load.finish();

            // Then
            reporter.publishEntry(system.assertExactlyOnce(load));
            assertThat(load.answers()).containsOnlyKeys("200", "400");
        }
    }

    @Test
    void whilePostgreSqlHangsSendersAreAskedToComeAgainAndWhatTheySendIsNotHeld() throws Exception {
        // Given
        var gateway = system.replicas().getFirst();
        var before = gateway.liveHeap();
        system.postgres().pause();

        // When
        List<HttpResponse<String>> answers;
        try {
            answers = sendMegabytes(48, 8);
        } finally {
            system.postgres().resume();
        }

        // Then
        assertThat(answers).hasSize(48 * 8).allSatisfy(answer -> {
            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.headers().firstValue("Retry-After")).isPresent();
        });
        assertThat(send(request(100)).statusCode()).isEqualTo(200);
        var last = system.deliver();
        await("the effect of what comes after").until(() -> system.effects().contains(last));
        await("what it held to be let go of")
                .untilAsserted(() -> assertThat(gateway.liveHeap() - before).isLessThan(32 * MEGABYTE));
    }

    /** Sends the same large event over some connections, so many times over each; returns all answers. */
    private static List<HttpResponse<String>> sendMegabytes(int connections, int times) throws Exception {
        var request = request(MEGABYTE);
        Callable<List<HttpResponse<String>>> sender =
                () -> Stream.generate(() -> send(request)).limit(times).toList();
        try (var senders = Executors.newVirtualThreadPerTaskExecutor()) {
            var all = new ArrayList<HttpResponse<String>>();
            for (var answers : senders.invokeAll(Collections.nCopies(connections, sender))) {
                all.addAll(answers.get());
            }
            return all;
        }
    }

    private static HttpRequest request(int size) {
        return StripeSender.request(
                system.replicas().getFirst().uri(),
                StripeSender.body(StripeSender.newEventId(), size),
                GatewaySystem.STRIPE_SECRET);
    }

    private static HttpResponse<String> send(HttpRequest request) {
        try {
            return StripeSender.HTTP.send(request, BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
