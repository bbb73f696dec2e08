package dev.slipway.probe.watch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.slipway.event.CheckEvent.Monitor;
import dev.slipway.event.CheckEvent.WatchCancelled;
import dev.slipway.event.CheckEvent.WatchCompleted;
import dev.slipway.event.CheckEvent.WatchStarted;
import dev.slipway.event.EventJson;
import dev.slipway.event.Evidence;
import dev.slipway.event.HealthEvent;
import dev.slipway.event.HealthEvent.HealthDegraded;
import dev.slipway.event.HealthEvent.HealthRecovered;
import dev.slipway.event.Subject;
import dev.slipway.messaging.Outbox;
import dev.slipway.messaging.OutgoingEvent;
import dev.slipway.messaging.ReceivedEvent;
import dev.slipway.messaging.TraceParent;
import dev.slipway.probe.Replica;
import jakarta.inject.Singleton;
import java.io.UncheckedIOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * Watches and their monitors, as rows. What is told of a monitor is published in the transaction that writes its state;
 * only the replica that holds a monitor's lease writes it. Leases go by the database's clock, which all replicas share.
 */
@Singleton
public class Watches {

    private static final ObjectMapper JSON = EventJson.mapper();

    private final Jdbi jdbi;
    private final Outbox outbox;
    private final Clock clock;

    public Watches(Jdbi jdbi, Outbox outbox, Clock clock) {
        this.jdbi = jdbi;
        this.outbox = outbox;
        this.clock = clock;
    }

    /** Writes down a watch that was asked for, in the transaction of {@code handle}; one that is known stays as it is. */
    public void start(Handle handle, ReceivedEvent event, WatchStarted watch) {
        var isNew = handle.execute(
                        """
                        INSERT INTO watch (watch_id, subject, release_id, trace, until) VALUES (?, ?, ?, ?, ?)
                        ON CONFLICT DO NOTHING
                        """,
                        watch.watchId(),
                        Subject.parse(event.subject()).toString(),
                        watch.releaseId(),
                        event.trace().value(),
                        timestamp(watch.until()))
                == 1;
        if (isNew) {
            var batch = handle.prepareBatch(
                    "INSERT INTO monitor (watch_id, name, definition, state) VALUES (?, ?, ?::jsonb, ?::jsonb)");
            for (var monitor : watch.monitors()) {
                batch.add(watch.watchId(), monitor.name(), json(monitor), json(MonitorState.NEW));
            }
            batch.execute();
        }
    }

    /** Ends a watch without an answer, in the transaction of {@code handle}. */
    public void cancel(Handle handle, WatchCancelled watch) {
        end(handle, watch.watchId());
    }

    /** Takes monitors that no replica holds, or whose replica gave no sign of life in time. */
    List<HeldMonitor> take(Replica replica, Duration lease, int atMost) {
        return jdbi.inTransaction(handle -> handle.createQuery("""
                        UPDATE monitor SET holder = :holder, leased_until = clock_timestamp() + :lease * interval '1 ms'
                        FROM watch
                        WHERE watch.watch_id = monitor.watch_id
                          AND (monitor.watch_id, name) IN (
                            SELECT watch_id, name FROM monitor
                            WHERE NOT settled AND leased_until < clock_timestamp()
                            ORDER BY leased_until LIMIT :most FOR UPDATE SKIP LOCKED)
                        RETURNING watch.watch_id, name, definition, state, subject, release_id, trace, until
                        """)
                .bind("holder", replica.id())
                .bind("lease", lease.toMillis())
                .bind("most", atMost)
                .map((row, context) -> held(row))
                .list());
    }

    /**
     * Gives a sign of life for monitors.
     *
     * @return those of them that the replica still holds
     */
    Set<MonitorKey> keep(Replica replica, Duration lease, Set<MonitorKey> keys) {
        if (keys.isEmpty()) {
            return Set.of();
        }
        // Whoever writes several monitors locks them in the order of their names, or two of them might wait for
        // each other.
        return jdbi.withHandle(handle -> new HashSet<>(handle.createQuery("""
                        WITH mine AS (
                            SELECT watch_id, name FROM monitor
                            JOIN unnest(:watchIds, :names) AS key (watch_id, name) USING (watch_id, name)
                            WHERE holder = :holder AND NOT settled
                            ORDER BY watch_id, name FOR UPDATE OF monitor)
                        UPDATE monitor SET leased_until = clock_timestamp() + :lease * interval '1 ms'
                        FROM mine WHERE monitor.watch_id = mine.watch_id AND monitor.name = mine.name
                        RETURNING mine.watch_id, mine.name
                        """)
                .bind("holder", replica.id())
                .bind("lease", lease.toMillis())
                .bindArray(
                        "watchIds",
                        String.class,
                        keys.stream().map(MonitorKey::watchId).toArray())
                .bindArray(
                        "names",
                        String.class,
                        keys.stream().map(MonitorKey::name).toArray())
                .map((row, context) -> new MonitorKey(row.getString("watch_id"), row.getString("name")))
                .list()));
    }

