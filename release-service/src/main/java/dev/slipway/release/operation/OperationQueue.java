package dev.slipway.release.operation;

import static dev.slipway.messaging.Statements.text;
import static dev.slipway.messaging.Statements.time;
import static dev.slipway.messaging.Statements.uuid;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import dev.slipway.event.EventJson;
import dev.slipway.event.Evidence;
import dev.slipway.event.ReleaseEvent.OperationCompleted;
import dev.slipway.event.Subject;
import dev.slipway.messaging.Outbox;
import dev.slipway.messaging.OutgoingEvent;
import dev.slipway.messaging.Statements;
import dev.slipway.messaging.TraceParent;
import jakarta.inject.Singleton;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;

/** The operations that are to be done, as rows. */
@Singleton
public class OperationQueue {

    private final Outbox outbox;
    private final Clock clock;

    public OperationQueue(Outbox outbox, Clock clock) {
        this.outbox = outbox;
        this.clock = clock;
    }

    /**
     * An operation that is wanted.
     *
     * @param key names it; a second one with the same key is not done
     * @param until when its result is of no more use
     */
    public record Wanted(
            String key,
            UUID releaseId,
            Subject subject,
            String kind,
            Map<String, Object> settings,
            Instant until,
            TraceParent trace) {}

    /**
     * An operation that this replica holds the lease of.
     *
     * @param setback what the attempt before this one met with
     */
    record Leased(
            String key,
            UUID releaseId,
            Subject subject,
            String kind,
            Map<String, Object> settings,
            Instant until,
            boolean cancelled,
            int attempt,
            Instant firstAttemptAt,
            Optional<String> setback,
            TraceParent trace) {}

    /** Adds operations, in the transaction that decided on them. */
    public void add(Statements statements, Collection<Wanted> operations) {
        var now = clock.instant();
        statements.add(
                """
                INSERT INTO operation (key, release_id, subject, kind, settings, state, until, next_attempt_at, trace)
                SELECT key, release_id, subject, kind, settings::jsonb, 'PENDING', until, now, trace
                FROM unnest(?, ?, ?, ?, ?, ?, ?, ?)
                    AS wanted (key, release_id, subject, kind, settings, until, now, trace)
                ON CONFLICT DO NOTHING
                """,
                operations,
                text(Wanted::key),
                uuid(Wanted::releaseId),
                text(it -> it.subject().toString()),
                text(Wanted::kind),
                text(it -> json(it.settings())),
                time(Wanted::until),
                time(_ -> now),
                text(it -> it.trace().value()));
    }

    /**
     * Sends what was gathered, and has operations not attempted any more. One that nobody works on now ends at once,
     * and that is reported; one that is being attempted comes to the end of this attempt.
     */
    public void cancel(Statements statements, Collection<String> keys) {
        if (keys.isEmpty()) {
            return;
        }
        // One of them may have been added just now.
        statements.send();
        var ended = statements
                .handle()
                .createQuery("""
                        UPDATE operation
                        SET cancelled = true, state = CASE state WHEN 'PENDING' THEN 'CANCELLED' ELSE state END
                        WHERE key = ANY (:keys) AND state IN ('PENDING', 'RUNNING')
                        RETURNING key, release_id, subject, trace, state, attempts
                        """)
                .bindArray("keys", String.class, keys.toArray())
                .map((row, context) -> row.getString("state").equals("CANCELLED")
                        ? Stream.of(completion(
                                Subject.parse(row.getString("subject")),
                                row.getObject("release_id", UUID.class),
                                row.getString("key"),
                                false,
                                cancelled(row.getInt("attempts")),
                                new TraceParent(row.getString("trace"))))
                        : Stream.<OutgoingEvent>empty())
                .list();
        outbox.publish(statements, ended.stream().flatMap(Function.identity()).toList());
    }

    /** What is known of an operation that was cancelled. */
    static Evidence cancelled(int attempts) {
        return Evidence.of(
                attempts == 0
                        ? "Cancelled before it began"
                        : "Cancelled after %d attempts; whether one of them had its effect is not known"
                                .formatted(attempts));
    }

