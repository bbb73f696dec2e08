package dev.slipway.notify.notification;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.slipway.event.EventJson;
import dev.slipway.messaging.TraceParent;
import dev.slipway.notify.message.Message;
import dev.slipway.notify.notification.Notification.Cause;
import dev.slipway.notify.notification.Notification.State;
import jakarta.inject.Singleton;
import java.io.UncheckedIOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;

/** The notifications there are. */
@Singleton
class Notifications {

    /**
     * Adds those whose cause has not been told on their channel to their recipient before.
     *
     * @return the ids of those
     */
    Set<UUID> add(Handle handle, List<Notification> notifications) {
        if (notifications.isEmpty()) {
            return Set.of();
        }
        var batch = handle.prepareBatch("""
                INSERT INTO notification (id, cause_source, cause_id, channel, recipient, release_id, subject, message,
                                          trace, state, attempts, next_attempt_at, reason, created_at)
                VALUES (:id, :causeSource, :causeId, :channel, :recipient, :releaseId, :subject,
                        CAST(:message AS jsonb), :trace, :state, :attempts, :createdAt, :reason, :createdAt)
                ON CONFLICT DO NOTHING
                """);
        for (var notification : notifications) {
            batch.bind("id", notification.id())
                    .bind("causeSource", notification.cause().source())
                    .bind("causeId", notification.cause().id())
                    .bind("channel", notification.channel())
                    .bind("recipient", notification.recipient())
                    .bind("releaseId", notification.releaseId())
                    .bind("subject", notification.message().subject())
                    .bind("message", json(notification.message()))
                    .bind("trace", notification.trace().value())
                    .bind("state", notification.state().name())
                    .bind("attempts", notification.attempts())
                    .bind("reason", notification.reason())
                    .bind("createdAt", utc(notification.createdAt()))
                    .add();
        }
        return new HashSet<>(batch.executePreparedBatch("id").mapTo(UUID.class).list());
    }

    /**
     * Takes the notification of a channel that has been due longest, and counts the attempt. It is due again when its
     * lease ends, if nobody said by then what became of it. None is taken while an earlier one to the same recipient
     * about the same environment is pending, unless that one is older than {@code keepOrderFor}.
     */
    Optional<Notification> claim(Handle handle, String channel, Instant now, Duration lease, Duration keepOrderFor) {
        return handle.createQuery("""
                        UPDATE notification SET attempts = attempts + 1, next_attempt_at = :leasedUntil
                        WHERE id = (
                            SELECT id FROM notification due
                            WHERE channel = :channel AND state = 'PENDING' AND next_attempt_at <= :now
                              AND NOT EXISTS (
                                SELECT FROM notification earlier
                                WHERE earlier.channel = due.channel AND earlier.recipient = due.recipient
                                  AND earlier.subject = due.subject AND earlier.id < due.id
                                  AND earlier.state = 'PENDING' AND earlier.created_at > :heldBackSince)
                            ORDER BY next_attempt_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
                        RETURNING *
                        """)
                .bind("channel", channel)
                .bind("now", utc(now))
                .bind("leasedUntil", utc(now.plus(lease)))
                .bind("heldBackSince", utc(now.minus(keepOrderFor)))
                .map(Notifications::notification)
                .findOne();
    }

    /** The channel took it. */
    boolean sent(Handle handle, Notification claimed, Instant now) {
        return handle.createUpdate("""
                                UPDATE notification SET state = 'SENT', sent_at = :now, reason = NULL
                                WHERE id = :id AND state = 'PENDING' AND attempts = :attempts
                                """)
                        .bind("id", claimed.id())
                        .bind("attempts", claimed.attempts())
                        .bind("now", utc(now))
                        .execute()
                == 1;
    }

    /** It is given up. */
    boolean failed(Handle handle, Notification claimed, String reason) {
        return handle.createUpdate("""
                                UPDATE notification SET state = 'FAILED', reason = :reason
                                WHERE id = :id AND state = 'PENDING' AND attempts = :attempts
                                """)
                        .bind("id", claimed.id())
                        .bind("attempts", claimed.attempts())
                        .bind("reason", reason)
                        .execute()
                == 1;
    }

    /** It is due again at a time. */
    boolean again(Handle handle, Notification claimed, Instant at, String reason) {
        return handle.createUpdate("""
                                UPDATE notification SET next_attempt_at = :at, reason = :reason
                                WHERE id = :id AND state = 'PENDING' AND attempts = :attempts
                                """)
                        .bind("id", claimed.id())
                        .bind("attempts", claimed.attempts())
                        .bind("at", utc(at))
                        .bind("reason", reason)
                        .execute()
                == 1;
    }

    /** Which notifications are asked for; absent parts do not matter. */
    record Filter(Optional<UUID> releaseId, Optional<String> channel, Optional<State> state) {}

    /** Notifications, the newest first, from the one before {@code cursor} on. */
    List<Notification> page(Handle handle, Filter filter, Optional<UUID> cursor, int limit) {
        return handle.createQuery("""
                        SELECT * FROM notification
                        WHERE (CAST(:releaseId AS uuid) IS NULL OR release_id = :releaseId)
                          AND (CAST(:channel AS text) IS NULL OR channel = :channel)
                          AND (CAST(:state AS text) IS NULL OR state = :state)
                          AND (CAST(:cursor AS uuid) IS NULL OR id < :cursor)
                        ORDER BY id DESC LIMIT :limit
                        """)
                .bind("releaseId", filter.releaseId())
                .bind("channel", filter.channel())
                .bind("state", filter.state().map(State::name))
                .bind("cursor", cursor)
                .bind("limit", limit)
                .map(Notifications::notification)
                .list();
    }

    private static Notification notification(ResultSet row, StatementContext context) throws SQLException {
        return new Notification(
                row.getObject("id", UUID.class),
                new Cause(row.getString("cause_source"), row.getString("cause_id")),
                row.getString("channel"),
                row.getString("recipient"),
                Optional.ofNullable(row.getObject("release_id", UUID.class)),
                message(row.getString("message")),
                new TraceParent(row.getString("trace")),
                State.valueOf(row.getString("state")),
                row.getInt("attempts"),
                Optional.ofNullable(row.getString("reason")),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                Optional.ofNullable(row.getObject("sent_at", OffsetDateTime.class))
                        .map(OffsetDateTime::toInstant));
    }

    private static Message message(String json) {
        try {
            return EventJson.mapper().readValue(json, Message.class);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("A stored message cannot be read", e);
        }
    }

    private static String json(Message message) {
        try {
            return EventJson.mapper().writeValueAsString(message);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("A message cannot be stored", e);
        }
    }

    private static OffsetDateTime utc(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
