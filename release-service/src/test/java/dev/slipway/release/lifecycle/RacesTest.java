package dev.slipway.release.lifecycle;

import static dev.slipway.release.lifecycle.CrashesTest.CLOCK;
import static dev.slipway.release.lifecycle.CrashesTest.EVENTS;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.function.Function.identity;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.event.Event;
import dev.slipway.event.ReleaseEvent.AbortRequested;
import dev.slipway.event.ReleaseEvent.Priority;
import dev.slipway.event.ReportEvent.CustomReport;
import dev.slipway.event.Subject;
import dev.slipway.messaging.OutgoingEvent;
import dev.slipway.messaging.TraceParent;
import dev.slipway.messaging.TryAgainException;
import dev.slipway.release.lifecycle.WriterProcess.Crash;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two replicas, each of which takes an environment for its own, on a real PostgreSQL: what they write together is what
 * one of them would have written alone.
 */
class RacesTest {

    private static final int ROUNDS = 20;
    private static final int REPORTS = 2 * ROUNDS;
    private static final int LARGEST_BATCH = 4;

    /** How often a batch may be handed in. */
    private static final int TRIES = 1_000;

    private static final UUID RELEASE = new UUID(1, 0);

    /** Each report ends a step, and begins another with an operation. */
    private static final String PLAN = "phases: [ { name: all, steps: [ %s ] } ]"
            .formatted(IntStream.range(0, REPORTS)
                    .mapToObj(
                            "{ name: r%1$d, needs: [], await: { event: Done } }, { name: d%1$d, needs: [r%1$d], run: deploy }"
                                    ::formatted)
                    .collect(joining(", ")));