    /** Leases operations that are due, or whose holder is gone. */
    List<Leased> lease(Handle handle, UUID owner, Instant leaseUntil, int atMost) {
        var now = clock.instant().atOffset(ZoneOffset.UTC);
        return handle.createQuery("""
                        UPDATE operation
                        SET state = 'RUNNING', lease_owner = :owner, lease_until = :leaseUntil,
                            attempts = attempts + 1, first_attempt_at = coalesce(first_attempt_at, :now)
                        WHERE key IN (
                            SELECT key FROM operation
                            WHERE state IN ('PENDING', 'RUNNING') AND next_attempt_at <= :now
                              AND (lease_until IS NULL OR lease_until < :now)
                            ORDER BY next_attempt_at LIMIT :atMost FOR UPDATE SKIP LOCKED)
                        RETURNING *
                        """)
                .bind("owner", owner)
                .bind("leaseUntil", leaseUntil.atOffset(ZoneOffset.UTC))
                .bind("now", now)
                .bind("atMost", atMost)
                .map((row, context) -> new Leased(
                        row.getString("key"),
                        row.getObject("release_id", UUID.class),
                        Subject.parse(row.getString("subject")),
                        row.getString("kind"),
                        settings(row.getString("settings")),
                        row.getObject("until", OffsetDateTime.class).toInstant(),
                        row.getBoolean("cancelled"),
                        row.getInt("attempts"),
                        row.getObject("first_attempt_at", OffsetDateTime.class).toInstant(),
                        Optional.ofNullable(row.getString("setback")),
                        new TraceParent(row.getString("trace"))))
                .list();
    }

    /** Keeps leases alive. */
    void renew(Handle handle, UUID owner, Collection<String> keys, Instant leaseUntil) {
        handle.createUpdate("""
                        UPDATE operation SET lease_until = :leaseUntil
                        WHERE key = ANY (:keys) AND lease_owner = :owner AND state = 'RUNNING'
                        """)
                .bind("leaseUntil", leaseUntil.atOffset(ZoneOffset.UTC))
                .bindArray("keys", String.class, keys.toArray())
                .bind("owner", owner)
                .execute();
    }

    /** Ends an operation and reports its end, unless another replica has taken it over. */
    void complete(Handle handle, UUID owner, Leased operation, boolean succeeded, Evidence evidence) {
        var ended = handle.createUpdate("""
                        UPDATE operation SET state = :state, lease_owner = NULL, lease_until = NULL
                        WHERE key = :key AND lease_owner = :owner AND state = 'RUNNING'
                        """)
                .bind("state", succeeded ? "SUCCEEDED" : "FAILED")
                .bind("key", operation.key())
                .bind("owner", owner)
                .execute();
        if (ended == 1) {
            outbox.publish(
                    handle,
                    completion(
                            operation.subject(),
                            operation.releaseId(),
                            operation.key(),
                            succeeded,
                            evidence,
                            operation.trace()));
        }
    }

    /**
     * Gives an operation back, to be attempted again later, unless it was cancelled meanwhile.
     *
     * @param why what this attempt met with
     */
    void postpone(Handle handle, UUID owner, Leased operation, String why, Instant until) {
        var given = handle.createUpdate("""
                        UPDATE operation
                        SET state = 'PENDING', lease_owner = NULL, lease_until = NULL, next_attempt_at = :until,
                            setback = :setback
                        WHERE key = :key AND lease_owner = :owner AND state = 'RUNNING' AND NOT cancelled
                        """)
                .bind("until", until.atOffset(ZoneOffset.UTC))
                .bind("setback", "%s (try %d)".formatted(why, operation.attempt()))
                .bind("key", operation.key())
                .bind("owner", owner)
                .execute();
        if (given == 0) {
            complete(handle, owner, operation, false, cancelled(operation.attempt()));
        }
    }

    private OutgoingEvent completion(
            Subject subject, UUID releaseId, String key, boolean succeeded, Evidence evidence, TraceParent trace) {
        return OutgoingEvent.of(
                subject, new OperationCompleted(releaseId, key, succeeded, evidence), clock.instant(), trace);
    }

    private static String json(Map<String, Object> settings) {
        try {
            return EventJson.mapper().writeValueAsString(settings);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("An operation's settings cannot be stored", e);
        }
    }

    private static Map<String, Object> settings(String json) {
        try {
            return EventJson.mapper().readValue(json, new TypeReference<>() {});
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("An operation's settings cannot be read", e);
        }
    }
}
