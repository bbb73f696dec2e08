package dev.slipway.release.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.slipway.event.EventJson;
import dev.slipway.event.Subject;
import dev.slipway.release.plan.format.PlanFile;
import dev.slipway.release.plan.format.PlanFormat;
import dev.slipway.release.plan.format.PlanReader;
import dev.slipway.release.plan.format.PlanReader.Reading;
import jakarta.inject.Singleton;
import java.io.UncheckedIOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;

/** Plans, every version of them, for ever: a release keeps the version that it started with. */
@Singleton
public class PlanStore {

    private final Operations operations;
    private final Clock clock;
    private final Cache<Key, Plan> read =
            Caffeine.newBuilder().maximumSize(1_000).build();

    public PlanStore(Operations operations, Clock clock) {
        this.operations = operations;
        this.clock = clock;
    }

    private record Key(Subject subject, int version) {}

    /**
     * A plan as it was stored.
     *
     * @param version from 1
     * @param format how its text is to be read
     * @param fragments the texts of the stored fragments that it uses, by the name that it says
     */
    public record StoredPlan(
            Subject subject,
            int version,
            String yaml,
            PlanFormat format,
            Map<String, String> fragments,
            Instant storedAt,
            String storedBy) {

        /** What is read to get the plan. */
        PlanFile file() {
            return PlanFile.of(yaml)
                    .as(format)
                    .in(subject.environment())
                    .with(name -> Optional.ofNullable(fragments.get(name)));
        }
    }

    /**
     * Stores a valid plan as the newest version, unless it is the newest version already.
     *
     * @return the version under which it stands
     */
    StoredPlan store(Handle handle, Subject subject, String yaml, Map<String, String> fragments, String by) {
        // Two who store at once get two versions, one after the other.
        handle.execute("SELECT pg_advisory_xact_lock(hashtext('plan'), hashtext(?))", subject.toString());
        var newest = newest(handle, subject);
        if (newest.filter(it -> it.yaml().equals(yaml) && it.fragments().equals(fragments))
                .isPresent()) {
            return newest.get();
        }
        var next = new StoredPlan(
                subject,
                newest.map(StoredPlan::version).orElse(0) + 1,
                yaml,
                PlanFormat.PRESENT,
                fragments,
                clock.instant(),
                by);
        handle.execute(
                """
                INSERT INTO plan (application, environment, version, yaml, format, fragments, stored_at, stored_by)
                VALUES (?, ?, ?, ?, ?, ?::jsonb, ?, ?)
                """,
                subject.application(),
                subject.environment(),
                next.version(),
                yaml,
                next.format().number(),
                json(fragments),
                next.storedAt().atOffset(ZoneOffset.UTC),
                by);
        return next;
    }

    /** The version that new releases run. */
    public Optional<StoredPlan> newest(Handle handle, Subject subject) {
        return handle.createQuery("""
                        SELECT * FROM plan WHERE application = :application AND environment = :environment
                        ORDER BY version DESC LIMIT 1
                        """)
                .bind("application", subject.application())
                .bind("environment", subject.environment())
                .map(PlanStore::stored)
                .findOne();
    }

    /**
     * Versions, the newest first.
     *
     * @param before only versions before that one
     */
    List<StoredPlan> versions(Handle handle, Subject subject, long before, int limit) {
        return handle.createQuery("""
                        SELECT * FROM plan
                        WHERE application = :application AND environment = :environment AND version < :before
                        ORDER BY version DESC LIMIT :limit
                        """)
                .bind("application", subject.application())
                .bind("environment", subject.environment())
                .bind("before", before)
                .bind("limit", limit)
                .map(PlanStore::stored)
                .list();
    }

    /** A version. */
    Optional<StoredPlan> version(Handle handle, Subject subject, int version) {
        return handle.createQuery("""
                        SELECT * FROM plan
                        WHERE application = :application AND environment = :environment AND version = :version
                        """)
                .bind("application", subject.application())
                .bind("environment", subject.environment())
                .bind("version", version)
                .map(PlanStore::stored)
                .findOne();
    }

    /**
     * The plan that a release runs.
     *
     * @throws IllegalArgumentException if there is no such version
     */
    public Plan plan(Handle handle, Subject subject, int version) {
        var key = new Key(subject, version);
        var known = read.getIfPresent(key);
        if (known != null) {
            return known;
        }
        var stored = version(handle, subject, version)
                .orElseThrow(() ->
                        new IllegalArgumentException("There is no plan %s version %d".formatted(subject, version)));
        return switch (PlanReader.read(stored.file(), operations)) {
            case Reading.Valid valid -> {
                read.put(key, valid.plan());
                yield valid.plan();
            }
            case Reading.Invalid invalid ->
                throw new IllegalArgumentException("The stored plan %s version %d is not valid any more: %s"
                        .formatted(subject, version, invalid.errors()));
        };
    }

    /**
     * The way from a plan to itself, over its children and theirs, by the newest plan of each: its releases would wait for
     * each other.
     *
     * @return the environments on it, the plan's own first and last; nothing if there is none
     */
    Optional<List<Subject>> circle(Handle handle, Plan plan) {
        return way(handle, plan, plan.subject(), new HashSet<>());
    }

    private Optional<List<Subject>> way(Handle handle, Plan from, Subject to, Set<Subject> seen) {
        if (from.children().contains(to)) {
            return Optional.of(List.of(from.subject(), to));
        }
        return from.children().stream()
                .filter(seen::add)
                .flatMap(child -> newest(handle, child).stream())
                .map(child -> plan(handle, child.subject(), child.version()))
                .flatMap(child -> way(handle, child, to, seen).stream())
                .findFirst()
                .map(way ->
                        Stream.concat(Stream.of(from.subject()), way.stream()).toList());
    }

    private static StoredPlan stored(ResultSet row, StatementContext context) throws SQLException {
        return new StoredPlan(
                new Subject(row.getString("application"), row.getString("environment")),
                row.getInt("version"),
                row.getString("yaml"),
                PlanFormat.of(row.getInt("format")),
                texts(row.getString("fragments")),
                row.getObject("stored_at", OffsetDateTime.class).toInstant(),
                row.getString("stored_by"));
    }

    private static String json(Map<String, String> texts) {
        try {
            return EventJson.mapper().writeValueAsString(texts);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("The fragments of a plan cannot be stored", e);
        }
    }

    private static Map<String, String> texts(String json) {
        try {
            return EventJson.mapper().readValue(json, new TypeReference<>() {});
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("The fragments of a stored plan cannot be read", e);
        }
    }
}
