package dev.slipway.benchmark.reads;

import dev.slipway.event.Subject;
import dev.slipway.release.engine.Input;
import dev.slipway.release.engine.Release;
import dev.slipway.release.insight.Outcome;
import dev.slipway.release.plan.Operations;
import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.format.PlanFile;
import dev.slipway.release.plan.format.PlanFormat;
import dev.slipway.release.plan.format.PlanReader;
import dev.slipway.release.plan.format.PlanReader.Reading;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * Makes up releases, and stores them as release-service would have: their states, journals, outcomes and timers, and the
 * plans that they keep.
 *
 * <p>One a minute was asked for, the last one just now; of 200 applications in three environments, a few of which release
 * most. In each environment one release is under way, in some of them two more wait for their turn. All others have ended.
 */
final class Past {

    private static final int APPLICATIONS = 200;
    private static final List<String> ENVIRONMENTS = List.of("staging", "production", "demo");
    private static final int CHUNK = 500;

    private final String jdbcUrl;
    private final Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    private final List<Plan> plans;

    /** @param jdbcUrl a database that release-service has migrated */
    Past(String jdbcUrl) {
        this.jdbcUrl = jdbcUrl;
        this.plans = IntStream.range(0, APPLICATIONS)
                .boxed()
                .flatMap(application ->
                        ENVIRONMENTS.stream().map(environment -> plan(new Subject("app-" + application, environment))))
                .toList();
    }

    /** Stores as many releases as are missing to a number. */
    void upTo(int count) throws SQLException {
        var there = count();
        if (there == 0) {
            storePlans();
            store(going());
            there = count();
        }
        var first = there;
        IntStream.iterate(first, i -> i < count, i -> i + CHUNK)
                .parallel()
                .forEach(from -> store(IntStream.range(from, Math.min(count, from + CHUNK))
                        .mapToObj(i -> ended(i, now.minus(Duration.ofMinutes(count - i))))
                        .toList()));
    }

    private int count() throws SQLException {
        try (var connection = DriverManager.getConnection(jdbcUrl);
                var statement = connection.createStatement();
                var rows = statement.executeQuery("SELECT count(*) FROM release.release")) {
            rows.next();
            return rows.getInt(1);
        }
    }

    private List<Life> going() {
        var random = new SplittableRandom(0);
        var lives = new ArrayList<Life>();
        for (var plan : plans) {
            var asked = now.minus(Duration.ofHours(1)).minusMillis(random.nextInt(3_600_000));
            lives.add(life(plan, Fate.GOES_ON, asked, "2.0", random));
            if (random.nextInt(10) == 0) {
                lives.add(life(plan, Fate.QUEUES, asked.plusSeconds(60), "2.1", random));
                lives.add(life(plan, Fate.QUEUES, asked.plusSeconds(90), "2.2", random));
            }
        }
        return lives;
    }

    private Life ended(int index, Instant requestedAt) {
        var random = new SplittableRandom(index);
        // The cube makes a few of many.
        var share = random.nextDouble();
        var application = (int) (APPLICATIONS * share * share * share);
        var plan = plans.get(application * ENVIRONMENTS.size() + environment(random));
        return life(plan, Fate.ofOneThatEnds(random), requestedAt, "1." + index / 10, random);
    }

    private static int environment(RandomGenerator random) {
        var share = random.nextInt(10);
        return share < 6 ? 0 : share < 9 ? 1 : 2;
    }

    private static Life life(Plan plan, Fate fate, Instant requestedAt, String version, RandomGenerator random) {
        var id = new UUID(
                requestedAt.toEpochMilli() << 16 | 0x7000 | random.nextInt(0x1000),
                random.nextLong() & 0x3FFF_FFFF_FFFF_FFFFL | 0x8000_0000_0000_0000L);
        return Life.of(plan, fate, id, version, requestedAt, random);
    }

    // ---- as rows ----

    private void store(List<Life> lives) {
        var releases = new Rows(
                "release",
                "id",
                "application",
                "environment",
                "version",
                "state",
                "revision",
                "progress",
                "requested_at",
                "committed_at",
                "started_at",
                "ended_at");
        var journal = new Rows(
                "journal",
                "release_id",
                "seq",
                "at",
                "actor",
                "origin",
                "event_source",
                "event_id",
                "trace",
                "input",
                "changes");
        var outcomes = new Rows(
                "outcome",
                "release_id",
                "application",
                "environment",
                "state",
                "committed_at",
                "requested_at",
                "failed_at",
                "ended_at");
        var timers = new Rows("timer", "release_id", "name", "due_at", "trace");
        for (var life : lives) {
            var release = life.release();
            releases.add(
                    release.id(),
                    release.subject().application(),
                    release.subject().environment(),
                    release.version(),
                    release.state(),
                    release.revision(),
                    Rows.json(release, Release.class),
                    release.requestedAt(),
                    life.committedAt(),
                    release.startedAt(),
                    release.endedAt());
            for (var entry : life.entries()) {
                var cause = entry.cause();
                journal.add(
                        entry.releaseId(),
                        entry.seq(),
                        entry.at(),
                        cause.actor(),
                        cause.origin(),
                        cause.eventSource(),
                        cause.eventId(),
                        cause.trace().value(),
                        Rows.json(entry.input(), Input.class),
                        Rows.json(entry.changes(), List.class));
            }
            life.timers()
                    .forEach((name, at) ->
                            timers.add(release.id(), name, at, life.trace().value()));
            if (release.state().ended()) {
                outcomes.add(
                        release.id(),
                        release.subject().application(),
                        release.subject().environment(),
                        release.state(),
                        life.committedAt(),
                        release.requestedAt(),
                        Outcome.of(release, life.plan()).failedAt(),
                        release.endedAt());
            }
        }
        try (var connection = DriverManager.getConnection(jdbcUrl)) {
            connection.setAutoCommit(false);
            for (var rows : List.of(releases, journal, outcomes, timers)) {
                rows.copy(connection);
            }
            connection.commit();
        } catch (SQLException | IOException e) {
            throw new IllegalStateException("The releases cannot be stored", e);
        }
    }

    private void storePlans() throws SQLException {
        try (var connection = DriverManager.getConnection(jdbcUrl);
                var statement = connection.prepareStatement("""
                        INSERT INTO release.plan (application, environment, version, yaml, format, stored_at, stored_by)
                        VALUES (?, ?, 1, ?, ?, now(), 'benchmark')
                        """)) {
            for (var plan : plans) {
                statement.setString(1, plan.subject().application());
                statement.setString(2, plan.subject().environment());
                statement.setString(3, yaml(plan.subject()));
                statement.setInt(4, PlanFormat.PRESENT.number());
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }

    // ---- plans ----

    private static Plan plan(Subject subject) {
        return switch (PlanReader.read(PlanFile.of(yaml(subject)), new AnyOperation())) {
            case Reading.Valid valid -> valid.plan();
            case Reading.Invalid invalid ->
                throw new IllegalStateException(invalid.errors().toString());
        };
    }

    private static String yaml(Subject subject) {
        try (var plan = Objects.requireNonNull(Past.class.getResourceAsStream("plan.yaml"))) {
            return "application: %s\nenvironment: %s\n%s"
                    .formatted(
                            subject.application(),
                            subject.environment(),
                            new String(plan.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** No operation is carried out. */
    private static final class AnyOperation implements Operations {

        @Override
        public Set<String> kinds() {
            return Set.of("http");
        }

        @Override
        public List<String> problems(String kind, Map<String, Object> with) {
            return List.of();
        }
    }
}
