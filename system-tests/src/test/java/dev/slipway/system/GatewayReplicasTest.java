package dev.slipway.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.slipway.system.WebhookTopic.Published;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

@DisplayName("Two replicas of the gateway behind a balancer")
class GatewayReplicasTest {

    private static final Duration PUBLISHED = Duration.ofSeconds(30);

    private static GatewaySystem system;

    @BeforeAll
    static void start() {
        system = GatewaySystem.start("replicas", 2, Map.of());
    }

    @AfterAll
    static void stop() {
        system.close();
    }

    @Test
    void sixtyFourConcurrentCopiesAreAllAcknowledgedAndAreOneDeliveryAndOneEvent() throws Exception {
        // Given
        var eventId = StripeSender.newEventId();

        // When
        var statuses = IntStream.range(0, 64).mapToObj(copy -> send(copy, eventId)).toList().stream()
                .map(CompletableFuture::join)
                .map(HttpResponse::statusCode)
                .toList();

        // Then
        assertThat(statuses).hasSize(64).containsOnly(200);
        assertThat(system.stored()).filteredOn(eventId::equals).hasSize(1);
        awaitPublished(eventId);
        assertThat(system.published())
                .extracting(Published::eventId)
                .filteredOn(eventId::equals)
                .hasSize(1);
    }

    @Test
    void eventsArePublishedInTheOrderInWhichTheyWereAcknowledgedWhicheverReplicaTookThem() {
        // Given
        var eventIds = Stream.generate(StripeSender::newEventId).limit(60).toList();

        // When
        var statuses = new ArrayList<Integer>();
        for (var i = 0; i < eventIds.size(); i++) {
            statuses.add(send(i, eventIds.get(i)).join().statusCode());
        }

        // Then
        assertThat(statuses).containsOnly(200);
        awaitPublished(eventIds.toArray(String[]::new));
        assertThat(system.published())
                .extracting(Published::eventId)
                .filteredOn(eventIds::contains)
                .containsExactlyElementsOf(eventIds);
    }

    @Test
    void whenEitherIsKilledUnderLoadTheOtherTakesOverAndNothingIsLost(TestReporter reporter) throws Exception {
        // Given
        try (var load = system.load(200)) {

            // When
            for (var replica : system.replicas()) {
                load.awaitAcknowledged(200);
                replica.kill();
                var lastOfBoth = load.acknowledged().toArray(String[]::new);
                load.awaitAcknowledged(100);
                awaitPublished(lastOfBoth);
                replica.restart();
                replica.awaitReady();
            }
            load.finish();

            // Then
            reporter.publishEntry(system.assertExactlyOnce(load));
        }
    }

    private static CompletableFuture<HttpResponse<String>> send(int number, String eventId) {
        var replica = system.replicas().get(number % system.replicas().size());
        var request = StripeSender.request(replica.uri(), StripeSender.body(eventId, 100), GatewaySystem.STRIPE_SECRET);
        return StripeSender.HTTP.sendAsync(request, BodyHandlers.ofString());
    }

    private static void awaitPublished(String... eventIds) {
        await("Kafka to have the events")
                .atMost(PUBLISHED)
                .until(() -> system.published().stream()
                        .map(Published::eventId)
                        .toList()
                        .containsAll(List.of(eventIds)));
    }
}
