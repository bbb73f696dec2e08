package dev.slipway.webhook.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.slipway.devstack.testing.Infrastructure;
import dev.slipway.messaging.TraceParent;
import dev.slipway.webhook.WebhookTopic;
import dev.slipway.webhook.WebhookTopic.Published;
import dev.slipway.webhook.delivery.DeliveryWriter.Outcome;
import dev.slipway.webhook.delivery.Gateway.Read;
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

    /** Of a body that an event has. */
    private static final int LARGEST = 256 * 1024;

    /** In one read: as much as one transaction stores, and the body with which it is too much. */
    private static final long MOST_BYTES = 4 * 1024 * 1024 + LARGEST;

    private static final int MANY = 100_000;

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
    void aBacklogOfLargeBodiesIsReadInPortionsAndStaysInOrder() {
        // Given
        try (var gateway = new Gateway(database, Map.of())) {
            fill(gateway, 120, LARGEST);

            // When
            gateway.start();

            // Then
            assertThat(published(120))
                    .containsExactlyElementsOf(gateway.jdbi.withHandle(
                            handle -> handle.createQuery("SELECT id::text FROM delivery ORDER BY id")
                                    .mapTo(String.class)
                                    .list()));
            assertThat(gateway.reads).hasSizeGreaterThan(5).allMatch(read -> read.bytes() < MOST_BYTES);
            await().untilAsserted(() -> assertThat(gateway.unpublished()).isZero());
        }
    }

    @Test
    void aBacklogOfVeryManyIsWorkedOffALittleAtATime() {
        // Given
        try (var gateway = new Gateway(database, Map.of())) {
            var before = topic.size();
            fill(gateway, MANY, 20);

            // When
            gateway.start();

            // Then
            await().atMost(Duration.ofMinutes(1))
                    .untilAsserted(() -> assertThat(gateway.unpublished()).isZero());
            assertThat(gateway.reads).allMatch(read -> read.deliveries() < 600 && read.bytes() < MOST_BYTES);
            assertThat(gateway.reads.stream().mapToInt(Read::deliveries).sum()).isEqualTo(MANY);
            assertThat(topic.size() - before).isEqualTo(MANY);
        } finally {
            topic.clear();
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

    @Test
    void howeverOftenItsConnectionBreaksAllIsPublished() {
        // Given
        try (var gateway = new Gateway(database, Map.of()).start()) {

            // When
            for (var round = 0; round < 5; round++) {
                var name = "round-" + round;
                store(gateway, 3, name);
                await().untilAsserted(
                                () -> assertThat(breakItsConnection(gateway)).isOne());
                store(gateway, 3, name + "-after");
            }

            // Then
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(gateway.unpublished()).isZero());
            assertThat(published(30)).hasSizeGreaterThanOrEqualTo(30);
        }
    }

    /** Stores deliveries, in batches, as if they had come while Kafka was away. */
    private void fill(Gateway gateway, int count, int bytes) {
        gateway.jdbi.useTransaction(handle -> {
            handle.createUpdate("""
                            INSERT INTO delivery
                                (retention_days, id, source, subject, event_id, type, mode,
                                occurred_at, traceparent, scheme, headers, body)
                            SELECT 30, uuidv7(), 'stripe', :subject, 'event-' || number, 'invoice.paid', 'TEST',
                                now(), :trace, 'stripe', '', convert_to(rpad('"' || number, :bytes - 1, 'x') || '"', 'UTF8')
                            FROM generate_series(1, :count) AS number
                            """)
                    .bind("subject", subject)
                    .bind("trace", TraceParent.start().value())
                    .bind("bytes", bytes)
                    .bind("count", count)
                    .execute();
            handle.execute("""
                    INSERT INTO unpublished (batch_id, delivery_ids)
                    SELECT uuidv7(), ids FROM (
                        SELECT array_agg(id ORDER BY id) AS ids FROM (
                            SELECT id, (row_number() OVER (ORDER BY id) - 1) / 64 AS number FROM delivery
                        ) AS numbered
                        GROUP BY number ORDER BY number
                    ) AS batch
                    """);
        });
        // As autovacuum does while so many come.
        gateway.jdbi.useHandle(handle -> handle.execute("ANALYZE delivery, unpublished"));
    }

    /** Ends the connection that the publisher holds its lock with. */
    private static int breakItsConnection(Gateway gateway) {
        return gateway.jdbi.withHandle(
                handle -> handle.createQuery("""
                        SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_locks
                        WHERE locktype = 'advisory' AND granted
                            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                        """).mapTo(Integer.class).one());
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
