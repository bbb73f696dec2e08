package dev.slipway.webhook.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.slipway.devstack.testing.Infrastructure;
import dev.slipway.webhook.WebhookTopic;
import dev.slipway.webhook.WebhookTopic.Published;
import dev.slipway.webhook.forward.Endpoint;
import dev.slipway.webhook.forward.Signing;
import dev.slipway.webhook.outcome.Outcomes;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReplaysTest {

    private final DataSource database = Gateway.freshDatabase();
    private final String subject = "shop/" + UUID.randomUUID();
    private final Gateway gateway = new Gateway(database, Map.of());
    private final DeliveryLookup deliveries = new DeliveryLookup(gateway.jdbi, new Outcomes(gateway.jdbi));

    @AfterEach
    void close() {
        gateway.close();
    }

    @Test
    void aReplayIsANewDeliveryWithAllThatTheFirstOneBrought() {
        // Given
        var original = store("event").delivery();

        // When
        var copy = replay(original.id()).orElseThrow();

        // Then
        var found = deliveries.find(copy).orElseThrow();
        var delivery = found.stored().delivery();
        assertThat(delivery)
                .usingRecursiveComparison()
                .ignoringFields("id", "replayOf")
                .isEqualTo(original);
        assertThat(delivery.id()).isGreaterThan(original.id());
        assertThat(delivery.replayOf()).contains(original.id());
        assertThat(found.stored().state()).isEqualTo(DeliveryState.ACCEPTED);
        assertThat(found.headers()).isEqualTo("X-Name: event\n");
        assertThat(found.body()).isEqualTo("{\"id\":\"event\"}".getBytes(StandardCharsets.UTF_8));
        assertThat(found.replayedBy()).contains("operator");
        assertThat(deliveries.replays(original.id(), 10))
                .extracting(DeliveryLookup.Replay::id)
                .containsExactly(copy);
    }

    @Test
    void replaysAreFoundByTheirEventToo() {
        // Given
        var original = store("event").delivery();
        var copy = replay(original.id()).orElseThrow();
        var copyOfCopy = replay(copy).orElseThrow();

        // When
        var found = ids(deliveries.list(filter(Optional.empty(), Optional.of("event")), Optional.empty(), 10));

        // Then
        assertThat(found).containsExactly(copyOfCopy, copy, original.id());
    }

    @Test
    void theSenderMaySendTheEventAgainAndItIsStillKnown() {
        // Given
        var original = store("event").delivery();
        replay(original.id());

        // When
        var stored = gateway.store.insert(Gateway.batch(received("event")));

        // Then
        assertThat(stored).isEmpty();
    }

    @Test
    void whatDoesNotExistIsNotReplayed() {
        // When
        var copy = replay(UUID.randomUUID());

        // Then
        assertThat(copy).isEmpty();
        assertThat(gateway.unpublished()).isZero();
    }

    @Test
    void replaysArePublishedInTheOrderInWhichTheFirstOnesCameAndSayWhatTheyAre() {
        // Given
        var originals = Stream.concat(
                        IntStream.range(0, 150).mapToObj(i -> "a-" + i),
                        IntStream.range(0, 150).mapToObj(i -> "b-" + i))
                .map(this::store)
                .map(received -> received.delivery().id().toString())
                .toList();
        gateway.jdbi.useHandle(handle -> handle.execute("DELETE FROM unpublished"));
        gateway.start();

        // When
        var replayed = replay(filter(Optional.of("stripe"), Optional.empty()), Optional.empty(), 1_000);

        // Then
        assertThat(replayed.next()).isEmpty();
        try (var topic = new WebhookTopic(Infrastructure.shared().kafka())) {
            await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
                var published = topic.records(it -> it.key().equals(subject));
                assertThat(published)
                        .extracting(it -> it.data().path("replayOf").asText())
                        .containsExactlyElementsOf(originals);
                assertThat(published)
                        .extracting(Published::id)
                        .containsExactlyElementsOf(
                                replayed.ids().stream().map(UUID::toString).toList());
            });
        }
        await().untilAsserted(() -> assertThat(gateway.unpublished()).isZero());
    }

    @Test
    void theyWaitForThePublisherInBatchesOfTheUsualSize() {
        // Given
        IntStream.range(0, 10).forEach(i -> store("event-" + i));
        gateway.jdbi.useHandle(handle -> handle.execute("DELETE FROM unpublished"));
        var replays =
                new Replays(Map::of, Gateway.config(Map.of("batch-size", "4", "batch-bytes", "40")), config(Map.of()));

        // When
        gateway.jdbi.useTransaction(handle ->
                replays.replay(handle, filter(Optional.of("stripe"), Optional.empty()), Optional.empty(), 100, "me"));

        // Then
        var sizes = gateway.jdbi.withHandle(
                handle -> handle.createQuery("SELECT cardinality(delivery_ids) FROM unpublished ORDER BY batch_id")
                        .mapTo(Integer.class)
                        .list());
        assertThat(sizes).hasSizeGreaterThanOrEqualTo(4).allMatch(size -> size <= 3);
        assertThat(sizes.stream().mapToInt(size -> size).sum()).isEqualTo(10);
    }

    @ParameterizedTest
    @CsvSource({"3, 64M", "100, 42", "100, 1"})
    void whatIsTooMuchForOneCallIsReplayedByTheNext(int limit, String bytes) {
        // Given
        var originals = IntStream.range(0, 7)
                .mapToObj(i -> store("event-" + i).delivery().id())
                .toList();
        var replays = new Replays(Map::of, Gateway.config(Map.of()), config(Map.of("bytes", bytes)));
        var filter = filter(Optional.of("stripe"), Optional.empty());

        // When
        var calls = Stream.iterate(
                        call(replays, filter, Optional.empty(), limit),
                        call -> call.next().isPresent() || !call.ids().isEmpty(),
                        call -> call.next().isPresent()
                                ? call(replays, filter, call.next(), limit)
                                : new Replays.Replayed(List.of(), Optional.empty()))
                .toList();

        // Then
        assertThat(calls).hasSizeGreaterThan(1).allMatch(call -> call.ids().size() <= 3);
        assertThat(calls.stream().flatMap(call -> call.ids().stream()))
                .extracting(id -> deliveries
                        .find(id)
                        .orElseThrow()
                        .stored()
                        .delivery()
                        .replayOf()
                        .orElseThrow())
                .containsExactlyElementsOf(originals);
    }

    @Test
    void replaysAreNotReplayedWithTheRest() {
        // Given
        store("event");
        var filter = filter(Optional.of("stripe"), Optional.empty());
        replay(filter, Optional.empty(), 100);

        // When
        var again = replay(filter, Optional.empty(), 100);

        // Then
        assertThat(again.ids()).hasSize(1);
    }

    @Test
    void aDryRunWritesNothing() {
        // Given
        var original = store("event").delivery().id();
        store("other");

        // When
        var would = gateway.jdbi.withHandle(handle ->
                replays().wouldReplay(handle, filter(Optional.of("stripe"), Optional.empty()), Optional.empty(), 1));

        // Then
        assertThat(would).isEqualTo(new Replays.Replayed(List.of(original), Optional.of(original)));
        assertThat(deliveries.replays(original, 10)).isEmpty();
        assertThat(gateway.eventIds()).hasSize(2);
    }

    @Test
    void deliveriesOfEveryRetentionAreReplayedTogetherInTheirOrder() {
        // Given
        new DeliveryPartitions(gateway.jdbi, Clock.systemUTC()).keep(Set.of(7));
        var long1 = store("event-1").delivery().id();
        var short2 = store("event-2").delivery().id();
        gateway.jdbi.useHandle(handle -> handle.execute("UPDATE delivery SET retention_days = 7 WHERE id = ?", short2));
        var long3 = store("event-3").delivery().id();

        // When
        var would = gateway.jdbi.withHandle(handle ->
                replays().wouldReplay(handle, filter(Optional.of("stripe"), Optional.empty()), Optional.empty(), 10));

        // Then
        assertThat(would.ids()).containsExactly(long1, short2, long3);
        assertThat(replay(short2))
                .hasValueSatisfying(copy -> assertThat(deliveries
                                .find(copy)
                                .orElseThrow()
                                .stored()
                                .delivery()
                                .retentionDays())
                        .isEqualTo(7));
    }

    @Test
    void replaysAreForwardedToTheEndpointsThatTheirSourceHasNow() {
        // Given
        var original = store("event").delivery();
        var replays = new Replays(
                () -> Map.of(
                        "stripe", List.of(endpoint("all"), endpoint("invoices", "invoice.*"), endpoint("rest", "x")),
                        "github", List.of(endpoint("other"))),
                Gateway.config(Map.of()),
                config(Map.of()));

        // When
        var copy = gateway.jdbi
                .inTransaction(handle -> replays.replay(handle, original.id(), "operator"))
                .orElseThrow();

        // Then
        var forwards = gateway.jdbi.withHandle(handle -> handle.createQuery("""
                        SELECT endpoint FROM forward
                        WHERE delivery_id = :copy AND retention_days = 30 AND source = 'stripe' AND subject = :subject
                            AND state = 'PENDING' ORDER BY endpoint
                        """)
                .bind("copy", copy)
                .bind("subject", subject)
                .mapTo(String.class)
                .list());
        assertThat(forwards).containsExactly("all", "invoices");
    }

    @Test
    void notesOfReplaysGoWithTheDaysOfTheirDeliveries() {
        // Given
        var original = store("event").delivery();
        var copy = replay(original.id()).orElseThrow();
        gateway.jdbi.useHandle(handle -> handle.execute(
                "INSERT INTO replay VALUES ('01900000-0000-7000-8000-000000000000', ?, 'event', 'me')", original.id()));

        // When
        deliveries.forget();

        // Then
        assertThat(deliveries.replays(original.id(), 10))
                .extracting(DeliveryLookup.Replay::id)
                .containsExactly(copy);
    }

    private Received store(String eventId) {
        var received = received(eventId);
        gateway.store.insert(Gateway.batch(received));
        return received;
    }

    private Received received(String eventId) {
        var received = Gateway.received(subject, eventId);
        return new Received(received.delivery(), "X-Name: %s\n".formatted(eventId), received.body());
    }

    private Optional<UUID> replay(UUID id) {
        return gateway.jdbi.inTransaction(handle -> replays().replay(handle, id, "operator"));
    }

    private Replays.Replayed replay(DeliveryFilter filter, Optional<UUID> after, int limit) {
        return call(replays(), filter, after, limit);
    }

    private Replays.Replayed call(Replays replays, DeliveryFilter filter, Optional<UUID> after, int limit) {
        return gateway.jdbi.inTransaction(handle -> replays.replay(handle, filter, after, limit, "operator"));
    }

    private static Replays replays() {
        return new Replays(Map::of, Gateway.config(Map.of()), config(Map.of()));
    }

    private static Endpoint endpoint(String name, String... types) {
        return new Endpoint(
                name,
                URI.create("https://shop.example"),
                new Signing.Original(),
                List.of(),
                Endpoint.TIMEOUT,
                false,
                1,
                List.of(types));
    }

    private static ReplayConfig config(Map<String, String> settings) {
        var builder = new SmallRyeConfigBuilder().addDiscoveredConverters().withMapping(ReplayConfig.class);
        settings.forEach((name, value) -> builder.withDefaultValue("slipway.webhook.replay." + name, value));
        return builder.build().getConfigMapping(ReplayConfig.class);
    }

    private static DeliveryFilter filter(Optional<String> source, Optional<String> eventId) {
        return new DeliveryFilter(
                source,
                Optional.empty(),
                Optional.empty(),
                eventId,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    private static List<UUID> ids(List<DeliveryLookup.Stored> found) {
        return found.stream().map(stored -> stored.delivery().id()).toList();
    }
}
