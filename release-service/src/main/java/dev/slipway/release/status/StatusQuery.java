package dev.slipway.release.status;

import dev.slipway.release.engine.ReleaseState;
import dev.slipway.release.journal.Journal;
import dev.slipway.release.lifecycle.ReleaseStore;
import dev.slipway.release.status.ReleaseStatus.AcceptedCall;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/** Reads what is shown of releases. */
@Singleton
public class StatusQuery {

    private final Jdbi jdbi;
    private final ReleaseStore releases;
    private final Journal journal;

    public StatusQuery(Jdbi jdbi, ReleaseStore releases, Journal journal) {
        this.jdbi = jdbi;
        this.releases = releases;
        this.journal = journal;
    }

    /** A release in a list. */
    public record Summary(
            UUID id,
            String application,
            String environment,
            String version,
            ReleaseState state,
            Instant requestedAt,
            Optional<Instant> endedAt) {}

    /**
     * Which releases to list, the newest first.
     *
     * @param before only those asked for before this one
     */
    public record Filter(
            Optional<String> application,
            Optional<String> environment,
            Optional<ReleaseState> state,
            Optional<UUID> before,
            int limit) {}

    /** The status of a release. */
    public Optional<ReleaseStatus> status(UUID id) {
        // One snapshot for state, evidence and accepted calls, or they might not agree.
        return jdbi.inTransaction(
                org.jdbi.v3.core.transaction.TransactionIsolationLevel.REPEATABLE_READ, handle -> status(handle, id));
    }

    private Optional<ReleaseStatus> status(Handle handle, UUID id) {
        return releases.find(handle, id)
                .map(release -> ReleaseStatus.of(
                        release,
                        journal.changes(handle, id),
                        accepted(handle, id),
                        release.state() == ReleaseState.QUEUED
                                ? releases.active(handle, release.subject())
                                : Optional.empty()));
    }

    private static List<AcceptedCall> accepted(Handle handle, UUID id) {
        return handle.createQuery("SELECT event, actor, at FROM accepted WHERE release_id = :id ORDER BY at")
                .bind("id", id)
                .map((row, context) -> new AcceptedCall(
                        row.getString("event"),
                        row.getString("actor"),
                        row.getObject("at", OffsetDateTime.class).toInstant()))
                .list();
    }

    /** Releases, the newest first. */
    public List<Summary> list(Filter filter) {
        var where = new StringBuilder("true");
        var values = new HashMap<String, Object>();
        filter.application().ifPresent(it -> and(where, values, "application = :application", "application", it));
        filter.environment().ifPresent(it -> and(where, values, "environment = :environment", "environment", it));
        filter.state().ifPresent(it -> and(where, values, "state = :state", "state", it.name()));
        filter.before().ifPresent(it -> and(where, values, "id < :before", "before", it));
        return jdbi.withHandle(handle -> handle.createQuery("""
                        SELECT id, application, environment, version, state, requested_at, ended_at
                        FROM release WHERE %s ORDER BY id DESC LIMIT :limit
                        """.formatted(where))
                .bindMap(values)
                .bind("limit", filter.limit())
                .map((row, context) -> new Summary(
                        row.getObject("id", UUID.class),
                        row.getString("application"),
                        row.getString("environment"),
                        row.getString("version"),
                        ReleaseState.valueOf(row.getString("state")),
                        row.getObject("requested_at", OffsetDateTime.class).toInstant(),
                        Optional.ofNullable(row.getObject("ended_at", OffsetDateTime.class))
                                .map(OffsetDateTime::toInstant)))
                .list());
    }

    private static void and(
            StringBuilder where, Map<String, Object> values, String condition, String name, Object value) {
        where.append(" AND ").append(condition);
        values.put(name, value);
    }

    /** The journal of a release, or nothing if there is no such release. */
    public Optional<List<Journal.Entry>> journal(UUID id, long after, int atMost) {
        return jdbi.withHandle(
                handle -> releases.find(handle, id).map(release -> journal.of(handle, id, after, atMost)));
    }

    /** The revisions of releases. */
    Map<UUID, Long> revisions(Collection<UUID> ids) {
        return jdbi.withHandle(handle -> handle.createQuery("SELECT id, revision FROM release WHERE id = ANY (:ids)")
                .bindArray("ids", UUID.class, ids.toArray())
                .reduceRows(new HashMap<UUID, Long>(), (all, row) -> {
                    all.put(row.getColumn("id", UUID.class), row.getColumn("revision", Long.class));
                    return all;
                }));
    }
}
