package dev.slipway.release.status;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toMap;

import dev.slipway.http.Conditions;
import dev.slipway.release.engine.ReleaseState;
import dev.slipway.release.journal.Journal;
import dev.slipway.release.lifecycle.ReleaseStore;
import dev.slipway.release.status.ReleaseStatus.AcceptedCall;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.transaction.TransactionIsolationLevel;

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

    /**
     * A release in a list.
     *
     * @param revision grows with each change
     */
    public record Summary(
            UUID id,
            String application,
            String environment,
            String version,
            ReleaseState state,
            long revision,
            Instant requestedAt,
            Optional<Instant> endedAt) {

        Cursor cursor() {
            return new Cursor(requestedAt, id);
        }
    }

    /**
     * Which releases to list.
     *
     * @param from only those that were asked for then or later
     * @param to only those that were asked for before
     */
    public record Filter(
            Optional<String> application,
            Optional<String> environment,
            Optional<ReleaseState> state,
            Optional<String> version,
            Optional<Instant> from,
            Optional<Instant> to) {}

    /** Whether there is such a release. */
    boolean exists(UUID id) {
        return jdbi.withHandle(handle -> handle.createQuery("SELECT EXISTS (SELECT 1 FROM release WHERE id = :id)")
                .bind("id", id)
                .mapTo(Boolean.class)
                .one());
    }

    /** Names what {@link #status} would say: as long as it is the same, that is the same. Much cheaper to ask for. */
    public Optional<String> tag(UUID id) {
        return jdbi.withHandle(handle ->
                handle.createQuery("""
                        SELECT concat_ws('-', revision,
                            (SELECT md5(string_agg(event_id, ',' ORDER BY event_id))
                             FROM accepted WHERE release_id = release.id),
                            (SELECT id FROM release active
                             WHERE release.state = 'QUEUED'
                               AND active.application = release.application
                               AND active.environment = release.environment
                               AND active.state IN ('RUNNING', 'PAUSED', 'ROLLING_BACK')))
                        FROM release WHERE id = :id
                        """).bind("id", id).mapTo(String.class).findOne());
    }

    /** The status of a release. */
    public Optional<ReleaseStatus> status(UUID id) {
        // One snapshot for state, evidence and accepted calls, or they might not agree.
        return jdbi.inTransaction(TransactionIsolationLevel.REPEATABLE_READ, handle -> status(handle, id));
    }

    private Optional<ReleaseStatus> status(Handle handle, UUID id) {
        return releases.find(handle, id)
                .map(release -> ReleaseStatus.of(
                        release,
                        committedAt(handle, id),
                        journal.changes(handle, id),
                        accepted(handle, id),
                        release.state() == ReleaseState.QUEUED
                                ? releases.active(handle, release.subject())
                                : Optional.empty()));
    }

    private static Optional<Instant> committedAt(Handle handle, UUID id) {
        return handle.createQuery("SELECT committed_at FROM release WHERE id = :id AND committed_at IS NOT NULL")
                .bind("id", id)
                .mapTo(OffsetDateTime.class)
                .findOne()
                .map(OffsetDateTime::toInstant);
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
    List<Summary> list(Filter filter, Optional<Cursor> after, int atMost) {
        var conditions = Cursor.beyond(
                "<",
                after,
                new Conditions()
                        .and("application = :application", "application", filter.application())
                        .and("environment = :environment", "environment", filter.environment())
                        .and("state = :state", "state", filter.state().map(ReleaseState::name))
                        .and("version = :version", "version", filter.version())
                        .and("requested_at >= :from", "from", filter.from())
                        .and("requested_at < :to", "to", filter.to()));
        // The limit is no parameter, or the database would have to guess it when it chooses the index.
        return jdbi.withHandle(handle -> conditions
                .bind(handle.createQuery("""
                        SELECT id, application, environment, version, state, revision, requested_at, ended_at
                        FROM release WHERE %s ORDER BY requested_at DESC, id DESC LIMIT %d
                        """.formatted(conditions, atMost)))
                .map((row, context) -> new Summary(
                        row.getObject("id", UUID.class),
                        row.getString("application"),
                        row.getString("environment"),
                        row.getString("version"),
                        ReleaseState.valueOf(row.getString("state")),
                        row.getLong("revision"),
                        row.getObject("requested_at", OffsetDateTime.class).toInstant(),
                        Optional.ofNullable(row.getObject("ended_at", OffsetDateTime.class))
                                .map(OffsetDateTime::toInstant)))
                .list());
    }

    /**
     * How far a release is.
     *
     * @param ended whether nothing more happens to it
     */
    record Mark(UUID id, long revision, boolean ended) {}

    /** How far releases are, by their ids. */
    Map<UUID, Mark> marks(Collection<UUID> ids) {
        return jdbi.withHandle(handle -> handle.createQuery(
                        "SELECT id, revision, state FROM release WHERE id = ANY (:ids)")
                .bindArray("ids", UUID.class, ids.toArray())
                .map((row, context) -> new Mark(
                        row.getObject("id", UUID.class),
                        row.getLong("revision"),
                        ReleaseState.valueOf(row.getString("state")).ended()))
                .collect(toMap(Mark::id, identity())));
    }
}
