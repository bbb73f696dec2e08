package dev.slipway.probe.request;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.slipway.event.CheckEvent.Check;
import dev.slipway.event.CheckEvent.CheckCompleted;
import dev.slipway.event.CheckEvent.CheckRequested;
import dev.slipway.event.EventJson;
import dev.slipway.event.Subject;
import dev.slipway.messaging.Outbox;
import dev.slipway.messaging.OutgoingEvent;
import dev.slipway.messaging.ReceivedEvent;
import dev.slipway.messaging.TraceParent;
import dev.slipway.probe.Replica;
import dev.slipway.probe.check.CheckResult;
import jakarta.inject.Singleton;
import java.io.UncheckedIOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/** Requested checks, as rows: the answer is published in the transaction that ends the row, so there is one. */
@Singleton
public class CheckRequests {

    private final Jdbi jdbi;
    private final Outbox outbox;
    private final Clock clock;

    public CheckRequests(Jdbi jdbi, Outbox outbox, Clock clock) {
        this.jdbi = jdbi;
        this.outbox = outbox;
        this.clock = clock;
    }

    /** Writes down a check that was asked for, in the transaction of {@code handle}; one that is known stays as it is. */
    public void add(Handle handle, ReceivedEvent event, CheckRequested request) {
        handle.execute(
                """
                INSERT INTO requested_check (check_id, subject, release_id, trace, definition, requested_at)
                VALUES (?, ?, ?, ?, ?::jsonb, ?) ON CONFLICT DO NOTHING
                """,
                request.checkId(),
                Subject.parse(event.subject()).toString(),
                request.releaseId(),
                event.trace().value(),
                json(request.check()),
                clock.instant().atOffset(ZoneOffset.UTC));
    }

    /** Takes checks that no replica makes, or whose replica gave no sign of life in time. */
    List<HeldRequest> take(Replica replica, Duration lease, int atMost) {
        return jdbi.inTransaction(handle -> handle.createQuery("""
                        UPDATE requested_check
                        SET holder = :holder, leased_until = clock_timestamp() + :lease * interval '1 ms'
                        WHERE check_id IN (
                            SELECT check_id FROM requested_check
                            WHERE completed_at IS NULL AND leased_until < clock_timestamp()
                            ORDER BY requested_at LIMIT :most FOR UPDATE SKIP LOCKED)
                        RETURNING check_id, subject, release_id, trace, definition
                        """)
                .bind("holder", replica.id())
                .bind("lease", lease.toMillis())
                .bind("most", atMost)
                .map((row, context) -> held(row))
                .list());
    }

    /** Gives a sign of life for checks that are being made. */
    void keep(Replica replica, Duration lease, Collection<String> checkIds) {
        if (checkIds.isEmpty()) {
            return;
        }
        jdbi.useHandle(handle -> handle.createUpdate("""
                        UPDATE requested_check SET leased_until = clock_timestamp() + :lease * interval '1 ms'
                        WHERE check_id = ANY (:ids) AND holder = :holder AND completed_at IS NULL
                        """)
                .bind("holder", replica.id())
                .bind("lease", lease.toMillis())
                .bindArray("ids", String.class, checkIds.toArray())
                .execute());
    }

    /** Gives all checks back, for other replicas to make at once. */
    void release(Replica replica) {
        jdbi.useHandle(handle -> handle.execute("""
                UPDATE requested_check SET holder = NULL, leased_until = '-infinity'
                WHERE holder = ? AND completed_at IS NULL
                """, replica.id()));
    }

    /** Answers, unless the check is another replica's by now. */
    void complete(Replica replica, HeldRequest request, CheckResult result) {
        jdbi.useTransaction(handle -> {
            var now = clock.instant();
            var isOurs = handle.execute("""
                            UPDATE requested_check SET completed_at = ?
                            WHERE check_id = ? AND holder = ? AND completed_at IS NULL
                            """, now.atOffset(ZoneOffset.UTC), request.checkId(), replica.id()) == 1;
            if (isOurs) {
                outbox.publish(
                        handle,
                        OutgoingEvent.of(
                                request.subject(),
                                new CheckCompleted(
                                        request.checkId(), request.releaseId(), result.passed(), result.evidence()),
                                now,
                                request.trace()));
            }
        });
    }

    /** Forgets checks that were answered before a time. */
    int forgetBefore(Instant time) {
        return jdbi.withHandle(handle ->
                handle.execute("DELETE FROM requested_check WHERE completed_at < ?", time.atOffset(ZoneOffset.UTC)));
    }

    private static HeldRequest held(ResultSet row) throws SQLException {
        try {
            return new HeldRequest(
                    row.getString("check_id"),
                    Subject.parse(row.getString("subject")),
                    row.getObject("release_id", UUID.class),
                    new TraceParent(row.getString("trace")),
                    EventJson.mapper().readValue(row.getString("definition"), Check.class));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("A stored check cannot be read", e);
        }
    }

    private static String json(Check check) {
        try {
            return EventJson.mapper().writeValueAsString(check);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("A check cannot be stored", e);
        }
    }
}
