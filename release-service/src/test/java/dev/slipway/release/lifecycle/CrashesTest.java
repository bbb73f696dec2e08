package dev.slipway.release.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.devstack.testing.Infrastructure;
import dev.slipway.event.Event;
import dev.slipway.event.ReleaseEvent.AbortRequested;
import dev.slipway.event.ReleaseEvent.Priority;
import dev.slipway.event.ReleaseEvent.RollbackRequested;
import dev.slipway.event.Subject;
import dev.slipway.messaging.HandedIn;
import dev.slipway.messaging.OutgoingEvent;
import dev.slipway.messaging.TraceParent;
import dev.slipway.release.engine.Moves;
import dev.slipway.release.engine.Moves.Move;
import dev.slipway.release.lifecycle.WriterProcess.Crash;
import dev.slipway.release.lifecycle.WriterProcess.Killed;
import dev.slipway.release.lifecycle.WriterProcess.Kind;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.statistics.Statistics;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * The writer of releases on a real PostgreSQL, with any plans, events, batches, and crashes: what it writes is what the
 * same events lead to one at a time without any crash.
 */
class CrashesTest {

    static final Clock CLOCK = Clock.fixed(Instant.parse("2026-03-01T12:00:00Z"), ZoneOffset.UTC);
    static final HandedIn EVENTS = new HandedIn(Infrastructure.shared().kafka());

    /** Where the parts of a train may be released; there is no plan for others. */
    private static final List<Subject> PARTS = IntStream.range(0, 50)
            .mapToObj(part -> new Subject("part-" + part, "production"))
            .toList();

    /** What they do. */
    private static final String CHILD = """
            phases: [ { name: p0, steps: [ { name: s0, run: deploy } ] } ]
            rollback: { steps: [ { name: s0, run: revert } ] }
            """;

    private static final int LARGEST_BATCH = 30;

    /** As many as a batch has, more or less. */
    private static final int STATEMENTS = 9;

    /** All that the writer writes, without the ids that it makes up for what it publishes. */
    private static final Map<String, String> TABLES = tables();

    /** Dead letters of events that are about a release. */
    static final String GIVEN_UP = """
            SELECT headers FROM outbox WHERE topic LIKE '%.dlq'
            AND headers NOT LIKE '%There is no release%' AND headers NOT LIKE '%names no release%'
            """;

    private static Map<String, String> tables() {
        var tables = new LinkedHashMap<String, String>();
        tables.put("states", "SELECT to_jsonb(release) FROM release ORDER BY id");
        tables.put("journal", "SELECT to_jsonb(journal) FROM journal ORDER BY release_id, seq");
        tables.put("timers", "SELECT to_jsonb(timer) FROM timer ORDER BY release_id, name");
        tables.put("operations", "SELECT to_jsonb(operation) FROM operation ORDER BY key");
        tables.put("outcomes", "SELECT to_jsonb(outcome) FROM outcome ORDER BY release_id");
        tables.put("inbox", "SELECT to_jsonb(inbox) FROM inbox ORDER BY source, event_id");
        var sent = "SELECT topic, record_key, headers::jsonb - 'ce_id', convert_from(value, 'UTF8') FROM outbox ";
        var own = "topic LIKE '%.dlq' OR headers LIKE '%.OperationCompleted.%'";
        tables.put("events", "SELECT to_jsonb(sent) FROM (%s WHERE NOT (%s) ORDER BY id) AS sent".formatted(sent, own));
        // A batch cancels its operations together, before it tells the rest.
        tables.put(
                "others", "SELECT to_jsonb(sent) FROM (%s WHERE %s ORDER BY 1, 2, 3, 4) AS sent".formatted(sent, own));
        return tables;
    }

    @Provide
    Arbitrary<String> plans() {
        var queue = Arbitraries.of("queue", "supersede", "refuse");
        return Combinators.combine(Moves.yaml(), queue)
                .as((yaml, whenTaken) -> "%squeue: { when-taken: %s }\n".formatted(yaml, whenTaken));
    }

    @Provide
    Arbitrary<List<Move>> moves() {
        return Moves.moves();
    }