    /** Gives all monitors back, for other replicas to take at once. */
    void release(Replica replica) {
        jdbi.useHandle(handle -> handle.execute(
                "UPDATE monitor SET holder = NULL, leased_until = '-infinity' WHERE holder = ?", replica.id()));
    }

    /** Writes states of which nothing has to be told; where a newer one is written already, that one stays. */
    void record(Replica replica, Map<MonitorKey, MonitorState> states) {
        if (states.isEmpty()) {
            return;
        }
        var keys = List.copyOf(states.keySet());
        var values = keys.stream().map(states::get).toList();
        jdbi.useHandle(handle -> handle.createUpdate("""
                        WITH new AS (
                            SELECT watch_id, name, new.state, new.probes FROM monitor
                            JOIN unnest(:watchIds, :names, :states, :probes) AS new (watch_id, name, state, probes)
                                USING (watch_id, name)
                            WHERE holder = :holder AND NOT settled AND monitor.probes < new.probes
                            ORDER BY watch_id, name FOR UPDATE OF monitor)
                        UPDATE monitor SET state = new.state::jsonb, probes = new.probes
                        FROM new WHERE monitor.watch_id = new.watch_id AND monitor.name = new.name
                        """)
                .bind("holder", replica.id())
                .bindArray(
                        "watchIds",
                        String.class,
                        keys.stream().map(MonitorKey::watchId).toArray())
                .bindArray(
                        "names",
                        String.class,
                        keys.stream().map(MonitorKey::name).toArray())
                .bindArray(
                        "states",
                        String.class,
                        values.stream().map(Watches::json).toArray())
                .bindArray(
                        "probes",
                        Long.class,
                        values.stream().map(MonitorState::probes).toArray())
                .execute());
    }

    /**
     * Writes what a probe led to, and tells of a change of health.
     *
     * @param evidence what the probe saw
     * @return false if the replica does not hold the monitor any more; then nothing is written
     */
    boolean record(Replica replica, HeldMonitor monitor, MonitorState.Change change, Evidence evidence) {
        return jdbi.inTransaction(handle -> {
            if (!write(handle, replica, monitor.key(), change.state(), false)) {
                return false;
            }
            change.transition()
                    .ifPresent(transition -> publish(
                            handle,
                            monitor,
                            switch (transition) {
                                case Transition.Degraded(var since, var failures) ->
                                    new HealthDegraded(
                                            Optional.of(monitor.releaseId()),
                                            monitor.key().name(),
                                            since,
                                            failures,
                                            evidence);
                                case Transition.Recovered(var degradedSince) ->
                                    new HealthRecovered(
                                            Optional.of(monitor.releaseId()),
                                            monitor.key().name(),
                                            degradedSince,
                                            evidence);
                            }));
            return true;
        });
    }

    /** Writes that a monitor's part in its watch is over; the last one ends the watch. */
    boolean settle(Replica replica, HeldMonitor monitor, MonitorState state) {
        return jdbi.inTransaction(handle -> {
            lock(handle, monitor.key().watchId());
            if (!write(handle, replica, monitor.key(), state, true)) {
                return false;
            }
            completeIfSettled(handle, monitor.key().watchId());
            return true;
        });
    }

    /** Ends watches whose time has come and in which no monitor runs, such as those that never had one. */
    void completeSettled() {
        jdbi.useTransaction(handle -> handle.createQuery("""
                        SELECT watch_id FROM watch
                        WHERE ended_at IS NULL AND until <= :now
                          AND NOT EXISTS (SELECT FROM monitor WHERE watch_id = watch.watch_id AND NOT settled)
                        FOR UPDATE SKIP LOCKED
                        """)
                .bind("now", timestamp(clock.instant()))
                .mapTo(String.class)
                .list()
                .forEach(watchId -> completeIfSettled(handle, watchId)));
    }

    /** Forgets watches that ended before a time. */
    int forgetBefore(Instant time) {
        return jdbi.withHandle(handle -> handle.execute("DELETE FROM watch WHERE ended_at < ?", timestamp(time)));
    }

