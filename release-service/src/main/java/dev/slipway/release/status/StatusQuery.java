package dev.slipway.release.status;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toMap;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import dev.slipway.event.EventJson;
import dev.slipway.event.Subject;
import dev.slipway.http.Conditions;
import dev.slipway.release.engine.Advice;
import dev.slipway.release.engine.Decision.Change;
import dev.slipway.release.engine.Release;
import dev.slipway.release.engine.ReleaseState;
import dev.slipway.release.freeze.Freeze.Hold;
import dev.slipway.release.freeze.Freezes;
import dev.slipway.release.journal.Journal;
import dev.slipway.release.lifecycle.ReleaseStore;
import dev.slipway.release.plan.PlanStore;
import dev.slipway.release.status.ReleaseStatus.AcceptedCall;
import jakarta.inject.Singleton;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
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

    /** The calls of a release that were accepted and have had no effect yet, the oldest first. */
    private static final String ACCEPTED = """
            coalesce((
                SELECT json_agg(json_build_object('event', event, 'by', actor, 'at', at) ORDER BY at)
                FROM accepted WHERE release_id = release.id), '[]')""";

    /** What operations of a release that are still to be done met with last, by their keys. */
    private static final String SETBACKS = """
            (SELECT json_object_agg(key, setback) FROM operation
             WHERE release_id = release.id AND state IN ('PENDING', 'RUNNING') AND setback IS NOT NULL)""";

    /** Which version says what {@link ReleaseStatus} does: raised with it, lest a tag outlive an upgrade. */
    private static final int FORM = 2;

    private final Jdbi jdbi;
    private final ReleaseStore releases;
    private final PlanStore plans;
    private final Freezes freezes;
    private final Clock clock;

    public StatusQuery(Jdbi jdbi, ReleaseStore releases, PlanStore plans, Freezes freezes, Clock clock) {
        this.jdbi = jdbi;
        this.releases = releases;
        this.plans = plans;
        this.freezes = freezes;
        this.clock = clock;
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
        return Optional.ofNullable(tags(List.of(id)).get(id));
    }

    /** The tags of releases, by their ids, see {@link #tag}. */
    Map<UUID, String> tags(Collection<UUID> ids) {
        if (ids.isEmpty()) {
            return Map.of();
        }
        // Of a queued release also what keeps it from beginning: the active one, those before it, a last operation.
        return jdbi.withHandle(handle -> handle.createQuery("""
                        SELECT id, concat_ws('-', :form, revision,
                            (SELECT md5(string_agg(event_id, ',' ORDER BY event_id))
                             FROM accepted WHERE release_id = release.id),
                            (SELECT md5(string_agg(setback, ',' ORDER BY key)) FROM operation
                             WHERE release_id = release.id AND state IN ('PENDING', 'RUNNING')),
                            (SELECT id FROM release active
                             WHERE release.state = 'QUEUED'
                               AND active.application = release.application
                               AND active.environment = release.environment
                               AND active.state IN ('RUNNING', 'PAUSED', 'ROLLING_BACK')),
                            (SELECT nullif(count(*), 0) FROM release before
                             WHERE release.state = 'QUEUED' AND before.state = 'QUEUED'
                               AND before.application = release.application
                               AND before.environment = release.environment
                               AND (NOT before.hotfix, before.requested_at, before.id)
                                   < (NOT release.hotfix, release.requested_at, release.id)),
                            (SELECT 'busy' FROM operation
                             WHERE release.state = 'QUEUED' AND operation.state = 'RUNNING'
                               AND subject = application || '/' || environment LIMIT 1)) AS tag,
                            application, environment, state, progress ->> 'optOut' IS NOT NULL AS passes
                        FROM release WHERE id = ANY (:ids)
                        """)
                .bind("form", FORM)
                .bindArray("ids", UUID.class, ids.toArray())
                .reduceRows(new HashMap<UUID, String>(), (tags, row) -> {
                    var subject = new Subject(
                            row.getColumn("application", String.class), row.getColumn("environment", String.class));
                    var state = ReleaseState.valueOf(row.getColumn("state", String.class));
                    var hold = hold(handle, subject, state, row.getColumn("passes", Boolean.class))
                            .map(it -> "-" + it.freeze().id() + it.until())
                            .orElse("");
                    tags.put(row.getColumn("id", UUID.class), row.getColumn("tag", String.class) + hold);
                    return tags;
                }));
    }

    /** The status of a release. */
    public Optional<ReleaseStatus> status(UUID id) {
        return jdbi.withHandle(handle -> stored(handle, id).map(it -> status(handle, it)));
    }

    private ReleaseStatus status(Handle handle, Stored stored) {
        var release = stored.release();
        var passes = release.optOut().isPresent();
        return ReleaseStatus.of(
                release,
                stored.committedAt(),
                stored.changes(),
                toDo(handle, release),
                stored.accepted(),
                stored.setbacks(),
                obstacles(handle, release),
                hold(handle, release.subject(), release.state(), passes));
    }

    private Optional<String> toDo(Handle handle, Release release) {
        try {
            return Advice.afterTheEnd(release, () -> plans.plan(handle, release.subject(), release.planVersion()));
        } catch (IllegalArgumentException e) {
            // It ended long ago, by a plan that cannot be run any more; its status is told all the same.
            return Optional.empty();
        }
    }

    private record Stored(
            Release release,
            Optional<Instant> committedAt,
            List<Change> changes,
            List<AcceptedCall> accepted,
            Map<String, String> setbacks) {}

    /** In one statement, or state, evidence, accepted calls and setbacks might not agree. */
    private static Optional<Stored> stored(Handle handle, UUID id) {
        return handle.createQuery("SELECT progress, committed_at, " + Journal.CHANGES + " AS changes, " + ACCEPTED
                        + " AS accepted, " + SETBACKS + " AS setbacks FROM release WHERE id = :id")
                .bind("id", id)
                .map((row, context) -> new Stored(
                        ReleaseStore.release(row.getString("progress")),
                        Optional.ofNullable(row.getObject("committed_at", OffsetDateTime.class))
                                .map(OffsetDateTime::toInstant),
                        Journal.changes(row.getString("changes")),
                        read(row.getString("accepted"), new TypeReference<>() {}),
                        Optional.ofNullable(row.getString("setbacks"))
                                .map(json -> read(json, new TypeReference<Map<String, String>>() {}))
                                .orElse(Map.of())))
                .findOne();
    }

    private static <T> T read(String json, TypeReference<T> type) {
        try {
            return EventJson.mapper().readValue(json, type);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("What is stored about a release cannot be read", e);
        }
    }

    /** The freeze that holds it up: before it begins, and when the line was stopped. */
    private Optional<Hold> hold(Handle handle, Subject subject, ReleaseState state, boolean passes) {
        if (passes) {
            return Optional.empty();
        }
        return switch (state) {
            case QUEUED -> freezes.hold(handle, subject, clock.instant());
            case PAUSED -> freezes.stop(handle, subject, clock.instant());
            default -> Optional.empty();
        };
    }

    /** What keeps a queued release from beginning. */
    private List<String> obstacles(Handle handle, Release release) {
        if (release.state() != ReleaseState.QUEUED) {
            return List.of();
        }
        var obstacles = new ArrayList<String>();
        // Its own turn may have come since it was read.
        releases.active(handle, release.subject())
                .filter(other -> !other.id().equals(release.id()))
                .ifPresent(other ->
                        obstacles.add("the release %s of %s is active".formatted(other.id(), other.version())));
        var before = releases.queuedBefore(handle, release);
        if (before > 0) {
            obstacles.add(before == 1 ? "1 release is before it" : before + " releases are before it");
        }
        if (obstacles.isEmpty() && releases.isBusy(handle, release.subject())) {
            obstacles.add("an operation of an earlier release is still under way");
        }
        return obstacles;
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
                        .orElse(Cursor.ALL)
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
