package dev.slipway.messaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.slipway.event.ReportEvent.CustomReport;
import dev.slipway.event.Subject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.postgres.PostgresPlugin;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PublishingTest {

    private static final Duration SOON = Duration.ofSeconds(20);

    private final String subject = "app-%s/production".formatted(UUID.randomUUID());
    private TestService service;

    @BeforeEach
    void start() throws Exception {
        service = TestService.start();
    }

    @AfterEach
    void stop() {
        service.close();
    }

    @Test
    void eventsOfAKeyReachKafkaInTheOrderInWhichTheyWerePublished() {
        // Given
        var ids = ids(0, 90);

        // When
        for (var i = 0; i < ids.size(); i += 30) {
            service.publish(subject, ids.subList(i, i + 30).toArray(String[]::new));
        }

        // Then
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(service.relayed(subject)).isEqualTo(ids));
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(service.count("outbox")).isZero());
    }

    @Test
    void anEventIsACloudEventInBinaryMode() {
        // Given
        var trace = new TraceParent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        var event = OutgoingEvent.of(
                Subject.parse("solacore/production-" + UUID.randomUUID()),
                new CustomReport("LoadTestDone", Optional.empty(), Map.of("requests", 12)),
                service.clock.instant(),
                trace);

        // When
        service.jdbi.useTransaction(handle -> service.outbox.publish(handle, event));

        // Then
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(service.records("slipway.releases", event.subject()))
                        .singleElement()
                        .satisfies(record -> {
                            var headers = new HashMap<String, String>();
                            record.headers()
                                    .forEach(header -> headers.put(
                                            header.key(), new String(header.value(), StandardCharsets.UTF_8)));
                            assertThat(headers)
                                    .containsExactlyInAnyOrderEntriesOf(Map.of(
                                            "ce_specversion",
                                            "1.0",
                                            "ce_id",
                                            event.id(),
                                            "ce_source",
                                            "/" + service.name,
                                            "ce_type",
                                            "dev.slipway.LoadTestDone.v1",
                                            "ce_subject",
                                            event.subject(),
                                            "ce_time",
                                            "2026-03-14T09:26:53.589Z",
                                            "ce_traceparent",
                                            trace.value(),
                                            "content-type",
                                            "application/json"));
                            assertThat(record.value()).asString().isEqualTo("{\"requests\":12}");
                        }));
    }

    @Test
    void aTransactionThatIsRolledBackPublishesNothing() {
        // Given
        assertThatThrownBy(() -> service.jdbi.useTransaction(handle -> {
                    service.outbox.publish(handle, service.event(subject, "rolled back"));
                    throw new IllegalStateException("No");
                }))
                .hasMessage("No");

        // When
        service.publish(subject, "kept");

        // Then
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(service.relayed(subject)).containsExactly("kept"));
    }

    @Test
    void nothingToPublishIsNoRow() {
        // When
        service.publish(subject);

        // Then
        assertThat(service.count("outbox")).isZero();
    }

    @Test
    void noMoreRowsAreReadAtOnceThanFitIntoMemory() {
        // Given
        var large = Map.<String, Object>of("log", "x".repeat(1024 * 1024));
        var events = IntStream.range(0, 12)
                .mapToObj(i -> OutgoingEvent.of(
                        Subject.parse(subject),
                        new CustomReport("LoadTestDone", Optional.empty(), large),
                        service.clock.instant(),
                        TraceParent.start()))
                .toList();

        // When
        service.jdbi.useTransaction(handle -> service.outbox.publish(handle, events));

        // Then
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(
                                service.meters.timer("slipway.outbox.relay").count())
                        .as("reads of 12 MiB")
                        .isGreaterThanOrEqualTo(3));
        assertThat(service.relayed(subject))
                .isEqualTo(events.stream().map(OutgoingEvent::id).toList());
    }

    @Test
    void whatACrashLeftIsSwept() {
        // Given
        var crashed = new OutboxRelay(service.jdbi, service.producer, null, null, service.meters);

        // When
        service.jdbi.useTransaction(
                handle -> new Outbox(service.producer, crashed).publish(handle, service.event(subject, "left")));

        // Then
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(service.relayed(subject)).containsExactly("left"));
    }

    @Test
    void whateverHappensTheRelayGoesOnWhenItIsOver() {
        // Given: not an exception, as when a class cannot be loaded
        service.relay.stop();
        var attempts = new AtomicInteger();
        var database = Jdbi.create(() -> {
            if (attempts.incrementAndGet() == 1) {
                throw new LinkageError("A class is not what it was");
            }
            return service.pool.getConnection();
        });
        var relay = new OutboxRelay(
                database.installPlugin(new PostgresPlugin()),
                service.producer,
                new Topics(service.config),
                service.config,
                service.meters);
        service.publish(subject, "a");

        // When
        relay.start();

        // Then
        try {
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(service.relayed(subject)).containsExactly("a"));
        } finally {
            relay.stop();
        }
    }

    @Test
    void anEventThatIsCommittedAfterLaterOnesIsPublishedAllTheSame() {
        // Given
        try (var late = service.jdbi.open()) {
            late.begin();
            service.outbox.publish(late, service.event(subject, "first"));
            service.publish(subject, "second");
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(service.relayed(subject)).containsExactly("second"));

            // When
            late.commit();
        }

        // Then
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(service.relayed(subject)).containsExactly("second", "first"));
    }

    @Test
    void anEventIsNotOvertakenByItsSuccessorHoweverManyOthersWereCommittedBeforeIt() throws Exception {
        // Given
        withoutSweeps();
        var other = "app-%s/production".formatted(UUID.randomUUID());
        try (var late = service.jdbi.open()) {
            late.begin();
            service.outbox.publish(late, service.event(subject, "first"));
            for (var id : List.of("a", "b", "c")) {
                service.publish(other, id);
                await().atMost(SOON)
                        .untilAsserted(() -> assertThat(service.relayed(other)).contains(id));
            }

            // When
            late.commit();
            service.publish(subject, "second");
        }

        // Then
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(service.relayed(subject)).containsExactly("first", "second"));
    }

    @Test
    void anEventIsNotOvertakenByItsSuccessorIfItsTransactionBeganAfterOneThatIsCommittedBeforeIt() throws Exception {
        // Given
        withoutSweeps();
        var other = "app-%s/production".formatted(UUID.randomUUID());
        try (var older = service.jdbi.open();
                var late = service.jdbi.open()) {
            older.begin();
            older.createQuery("SELECT pg_current_xact_id()::text")
                    .mapTo(String.class)
                    .one();
            late.begin();
            service.outbox.publish(late, service.event(subject, "first"));
            service.outbox.publish(older, service.event(other, "a"));
            older.commit();
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(service.relayed(other)).containsExactly("a"));
            service.publish(other, "b");
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(service.relayed(other)).containsExactly("a", "b"));

            // When
            late.commit();
            service.publish(subject, "second");
        }

        // Then
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(service.relayed(subject)).containsExactly("first", "second"));
    }

    /** A sweep begins anew, and finds what was passed by. */
    private void withoutSweeps() throws Exception {
        service.close();
        service = TestService.startWithoutSweeps();
    }

    @Test
    void moreEventsThanAreReadAtOnceAreNotOvertakenEither() throws Exception {
        // Given: more of them than one reading takes, and all before what is relayed already
        withoutSweeps();
        var ids = ids(0, 90);
        var other = "app-%s/production".formatted(UUID.randomUUID());
        try (var late = service.jdbi.open()) {
            late.begin();
            ids.forEach(id -> service.outbox.publish(late, service.event(subject, id)));
            for (var id : List.of("a", "b")) {
                service.publish(other, id);
                await().atMost(SOON)
                        .untilAsserted(() -> assertThat(service.relayed(other)).contains(id));
            }

            // When
            late.commit();
            service.publish(subject, "last");
        }

        // Then
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(service.relayed(subject))
                        .isEqualTo(
                                Stream.concat(ids.stream(), Stream.of("last")).toList()));
    }

    @Test
    void oneReplicaRelaysAndAnotherTakesOverWhenItsConnectionIsLost() {
        // Given
        try (var replica = service.replica()) {
            var before = ids(0, 60);
            for (var i = 0; i < before.size(); i += 2) {
                service.publish(subject, before.get(i));
                replica.publish(subject, before.get(i + 1));
            }
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(service.relayed(subject)).isEqualTo(before));
            assertThat(leaders()).hasSize(1);
            var leader = leaders().getFirst();

            // When
            service.jdbi.useHandle(handle -> handle.execute("SELECT pg_terminate_backend(?)", leader));
            var after = ids(60, 90);
            after.forEach(id -> service.publish(subject, id));

            // Then
            var all = ids(0, 90);
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(new LinkedHashSet<>(service.relayed(subject)))
                            .containsExactlyElementsOf(all));
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(leaders()).singleElement().isNotEqualTo(leader));
        }
    }

    @Test
    void aReplicaThatStopsLetsAnotherTakeOver() {
        // Given
        try (var replica = service.replica()) {
            service.relay.stop();

            // When
            replica.publish(subject, "a", "b");

            // Then
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(service.relayed(subject)).containsExactly("a", "b"));
        }
    }

    @Test
    void aStoppedRelayGivesItsConnectionBackAsItWas() {
        // Given
        service.publish(subject, "a");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(service.count("outbox")).isZero());

        // When
        service.relay.stop();

        // Then
        assertThat(leaders()).isEmpty();
        assertThat(service.pool.getMetrics().activeCount()).isZero();
        for (var i = 0; i < 5; i++) {
            assertThat(service.jdbi.<String, RuntimeException>withHandle(
                            handle -> handle.createQuery("SHOW synchronous_commit")
                                    .mapTo(String.class)
                                    .one()))
                    .isEqualTo("on");
        }
    }

    @Test
    void aWebhookOfTheGreatestSizeFits() {
        // Given
        var payload = "\"".repeat(1024 * 1024);
        var event = new OutgoingEvent(
                "large",
                subject,
                service.clock.instant(),
                TraceParent.start(),
                new CustomReport("Large", Optional.empty(), Map.of("payload", payload)));

        // When
        service.jdbi.useTransaction(handle -> service.outbox.publish(handle, event));

        // Then
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(service.relayed(subject)).containsExactly("large"));
    }

    @Test
    void aRecordThatKafkaWillNeverTakeIsParkedAndTheOthersGoOn() {
        // Given
        var tooLarge = tooLarge();

        // When
        service.jdbi.useTransaction(handle -> service.outbox.publish(
                handle, List.of(service.event(subject, "before"), tooLarge, service.event(subject, "after"))));

        // Then
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(service.relayed(subject)).containsExactly("before", "after"));
        assertThat(service.jdbi.<String, RuntimeException>withHandle(
                        handle -> handle.createQuery("SELECT parked FROM outbox")
                                .mapTo(String.class)
                                .one()))
                .contains("larger than");
    }

    @Test
    void recordsMayBeSentWithoutTheOutbox() throws Exception {
        // Given
        var records = List.of(
                service.producer.record(service.event(subject, "a")),
                service.producer.record(service.event(subject, "b")));

        // When
        service.producer.sendAll(records);

        // Then
        assertThat(service.relayed(subject)).containsExactly("a", "b");
    }

    @Test
    void whatFollowsARecordThatIsRefusedIsNotSentBeforeIt() {
        // Given
        var records = List.of(
                service.producer.record(service.event(subject, "a")),
                service.producer.record(tooLarge()),
                service.producer.record(service.event(subject, "b")));

        // When
        assertThatThrownBy(() -> service.producer.sendAll(records))
                // Then
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(RecordTooLargeException.class);
        assertThat(service.relayed(subject)).containsExactly("a");
    }

    private OutgoingEvent tooLarge() {
        return new OutgoingEvent(
                "too large",
                subject,
                service.clock.instant(),
                TraceParent.start(),
                new CustomReport("Large", Optional.empty(), Map.of("payload", "x".repeat(5 * 1024 * 1024))));
    }

    private List<Integer> leaders() {
        return service.jdbi.withHandle(
                handle -> handle.createQuery("""
                        SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = database
                        WHERE locktype = 'advisory' AND datname = current_database()
                        """).mapTo(Integer.class).list());
    }

    private static List<String> ids(int from, int to) {
        return new ArrayList<>(
                IntStream.range(from, to).mapToObj("event-%03d"::formatted).toList());
    }
}