    /**
     * The monitors of running watches, by subject, watch and name.
     *
     * @param after the last one of the page before
     */
    List<MonitorStatus> list(
            Optional<String> application,
            Optional<String> environment,
            Optional<MonitorStatus.Position> after,
            int limit) {
        return jdbi.withHandle(handle -> handle.createQuery("""
                        SELECT subject, watch.watch_id, name, release_id, until, state
                        FROM monitor JOIN watch USING (watch_id)
                        WHERE ended_at IS NULL
                          AND (:application::text IS NULL OR split_part(subject, '/', 1) = :application)
                          AND (:environment::text IS NULL OR split_part(subject, '/', 2) = :environment)
                          AND (:subject::text IS NULL OR (subject, watch.watch_id, name) > (:subject, :watchId, :name))
                        ORDER BY subject, watch.watch_id, name LIMIT :limit
                        """)
                .bind("application", application)
                .bind("environment", environment)
                .bind("subject", after.map(MonitorStatus.Position::subject))
                .bind("watchId", after.map(MonitorStatus.Position::watchId))
                .bind("name", after.map(MonitorStatus.Position::name))
                .bind("limit", limit)
                .map((row, context) -> MonitorStatus.of(
                        row.getString("watch_id"),
                        row.getString("name"),
                        Subject.parse(row.getString("subject")),
                        row.getObject("release_id", UUID.class),
                        instant(row, "until"),
                        read(row, "state", MonitorState.class)))
                .list());
    }

    private static void lock(Handle handle, String watchId) {
        handle.createQuery("SELECT watch_id FROM watch WHERE watch_id = ? FOR UPDATE")
                .bind(0, watchId)
                .mapTo(String.class)
                .list();
    }

    private static boolean write(Handle handle, Replica replica, MonitorKey key, MonitorState state, boolean settled) {
        return handle.execute("""
                        UPDATE monitor SET state = ?::jsonb, probes = ?, settled = ?
                        WHERE watch_id = ? AND name = ? AND holder = ? AND NOT settled
                        """, json(state), state.probes(), settled, key.watchId(), key.name(), replica.id()) == 1;
    }

    /** The watch's row must be locked, so that of two that settle last one sees the other. */
    private void completeIfSettled(Handle handle, String watchId) {
        var monitors = handle.createQuery("SELECT name, state, settled FROM monitor WHERE watch_id = ? ORDER BY name")
                .bind(0, watchId)
                .map((row, context) -> new Settled(
                        row.getString("name"), read(row, "state", MonitorState.class), row.getBoolean("settled")))
                .list();
        if (!monitors.stream().allMatch(Settled::settled)) {
            return;
        }
        end(handle, watchId).ifPresent(watch -> {
            var states = new LinkedHashMap<String, MonitorState>();
            monitors.forEach(monitor -> states.put(monitor.name(), monitor.state()));
            var healthy = states.values().stream().noneMatch(state -> state.health() == Health.DEGRADED);
            outbox.publish(
                    handle,
                    OutgoingEvent.of(
                            watch.subject(),
                            new WatchCompleted(watchId, watch.releaseId(), healthy, WatchReport.of(states)),
                            clock.instant(),
                            watch.trace()));
        });
    }

    /** @return the watch, if it was running until now */
    private Optional<Ended> end(Handle handle, String watchId) {
        var ended = handle.createQuery("""
                        UPDATE watch SET ended_at = :now WHERE watch_id = :watchId AND ended_at IS NULL
                        RETURNING subject, release_id, trace
                        """)
                .bind("now", timestamp(clock.instant()))
                .bind("watchId", watchId)
                .map((row, context) -> new Ended(
                        Subject.parse(row.getString("subject")),
                        row.getObject("release_id", UUID.class),
                        new TraceParent(row.getString("trace"))))
                .findOne();
        handle.execute("""
                WITH gone AS (SELECT watch_id, name FROM monitor WHERE watch_id = ? ORDER BY name FOR UPDATE)
                DELETE FROM monitor USING gone WHERE monitor.watch_id = gone.watch_id AND monitor.name = gone.name
                """, watchId);
        return ended;
    }

    private void publish(Handle handle, HeldMonitor monitor, HealthEvent event) {
        outbox.publish(handle, OutgoingEvent.of(monitor.subject(), event, clock.instant(), monitor.trace()));
    }

    private static HeldMonitor held(ResultSet row) throws SQLException {
        return new HeldMonitor(
                new MonitorKey(row.getString("watch_id"), row.getString("name")),
                Subject.parse(row.getString("subject")),
                row.getObject("release_id", UUID.class),
                new TraceParent(row.getString("trace")),
                instant(row, "until"),
                read(row, "definition", Monitor.class),
                read(row, "state", MonitorState.class));
    }

    private static OffsetDateTime timestamp(Instant time) {
        return time.atOffset(ZoneOffset.UTC);
    }

    private static Instant instant(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    private static String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("A monitor cannot be stored", e);
        }
    }

    private static <T> T read(ResultSet row, String column, Class<T> type) throws SQLException {
        try {
            return JSON.readValue(row.getString(column), type);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("A stored monitor cannot be read", e);
        }
    }

    private record Settled(String name, MonitorState state, boolean settled) {}

    private record Ended(Subject subject, UUID releaseId, TraceParent trace) {}
}
