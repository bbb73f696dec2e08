package dev.slipway.webhook.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.slipway.webhook.delivery.DeliveryWriter.Outcome;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

class DeliveryWriterTest {

    private final DataSource database = Gateway.freshDatabase();
    private final String subject = "shop/" + UUID.randomUUID();

    @Test
    void ofConcurrentCopiesOnTwoReplicasOneIsStored() {
        // Given
        try (var one = new Gateway(database, Map.of("writers", "4", "batch-size", "3")).start();
                var other = new Gateway(database, Map.of("writers", "4", "batch-size", "3")).start()) {

            // When
            var outcomes = IntStream.range(0, 400)
                    .mapToObj(
                            i -> (i % 2 == 0 ? one : other).writer.write(Gateway.received(subject, "event-" + i % 20)))
                    .toList()
                    .stream()
                    .map(CompletableFuture::join)
                    .toList();

            // Then
            assertThat(outcomes).filteredOn(Outcome.STORED::equals).hasSize(20);
            assertThat(outcomes).filteredOn(Outcome.DUPLICATE::equals).hasSize(380);
        }
    }

    @Test
    void refusesAtOnceWhatDoesNotFitIntoItsQueue() {
        // Given
        try (var gateway = new Gateway(database, Map.of("writers", "1", "waiting", "1"))) {
            var waiting = gateway.writer.write(Gateway.received(subject, "first"));

            // When
            var refused = gateway.writer.write(Gateway.received(subject, "second"));

            // Then
            assertThat(waiting).isNotDone();
            assertThat(refused)
                    .failsWithin(Duration.ZERO)
                    .withThrowableThat()
                    .withCauseInstanceOf(StorageUnavailableException.class);
        }
    }

    @Test
    void repeatsOfAnEventWaitForTheSameWriterAndOthersForTheOther() {
        // Given: for each of the two writers one may wait
        try (var gateway = new Gateway(database, Map.of("writers", "2", "waiting", "2"))) {
            var first = gateway.writer.write(Gateway.received(subject, "event"));

            // When
            var repeat = gateway.writer.write(Gateway.received(subject, "event"));

            // Then
            assertThat(first).isNotDone();
            assertThat(repeat).isCompletedExceptionally();
            assertThat(IntStream.range(0, 20)
                            .mapToObj(i -> gateway.writer.write(Gateway.received(subject, "other-" + i))))
                    .filteredOn(other -> !other.isDone())
                    .hasSize(1);
        }
    }

    @Test
    void whatNobodyWaitsForAnyMoreIsNotHeldUntilItsTurn() {
        // Given
        try (var gateway = new Gateway(database, Map.of("writers", "1", "waiting", "1"))) {
            gateway.writer.write(Gateway.received(subject, "given-up")).orTimeout(1, TimeUnit.MILLISECONDS);

            // When
            await().until(() ->
                    !gateway.writer.write(Gateway.received(subject, "next")).isCompletedExceptionally());

            // Then
            assertThat(gateway.writer.write(Gateway.received(subject, "one-more")))
                    .isCompletedExceptionally();
        }
    }

    @Test
    void refusesWhatWaitsWhenItStops() {
        // Given
        var gateway = new Gateway(database, Map.of());
        var waiting = IntStream.range(0, 20)
                .mapToObj(i -> gateway.writer.write(Gateway.received(subject, "event-" + i)))
                .toList();

        // When
        gateway.close();

        // Then
        assertThat(waiting)
                .allSatisfy(it -> assertThat(it)
                        .failsWithin(Duration.ZERO)
                        .withThrowableThat()
                        .withCauseInstanceOf(StorageUnavailableException.class));
        assertThat(gateway.writer.write(Gateway.received(subject, "second"))).failsWithin(Duration.ZERO);
    }

    @Test
    void doesNotStoreWhatNobodyWaitsForAnyMore() {
        // Given
        try (var gateway = new Gateway(database, Map.of())) {
            gateway.writer.write(Gateway.received(subject, "given-up")).cancel(false);
            var next = gateway.writer.write(Gateway.received(subject, "next"));

            // When
            gateway.start();

            // Then
            assertThat(next).succeedsWithin(Duration.ofSeconds(10));
            assertThat(gateway.eventIds()).containsExactly("next");
        }
    }
}