    /** The environment, both its writers, and what they are handed in all. */
    private record Shared(
            Database database, WriterProcess one, WriterProcess other, List<ConsumerRecord<byte[], byte[]>> log)
            implements AutoCloseable {

        /** A release is under way. */
        static Shared begun() throws SQLException {
            var database = new Database(Map.of(Happenings.SUBJECT, PLAN));
            var shared = new Shared(
                    database,
                    new WriterProcess(database, EVENTS, CLOCK),
                    new WriterProcess(database, EVENTS, CLOCK),
                    new ArrayList<>());
            var request = request(RELEASE, Happenings.SUBJECT);
            shared.log.add(request);
            take(shared.one, List.of(request));
            return shared;
        }

        ConsumerRecord<byte[], byte[]> report() {
            var report = record(Happenings.SUBJECT, new CustomReport("Done", Optional.of(RELEASE), Map.of()));
            log.add(report);
            return report;
        }

        /** That it is what one writes who takes the same alone, one by one, in the order in which the journal has it. */
        void assertWrittenAsByOne() throws SQLException {
            CrashesTest.assertReplays(database);
            var byName = log.stream().collect(toMap(RacesTest::name, identity()));
            var order =
                    database.rows("SELECT event_id FROM journal WHERE input ->> 'input' <> 'TurnCame' ORDER BY seq");
            assertThat(order).containsExactlyInAnyOrderElementsOf(byName.keySet());
            try (var undisturbed = new Database(Map.of(Happenings.SUBJECT, PLAN))) {
                var alone = new WriterProcess(undisturbed, EVENTS, CLOCK);
                order.forEach(name -> take(alone, List.of(byName.get(name))));
                CrashesTest.assertTheSameIsWritten(database, undisturbed);
            }
            assertThat(database.rows(CrashesTest.GIVEN_UP)).isEmpty();
        }

        @Override
        public void close() throws SQLException {
            database.close();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void ofTwoThatReadTheSameStateOneWinsAndWhatTheOtherHadIsHandledAfterwards(boolean givenBack) throws Exception {
        try (var shared = Shared.begun()) {
            for (var round = 0; round < ROUNDS; round++) {
                // Given
                var ones = List.of(shared.report());
                var others = List.of(shared.report());
                meetBeforeTheyWrite(shared.one, shared.other);

                // When
                var lost = together(() -> loses(shared.one, ones), () -> loses(shared.other, others));

                // Then
                assertThat(lost).containsExactlyInAnyOrder(true, false);
                var hasOneLost = lost.getFirst();
                take(hasOneLost != givenBack ? shared.one : shared.other, hasOneLost ? ones : others);
            }
            assertThat(shared.database.rows("SELECT count(*) FROM operation")).containsExactly(String.valueOf(REPORTS));
            shared.assertWrittenAsByOne();
        }
    }

    @RepeatedTest(10)
    void whateverReachesOneOfThemOrBothInAnyBatchesHasItsEffectOnce(RepetitionInfo repetition) throws Exception {
        try (var shared = Shared.begun()) {
            // Given
            var random = new Random(repetition.getCurrentRepetition());
            var ones = new ArrayList<ConsumerRecord<byte[], byte[]>>();
            var others = new ArrayList<ConsumerRecord<byte[], byte[]>>();
            for (var number = 0; number < REPORTS; number++) {
                var report = shared.report();
                var whose = random.nextInt(3);
                if (whose != 0) {
                    ones.add(report);
                }
                if (whose != 1) {
                    others.add(report);
                }
            }
            var onesBatches = batches(ones, random);
            var othersBatches = batches(others, random);

            // When
            together(() -> takeAll(shared.one, onesBatches), () -> takeAll(shared.other, othersBatches));

            // Then
            shared.assertWrittenAsByOne();
        }
    }

    /** @param cancels whether both also abort what has an operation that is to be done */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void ofTwoReleasesThatAreAskedForAtOnceOneBeginsAndTheOtherWaits(boolean cancels) throws Exception {
        var places = IntStream.range(0, ROUNDS)
                .mapToObj(round -> new Subject("shop-" + round, "production"))
                .toList();
        var plans = places.stream()
                .flatMap(place -> Stream.of(place, elsewhere(place, "one"), elsewhere(place, "other")))
                .collect(toMap(identity(), place -> PLAN));
        try (var database = new Database(plans)) {
            var one = new WriterProcess(database, EVENTS, CLOCK);
            var other = new WriterProcess(database, EVENTS, CLOCK);
            for (var place : places) {
                // Given
                var ones = new ArrayList<>(List.of(request(UUID.randomUUID(), place)));
                var others = new ArrayList<>(List.of(request(UUID.randomUUID(), place)));
                if (cancels) {
                    ones.add(abortOfWork(one, elsewhere(place, "one")));
                    others.add(abortOfWork(other, elsewhere(place, "other")));
                }
                meetBeforeTheyWrite(one, other);

                // When
                var lost = together(() -> loses(one, ones), () -> loses(other, others));

                // Then
                assertThat(lost).containsExactlyInAnyOrder(true, false);
                var hasOneLost = lost.getFirst();
                take(hasOneLost ? one : other, hasOneLost ? ones : others);
                assertThat(database.rows(
                                "SELECT state FROM release WHERE application = '%s' AND environment = 'production' ORDER BY state"
                                        .formatted(place.application())))
                        .containsExactly("QUEUED", "RUNNING");
            }
            assertThat(database.rows(CrashesTest.GIVEN_UP)).isEmpty();
            CrashesTest.assertReplays(database);
        }
    }

    // ---- what happens ----

    private static ConsumerRecord<byte[], byte[]> request(UUID id, Subject subject) {
        return record(subject, Happenings.request(id, Priority.NORMAL));
    }

    private static Subject elsewhere(Subject place, String whose) {
        return new Subject(place.application(), whose);
    }

    /** Begins a release, to where an operation is to be done; the request to abort it, and so to cancel that. */
    private static ConsumerRecord<byte[], byte[]> abortOfWork(WriterProcess writer, Subject subject) {
        var id = UUID.randomUUID();
        var done = record(subject, new CustomReport("Done", Optional.of(id), Map.of()));
        take(writer, List.of(request(id, subject), done));
        return record(subject, new AbortRequested(id, "ada", Optional.empty()));
    }

    private static ConsumerRecord<byte[], byte[]> record(Subject subject, Event event) {
        return EVENTS.record(OutgoingEvent.of(subject, event, CLOCK.instant(), TraceParent.start()), 0);
    }

    private static String name(ConsumerRecord<byte[], byte[]> record) {
        return new String(record.headers().lastHeader("ce_id").value(), UTF_8);
    }

    private static List<List<ConsumerRecord<byte[], byte[]>>> batches(
            List<ConsumerRecord<byte[], byte[]>> records, Random random) {
        var batches = new ArrayList<List<ConsumerRecord<byte[], byte[]>>>();
        for (var next = 0; next < records.size(); next += batches.getLast().size()) {
            var end = next + 1 + random.nextInt(LARGEST_BATCH);
            batches.add(records.subList(next, Math.min(end, records.size())));
        }
        return batches;
    }

    // ---- who takes it ----

    /** Takes a batch; whether a race was lost: then it must be handed in again. */
    private static boolean loses(WriterProcess writer, List<ConsumerRecord<byte[], byte[]>> batch) {
        try {
            writer.take(batch, Crash.NONE);
            return false;
        } catch (TryAgainException e) {
            return true;
        }
    }

    private static void take(WriterProcess writer, List<ConsumerRecord<byte[], byte[]>> batch) {
        assertThat(IntStream.range(0, TRIES).anyMatch(attempt -> !loses(writer, batch)))
                .as("Whether the batch is taken at last")
                .isTrue();
    }

    private static boolean takeAll(WriterProcess writer, List<List<ConsumerRecord<byte[], byte[]>>> batches) {
        batches.forEach(batch -> take(writer, batch));
        return true;
    }

    private static List<Boolean> together(Callable<Boolean> one, Callable<Boolean> other) throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var both = threads.invokeAll(List.of(one, other));
            return List.of(both.getFirst().get(), both.getLast().get());
        }
    }

    /** Neither writes before both have read. */
    private static void meetBeforeTheyWrite(WriterProcess one, WriterProcess other) {
        var bothHaveRead = new CyclicBarrier(2);
        one.beforeWriting(() -> await(bothHaveRead));
        other.beforeWriting(() -> await(bothHaveRead));
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await(30, TimeUnit.SECONDS);
        } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
            throw new IllegalStateException("The other one did not come to write", e);
        }
    }
}