    @Property(tries = 25, shrinking = ShrinkingMode.OFF)
    void whateverIsCutOffAndHandedInAgainLeadsToWhatItLeadsToWithoutThat(
            @ForAll("plans") String plan, @ForAll("moves") List<Move> moves, @ForAll long seed) throws SQLException {
        var plans = plans(plan);
        try (var undisturbed = new Database(plans);
                var disturbed = new Database(plans)) {
            // Given
            var log = new Happenings(undisturbed, EVENTS, CLOCK).of(moves);

            // When
            handIn(log, disturbed, new Random(seed));

            // Then
            assertTheSameIsWritten(disturbed, undisturbed);
            assertReplays(disturbed);
            assertThat(disturbed.rows(GIVEN_UP)).as("What could not be handled").isEmpty();
        }
    }

    @Example
    void noWayBackBeginsBesideAReleaseThatBeganAtTheSameTime() throws SQLException {
        try (var database = new Database(Map.of(Happenings.SUBJECT, CHILD))) {
            // Given: in one batch the first begins and ends, and the second begins
            var writer = new WriterProcess(database, EVENTS, CLOCK);
            var first = new UUID(1, 1);
            var second = new UUID(1, 2);
            writer.take(
                    records(
                            Happenings.request(first, Priority.NORMAL),
                            Happenings.request(second, Priority.NORMAL),
                            new AbortRequested(first, "ada", Optional.empty())),
                    Crash.NONE);

            // When
            writer.take(records(new RollbackRequested(first, "ada", Optional.empty())), Crash.NONE);

            // Then
            assertThat(database.rows("SELECT state FROM release ORDER BY id")).containsExactly("ABORTED", "RUNNING");
            assertThat(database.rows("SELECT changes FROM journal ORDER BY release_id, seq"))
                    .anyMatch(changes -> changes.contains("ada asked for the way back, but the release " + second));
            assertThat(database.rows(GIVEN_UP)).isEmpty();
        }
    }

    private static List<ConsumerRecord<byte[], byte[]>> records(Event... events) {
        return Stream.of(events)
                .map(event -> EVENTS.record(
                        OutgoingEvent.of(Happenings.SUBJECT, event, CLOCK.instant(), TraceParent.start()), 0))
                .toList();
    }

    /** A plan, and those of the parts that it may have. */
    private static Map<Subject, String> plans(String plan) {
        var plans = new HashMap<>(Map.of(Happenings.SUBJECT, plan));
        PARTS.forEach(part -> plans.put(part, CHILD));
        return plans;
    }

    /** Hands records in as Kafka does: from the last offset that was committed, in batches of any size. */
    private static void handIn(List<ConsumerRecord<byte[], byte[]>> log, Database database, Random random) {
        var crashes = Statistics.label("crashes");
        var process = new WriterProcess(database, EVENTS, CLOCK);
        var committed = 0;
        var next = 0;
        while (next < log.size()) {
            var batch = log.subList(next, Math.min(log.size(), next + 1 + random.nextInt(LARGEST_BATCH)));
            var crash = new Crash(Kind.values()[random.nextInt(Kind.values().length)], random.nextInt(STATEMENTS));
            try {
                if (process.take(batch, crash)) {
                    crashes.collect(crash.kind());
                } else {
                    next += batch.size();
                    committed = random.nextBoolean() ? next : committed;
                }
            } catch (Killed e) {
                crashes.collect(crash.kind());
                process = new WriterProcess(database, EVENTS, CLOCK);
                next = committed;
            }
        }
        crashes.coverage(all -> EnumSet.complementOf(EnumSet.of(Kind.NOT))
                .forEach(kind -> all.check(kind).count(count -> count > 0)));
    }

    static void assertTheSameIsWritten(Database database, Database expected) {
        for (var table : TABLES.entrySet()) {
            assertThat(database.rows(table.getValue()))
                    .as(table.getKey())
                    .containsExactlyElementsOf(expected.rows(table.getValue()));
        }
    }

    static void assertReplays(Database database) {
        var verification = new WriterProcess(database, EVENTS, CLOCK).verification();
        for (var id : database.rows("SELECT id FROM release")) {
            assertThat(verification.of(UUID.fromString(id)).orElseThrow().differences())
                    .as("What does not replay of %s", id)
                    .isEmpty();
        }
    }
}
