package dev.slipway.messaging;

import static dev.slipway.messaging.TestService.attributes;
import static dev.slipway.messaging.TestService.header;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.slipway.event.ReportEvent.MigrationDone;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ConsumingTest {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final String SUBJECT = "solacore/production";

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
    void eventsOfAKeyAreHandledInOrder() {
        // Given
        service.publish(subject, "a", "b", "c");

        // When
        service.consume();

        // Then
        awaitEffects("a", "b", "c");
        assertThat(service.counted("handled")).isEqualTo(3);
    }

    @Test
    void theHandlerSeesTheEventAsItWasPublished() {
        // Given
        var seen = new CopyOnWriteArrayList<ReceivedEvent>();
        var event = service.event(subject, "a");
        service.consume((handle, received) -> seen.add(received));

        // When
        service.jdbi.useTransaction(handle -> service.outbox.publish(handle, event));

        // Then
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(seen)
                        .containsExactly(new ReceivedEvent(
                                event.id(), "/" + service.name, subject, event.time(), event.trace(), event.event())));
    }

    @Test
    void anEventWithoutTimeAndTraceGetsThem() {
        // Given
        var seen = new CopyOnWriteArrayList<ReceivedEvent>();
        service.consume((handle, received) -> seen.add(received));

        // When
        service.send("slipway.releases", subject, attributes(subject, "a", "ce_traceparent", "nonsense"), "{}");

        // Then
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(seen).singleElement().satisfies(event -> {
                    assertThat(event.time()).isEqualTo(service.clock.instant());
                    assertThat(event.trace()).isNotNull();
                }));
    }

    @Test
    void howLongItTookUntilAnEventWasDurableIsCounted() {
        // Given
        var lag = service.meters.timer("slipway.events.lag");
        var event = service.event(subject, "a");
        service.clock.forward(Duration.ofSeconds(3));
        service.consume((handle, received) -> assertThat(lag.count()).isZero());

        // When
        service.jdbi.useTransaction(handle -> service.outbox.publish(handle, event));

        // Then
        await().atMost(SOON).untilAsserted(() -> assertThat(lag.count()).isEqualTo(1));
        assertThat(lag.totalTime(TimeUnit.SECONDS)).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource({"0001-01-01T00:00:00Z, 86400", "9999-12-31T23:59:59Z, 0"})
    void anEventOfAnyTimeHasItsEffectOnce(String time, int seconds) {
        // Given
        service.consume();

        // When
        service.send("slipway.releases", subject, attributes(subject, "a", "ce_time", time), "{}");

        // Then
        awaitEffects("a");
        var lag = service.meters.timer("slipway.events.lag");
        await().atMost(SOON).untilAsserted(() -> assertThat(lag.count()).isEqualTo(1));
        assertThat(lag.totalTime(TimeUnit.SECONDS)).isEqualTo(seconds);
        assertThat(service.counted("repeated")).isZero();
    }

    @Test
    void structuredModeIsReadToo() {
        // Given
        var json = """
                {"specversion": "1.0", "id": "a", "source": "/ci", "type": "dev.slipway.MigrationDone.v1",
                 "subject": "%s", "datacontenttype": "application/json", "data": {"revision": "e7a1c3"}}
                """.formatted(subject);
        var seen = new CopyOnWriteArrayList<ReceivedEvent>();
        service.consume((handle, received) -> seen.add(received));

        // When
        service.send(
                "slipway.releases",
                subject,
                Map.of("content-type", "application/cloudevents+json; charset=UTF-8"),
                json);

        // Then
        awaitEffects("a");
        assertThat(seen)
                .singleElement()
                .extracting(ReceivedEvent::event)
                .isEqualTo(new MigrationDone(Optional.empty(), Map.of("revision", "e7a1c3")));
    }

    @Test
    void aRepeatWithinABatchHasNoEffect() {
        // Given
        service.send(subject, "a");
        service.send(subject, "a");
        service.send(subject, "b");

        // When
        service.consume();

        // Then
        awaitEffects("a", "b");
        assertThat(service.counted("repeated")).isEqualTo(1);
    }

    @Test
    void aRepeatThatComesLaterHasNoEffect() {
        // Given
        service.consume();
        service.send(subject, "a");
        awaitEffects("a");

        // When
        service.send(subject, "a");
        service.send(subject, "b");

        // Then
        awaitEffects("a", "b");
        assertThat(service.counted("repeated")).isEqualTo(1);
    }

    @Test
    void theSameIdOfAnotherSourceIsAnotherEvent() {
        // Given
        service.consume();
        service.send(subject, "a");

        // When
        service.send("slipway.releases", subject, attributes(subject, "a", "ce_source", "/somebody-else"), "{}");

        // Then
        awaitEffects("a", "a");
    }

    @Test
    void aCrashBetweenTheTransactionAndTheCommitOfTheOffsetHasNoSecondEffect() throws Exception {
        // Given
        var one = "one of " + subject;
        var two = "two of " + subject;
        service.send(subject, one);
        var consumer = service.consume();
        awaitEffects(one);
        consumer.close();
        // Before what all other tests sent, too.
        service.beginAt(OffsetSpec.earliest());

        // When
        service.consume();
        service.send(subject, two);

        // Then
        await().atMost(SOON).untilAsserted(() -> assertThat(effectsOf(subject)).containsExactly(one, two));
    }

    @Test
    void aConsumerThatIsClosedHasCommittedWhatItHandled() throws Exception {
        // Given
        service.send(subject, "a");
        var consumer = service.consume();
        awaitEffects("a");

        // When
        consumer.close();

        // Then
        assertThat(service.lag()).isZero();
    }

    @Test
    void aConsumerThatHasNothingMoreToDoCommitsWhatItHandled() {
        // Given
        service.consume();

        // When
        service.send(subject, "last");

        // Then
        awaitEffects("last");
        await().atMost(SOON).untilAsserted(() -> assertThat(service.lag()).isZero());
    }

    @Test
    void theReplicasOfAServiceShareTheWork() {
        // Given
        try (var replica = service.replica()) {
            service.consume();
            replica.consume();

            // When
            for (var i = 0; i < 20; i++) {
                service.send(subject + i, "event-" + i);
            }

            // Then
            await().atMost(SOON)
                    .untilAsserted(
                            () -> assertThat(service.effects()).hasSize(20).doesNotHaveDuplicates());
        }
    }

    @Test
    void whatTheHandlerPublishesIsPublishedOnce() {
        // Given
        var first = new AtomicInteger();
        service.consume((handle, event) -> {
            if (event.id().equals("cause")) {
                service.outbox.publish(handle, service.event(subject, "result"));
            }
            if (first.getAndIncrement() == 0) {
                throw new TryAgainException("Not yet");
            }
        });

        // When
        service.send(subject, "cause");

        // Then
        awaitEffects("cause", "result");
        assertThat(service.relayed(subject)).containsExactly("cause", "result");
    }

    @Test
    void anEventThatCannotBeHandledBecomesADeadLetterOnceAndTheOthersHaveTheirEffect() {
        // Given
        List.of("a", "bad", "b", "bad", "c").forEach(id -> service.send(subject, id));

        // When
        service.consume((handle, event) -> {
            if (event.id().equals("bad")) {
                throw new IllegalStateException("There is no such step");
            }
        });

        // Then
        awaitEffects("a", "b", "c");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(service.deadLetters("slipway.releases", subject))
                        .singleElement()
                        .satisfies(letter -> {
                            assertThat(header(letter, DeadLetters.REASON))
                                    .isEqualTo("java.lang.IllegalStateException: There is no such step");
                            assertThat(header(letter, DeadLetters.SERVICE)).isEqualTo(service.name);
                            assertThat(header(letter, DeadLetters.ORIGIN)).matches("slipway\\.releases/\\d/\\d+");
                            assertThat(header(letter, "ce_id")).isEqualTo("bad");
                            assertThat(letter.value()).asString().isEqualTo("{}");
                        }));
        assertThat(service.counted("dead")).isEqualTo(1);
    }

    @Test
    void whatAFailedEventWroteIsNotKept() {
        // Given
        service.consume((handle, event) -> {
            handle.execute("INSERT INTO effect (subject, event_id) VALUES ('x', 'half')");
            if (event.id().equals("bad")) {
                throw new IllegalStateException("Too late");
            }
        });

        // When
        service.send(subject, "bad");
        service.send(subject, "good");

        // Then
        awaitEffects("half", "good");
    }

    @Test
    void aDeadLetterKeepsItsHeadersAndItsValueAsTheyCame() {
        // Given
        var binary = new byte[] {0, (byte) 0xff, (byte) 0x80, 'x'};
        var record = new ProducerRecord<>("slipway.releases", subject.getBytes(UTF_8), new byte[] {1, 0});
        record.headers().add("binary", binary).add("nothing", null).add("text", "grüß".getBytes(UTF_8));
        attributes(subject, "bad").forEach((name, value) -> record.headers().add(name, value.getBytes(UTF_8)));
        service.consume();

        // When
        service.send(record);

        // Then
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(service.deadLetters("slipway.releases", subject))
                        .singleElement()
                        .satisfies(letter -> {
                            assertThat(letter.headers().lastHeader("binary").value())
                                    .isEqualTo(binary);
                            assertThat(letter.headers().lastHeader("nothing").value())
                                    .isNull();
                            assertThat(header(letter, "text")).isEqualTo("grüß");
                            assertThat(letter.value()).isEqualTo(new byte[] {1, 0});
                        }));
    }

    @Test
    void aLongReasonIsShortened() {
        // Given
        service.consume((handle, event) -> {
            throw new IllegalStateException("\0" + "x".repeat(100_000));
        });

        // When
        service.send(subject, "bad");

        // Then
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(service.reasons(subject))
                        .singleElement()
                        .satisfies(reason ->
                                assertThat(reason).hasSizeBetween(900, 1_100).endsWith("…")));
    }

    static Stream<Arguments> malformed() {
        return Stream.of(
                arguments("Its data is not what its type says", SUBJECT, attributes(SUBJECT, "x"), "{"),
                arguments("is not a JSON object", SUBJECT, attributes(SUBJECT, "x"), "[]"),
                arguments(
                        "Its data is not what its type says",
                        SUBJECT,
                        attributes(SUBJECT, "x", "ce_type", "dev.slipway.StepStarted.v1"),
                        "{}"),
                arguments("It has no data", SUBJECT, attributes(SUBJECT, "x"), null),
                arguments("It is not a CloudEvent", SUBJECT, Map.of(), "{}"),
                arguments("It is not a CloudEvent", SUBJECT, attributes(SUBJECT, "x", "ce_id", null), "{}"),
                arguments("It is not a CloudEvent", SUBJECT, attributes(SUBJECT, "x", "ce_source", null), "{}"),
                arguments("It is not a CloudEvent", SUBJECT, attributes(SUBJECT, "x", "ce_type", null), "{}"),
                arguments("It is not a CloudEvent", SUBJECT, attributes(SUBJECT, "x", "ce_time", "yesterday"), "{}"),
                arguments("It is not a CloudEvent", SUBJECT, attributes(SUBJECT, "x", "ce_specversion", "7"), "{}"),
                arguments("Its subject is missing", SUBJECT, attributes(SUBJECT, "x", "ce_subject", null), "{}"),
                arguments("key is not the event's subject", SUBJECT, attributes("other/production", "x"), "{}"),
                arguments("Its id is missing", SUBJECT, attributes(SUBJECT, " "), "{}"),
                arguments("Its id is longer than 255 characters", SUBJECT, attributes(SUBJECT, "x".repeat(256)), "{}"),
                arguments("Its id has characters that CloudEvents forbids", SUBJECT, attributes(SUBJECT, "a\0b"), "{}"),
                arguments(
                        "Its id has characters that CloudEvents forbids",
                        SUBJECT,
                        Map.of("content-type", "application/cloudevents+json"),
                        """
                        {"specversion": "1.0", "id": "\\ud800", "source": "/ci", "subject": "%s",
                         "type": "dev.slipway.MigrationDone.v1", "data": {}}""".formatted(SUBJECT)),
                arguments(
                        "It is not a CloudEvent", SUBJECT, Map.of("content-type", "application/cloudevents+json"), "{"),
                arguments(
                        "HealthRecovered belongs on the topic slipway.health",
                        SUBJECT,
                        attributes(SUBJECT, "x", "ce_type", "dev.slipway.HealthRecovered.v1"),
                        """
                        {"monitor": "m", "degradedSince": "2026-03-14T09:26:53Z", "evidence": {"summary": "s"}}"""));
    }

    @ParameterizedTest
    @MethodSource("malformed")
    void aMalformedRecordBecomesADeadLetterAndWhatFollowsIsHandled(
            String reason, String key, Map<String, String> headers, String value) {
        // Given
        service.send("slipway.releases", key, headers, value);
        service.send("slipway.releases", key, attributes(key, "next"), "{}");

        // When
        service.consume();

        // Then
        awaitEffects("next");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(service.reasons(key))
                        .singleElement()
                        .asString()
                        .contains(reason));
    }

    @Test
    void aRecordWithoutAKeyOrWithAHeaderWithoutAValueIsADeadLetterToo() {
        // Given
        service.send("slipway.releases", null, attributes(subject, "no key"), "{}");
        var headers = new RecordHeaders();
        attributes(subject, "x", "ce_id", null).forEach((name, value) -> headers.add(name, value.getBytes(UTF_8)));
        headers.add("ce_id", null);
        service.send(
                new ProducerRecord<>("slipway.releases", null, subject.getBytes(UTF_8), "{}".getBytes(UTF_8), headers));
        service.send(subject, "next");

        // When
        service.consume();

        // Then
        awaitEffects("next");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(service.counted("dead")).isEqualTo(2));
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(service.reasons(subject)).hasSize(1));
    }

    static Stream<Arguments> ofNoUse() {
        return Stream.of(
                arguments("slipway.releases", "com.example.Invoice"),
                arguments("slipway.releases", "dev.slipway.MigrationDone.v2"),
                arguments("slipway.health", "dev.slipway.HealthPredicted.v1"),
                arguments("slipway.releases", "dev.slipway.BackupDone.v1"));
    }

    @ParameterizedTest
    @MethodSource("ofNoUse")
    void aTypeThatIsUnknownOrNotWantedIsSkippedAndCounted(String topic, String type) {
        // Given
        service.consume();

        // When
        service.send(topic, subject, attributes(subject, "x", "ce_type", type), "{}");
        service.send(subject, "next");

        // Then
        awaitEffects("next");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(service.counted("skipped")).isEqualTo(1));
        assertThat(service.deadLetters(topic, subject)).isEmpty();
        assertThat(service.count("inbox")).isEqualTo(1);
    }

    @Test
    void aTypeThatIsNeverWantedIsSkippedWithoutBeingRead() {
        // Given
        service.consume();

        // When
        service.send(
                "slipway.releases",
                subject,
                attributes(subject, "x", "ce_type", "dev.slipway.DeploymentDone.v1"),
                "no JSON");
        service.send(subject, "next");

        // Then
        awaitEffects("next");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(service.counted("skipped")).isEqualTo(1));
        assertThat(service.deadLetters("slipway.releases", subject)).isEmpty();
    }

    @Test
    void whatCannotBeHandledYetIsTriedAgainInOrder() {
        // Given
        var attempts = new AtomicInteger();
        List.of("a", "b", "c").forEach(id -> service.send(subject, id));

        // When
        service.consume((handle, event) -> {
            if (event.id().equals("b") && attempts.incrementAndGet() < 4) {
                throw new TryAgainException("Another writer was first");
            }
        });

        // Then
        awaitEffects("a", "b", "c");
        assertThat(attempts).hasValue(4);
        assertThat(service.reasons(subject)).isEmpty();
    }

    @Test
    void databaseErrorsThatPassAreWaitedFor() {
        // Given
        var states = List.of("08006", "25006", "40001", "53300", "57014");
        var raised = new ArrayList<String>();
        states.forEach(state -> service.send(subject, state));

        // When
        service.consume((handle, event) -> {
            if (!raised.contains(event.id())) {
                raised.add(event.id());
                raise(handle, event.id());
            }
        });

        // Then
        awaitEffects(states.toArray(String[]::new));
        assertThat(service.reasons(subject)).isEmpty();
    }

    @Test
    void databaseErrorsOfTheEventItselfMakeItADeadLetter() {
        // Given
        var states = List.of("0A000", "21000", "22012", "22P05", "23505", "42P01", "44000", "54000", "P0001");
        states.forEach(state -> service.send(subject, state));
        service.send(subject, "next");

        // When
        service.consume((handle, event) -> {
            if (states.contains(event.id())) {
                raise(handle, event.id());
            }
        });

        // Then
        awaitEffects("next");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(service.reasons(subject)).hasSameSizeAs(states));
    }

    @Test
    void theInboxForgetsWhatIsOlderThanItsRetention() {
        // Given
        service.consume();
        service.send(subject, "a");
        awaitEffects("a");

        // When
        service.clock.forward(Duration.ofDays(7).plusSeconds(1));

        // Then
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(service.count("inbox")).isZero());
    }

    @Test
    void theInboxRemembersForAsLongAsItsRetention() {
        // Given
        service.consume();
        service.send(subject, "a");
        awaitEffects("a");

        // When
        service.clock.forward(Duration.ofDays(7).minusSeconds(1));
        service.send(subject, "a");
        service.send(subject, "b");

        // Then
        awaitEffects("a", "b");
    }

    @Test
    void aConsumerOutlivesAnErrorOfKafka() {
        // Given
        var partition = new TopicPartition("slipway.releases", 0);
        var kafka = new MockConsumer<byte[], byte[]>("earliest");
        kafka.schedulePollTask(() -> {
            kafka.rebalance(List.of(partition));
            kafka.updateBeginningOffsets(Map.of(partition, 0L));
            kafka.setPollException(new KafkaException("Authorization is being changed"));
        });
        kafka.schedulePollTask(() -> {
            var headers = new RecordHeaders();
            attributes(subject, "a").forEach((name, value) -> headers.add(name, value.getBytes(UTF_8)));
            kafka.addRecord(new ConsumerRecord<>(
                    "slipway.releases",
                    0,
                    0,
                    0,
                    TimestampType.CREATE_TIME,
                    0,
                    0,
                    subject.getBytes(UTF_8),
                    "{}".getBytes(UTF_8),
                    headers,
                    Optional.empty()));
        });

        // When
        service.consume(kafka, (handle, event) -> {});

        // Then
        awaitEffects("a");
    }

    @Test
    void aConsumerOutlivesAnErrorOfItsOwnProcess() {
        // Given
        var attempts = new AtomicInteger();
        service.send(subject, "a");

        // When
        service.consume((handle, event) -> {
            if (attempts.incrementAndGet() == 1) {
                throw new OutOfMemoryError("It passes");
            }
        });

        // Then
        awaitEffects("a");
        assertThat(service.reasons(subject)).isEmpty();
    }

    private static void raise(Handle handle, String state) {
        handle.execute("DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '%s'; END $$".formatted(state));
    }

    private List<String> effectsOf(String key) {
        return service.jdbi.withHandle(
                handle -> handle.createQuery("SELECT event_id FROM effect WHERE subject = :subject ORDER BY id")
                        .bind("subject", key)
                        .mapTo(String.class)
                        .list());
    }

    private void awaitEffects(String... ids) {
        await().atMost(SOON).untilAsserted(() -> assertThat(service.effects()).containsExactly(ids));
    }
}
