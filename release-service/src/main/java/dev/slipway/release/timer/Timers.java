package dev.slipway.release.timer;

import static dev.slipway.messaging.Statements.text;
import static dev.slipway.messaging.Statements.time;
import static dev.slipway.messaging.Statements.uuid;

import dev.slipway.messaging.Statements;
import dev.slipway.messaging.TraceParent;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/** The wake-ups of releases. */
@Singleton
public class Timers {

    /** Names a timer. */
    public record TimerRef(UUID releaseId, String name) {}

    /** When to wake a release. */
    public record Timer(TimerRef ref, Instant dueAt, TraceParent trace) {}

    /** A timer that is due, with the environment of its release. */
    record Due(TimerRef ref, String application, String environment, TraceParent trace) {}

    /** Sets timers; one of the same name is replaced. */
    public void set(Statements statements, Collection<Timer> timers) {
        statements.add(
                """
                INSERT INTO timer (release_id, name, due_at, trace)
                SELECT * FROM unnest(?, ?, ?, ?)
                ON CONFLICT (release_id, name) DO UPDATE SET due_at = excluded.due_at, trace = excluded.trace
                """,
                timers,
                uuid(it -> it.ref().releaseId()),
                text(it -> it.ref().name()),
                time(Timer::dueAt),
                text(it -> it.trace().value()));
    }

    /** Removes timers. */
    public void cancel(Statements statements, Collection<TimerRef> timers) {
        statements.add(
                "DELETE FROM timer WHERE (release_id, name) IN (SELECT * FROM unnest(?, ?))",
                timers,
                uuid(TimerRef::releaseId),
                text(TimerRef::name));
    }

    /** Takes timers that are due; who takes them must see to their effect in the same transaction. */
    List<Due> take(Handle handle, Instant now, int atMost) {
        return handle.createQuery("""
                        WITH due AS (
                            DELETE FROM timer WHERE (release_id, name) IN (
                                SELECT release_id, name FROM timer WHERE due_at <= :now
                                ORDER BY due_at LIMIT :atMost FOR UPDATE SKIP LOCKED)
                            RETURNING *)
                        SELECT due.*, application, environment FROM due JOIN release ON release.id = due.release_id
                        """)
                .bind("now", now.atOffset(ZoneOffset.UTC))
                .bind("atMost", atMost)
                .map((row, context) -> new Due(
                        new TimerRef(row.getObject("release_id", UUID.class), row.getString("name")),
                        row.getString("application"),
                        row.getString("environment"),
                        new TraceParent(row.getString("trace"))))
                .list();
    }
}
