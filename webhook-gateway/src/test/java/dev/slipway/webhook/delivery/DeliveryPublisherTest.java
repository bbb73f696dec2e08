package dev.slipway.webhook.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.slipway.devstack.testing.Infrastructure;
import dev.slipway.webhook.WebhookTopic;
import dev.slipway.webhook.WebhookTopic.Published;
import dev.slipway.webhook.delivery.DeliveryWriter.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeliveryPublisherTest {

    private final DataSource database = Gateway.freshDatabase();
    private final String subject = "shop/" + UUID.randomUUID();
    private final WebhookTopic topic = new WebhookTopic(Infrastructure.shared().kafka());

    @AfterEach
    void close() {
        topic.close();
    }

    @Test
    void whatACrashLeftBehindIsPublishedBeforeWhatComesLater() {
        // Given
        try (var gateway = new Gateway(database, Map.of())) {
            var leftBehind = IntStream.range(0, 150)
                    .mapToObj(i -> Gateway.received(subject, "before-" + i))
                    .toList();
            leftBehind.forEach(received -> gateway.store.insert(Gateway.batch(received)));

            // When
            gateway.start();
            var later = store(gateway, 50);

            // Then
            assertThat(published(200))
                    .containsExactlyElementsOf(Stream.concat(leftBehind.stream(), later.stream())
                            .map(it -> it.delivery().id().toString())
                            .toList());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "100", "1000", "16M"})
    void howeverLittleFitsIntoMemoryAllIsPublishedOnceAndInOrder(String memory) {
        // Given
        try (var gateway = new Gateway(database, Map.of("publishing", memory)).start()) {

            // When
            var stored = store(gateway, 200);

            // Then
            assertThat(published(200))
                    .containsExactlyElementsOf(stored.stream()
                            .map(it -> it.delivery().id().toString())
                            .toList());
            await().untilAsserted(() -> assertThat(gateway.unpublished()).isZero());
        }
    }

    @Test
    void concurrentDeliveriesAreAllPublishedOnce() {
        // Given
        try (var gateway = new Gateway(database, Map.of("publishing", "2000")).start()) {

            // When
            var outcomes = IntStream.range(0, 3_000)
                    .mapToObj(i -> gateway.writer.write(Gateway.received(subject, "event-" + i)))
                    .toList()
                    .stream()
                    .map(CompletableFuture::join);

            // Then
            assertThat(outcomes).containsOnly(Outcome.STORED);
            assertThat(published(3_000)).doesNotHaveDuplicates();
        }
    }

    @Test
    void oneReplicaPublishesWhatAnotherStored() {
        // Given
        try (var one = new Gateway(database, Map.of()).start();
                var other = new Gateway(database, Map.of()).start()) {

            // When
            var stored = Stream.concat(store(one, 50).stream(), store(other, 50, "other").stream())
                    .map(it -> it.delivery().id().toString())
                    .toList();

            // Then
            assertThat(published(100)).containsExactlyInAnyOrderElementsOf(stored);
        }
    }

    @Test
    void whicheverReplicaStoresTheOrderIsThatInWhichOneAfterTheOtherWasStored() {
        // Given
        try (var one = new Gateway(database, Map.of()).start();
                var other = new Gateway(database, Map.of()).start()) {

            // When
            var stored = IntStream.range(0, 100)
                    .mapToObj(i ->
                            store(i % 3 == 0 ? other : one, 1, "event-" + i).getFirst())
                    .map(it -> it.delivery().id().toString())
                    .toList();

            // Then
            assertThat(published(100)).containsExactlyElementsOf(stored);
        }
    }

    @Test
    void anotherReplicaTakesOverFromOneThatEnds() {
        // Given
        try (var one = new Gateway(database, Map.of()).start();
                var other = new Gateway(database, Map.of()).start()) {
            store(one, 10);
            assertThat(published(10)).hasSize(10);

            // When
            one.close();
            store(other, 10, "other");

            // Then
            assertThat(published(20)).hasSize(20);
        }
    }

    private List<Received> store(Gateway gateway, int count) {
        return store(gateway, count, "event");
    }

    private List<Received> store(Gateway gateway, int count, String name) {
        var stored = IntStream.range(0, count)
                .mapToObj(i -> Gateway.received(subject, name + "-" + i))
                .toList();
        stored.forEach(received -> assertThat(gateway.writer.write(received)).succeedsWithin(Duration.ofSeconds(10)));
        return stored;
    }

    /** The CloudEvents ids that stand under our subject, once there are as many, and a moment later, none more. */
    private List<String> published(int count) {
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(topic.records(this::isOurs)).hasSizeGreaterThanOrEqualTo(count));
        return topic.records(this::isOurs).stream().map(Published::id).toList();
    }

    private boolean isOurs(Published published) {
        return published.key().equals(subject);
    }
}
