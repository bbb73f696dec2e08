package dev.slipway.notify.notification;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import dev.slipway.event.Event;
import dev.slipway.event.EventJson;
import dev.slipway.event.ReleaseEvent.NotificationRule;
import dev.slipway.event.ReleaseEvent.ReleaseRequested;
import dev.slipway.messaging.ReceivedEvent;
import dev.slipway.messaging.TraceParent;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;

/** Remembers which releases there are and who is to be told of them, and what came too early to be told. */
@Singleton
class Releases {

    /** A release, as far as telling of it needs to know it. */
    record Release(UUID id, String version, List<NotificationRule> rules) {}

    void add(Handle handle, ReceivedEvent received, ReleaseRequested requested) {
        handle.createUpdate("""
                        INSERT INTO release (id, subject, version, rules, requested_at)
                        VALUES (:id, :subject, :version, CAST(:rules AS jsonb), :requestedAt)
                        ON CONFLICT DO NOTHING
                        """)
                .bind("id", requested.releaseId())
                .bind("subject", received.subject())
                .bind("version", requested.version())
                .bind("rules", json(requested.notifications()))
                .bind("requestedAt", received.time().atOffset(ZoneOffset.UTC))
                .execute();
    }

    Optional<Release> byId(Handle handle, UUID id) {
        return handle.createQuery("SELECT id, version, rules FROM release WHERE id = :id")
                .bind("id", id)
                .map(Releases::release)
                .findOne();
    }

    /** The release of an environment that was asked for last. */
    Optional<Release> newest(Handle handle, String subject) {
        return handle.createQuery("""
                        SELECT id, version, rules FROM release
                        WHERE subject = :subject ORDER BY requested_at DESC LIMIT 1
                        """)
                .bind("subject", subject)
                .map(Releases::release)
                .findOne();
    }

    /** Keeps an event until its release is known. */
    void keepEarly(Handle handle, UUID releaseId, ReceivedEvent received) {
        handle.createUpdate("""
                        INSERT INTO early_event (release_id, source, id, subject, time, trace, name, data)
                        VALUES (:releaseId, :source, :id, :subject, :time, :trace, :name, :data)
                        ON CONFLICT DO NOTHING
                        """)
                .bind("releaseId", releaseId)
                .bind("source", received.source())
                .bind("id", received.id())
                .bind("subject", received.subject())
                .bind("time", received.time().atOffset(ZoneOffset.UTC))
                .bind("trace", received.trace().value())
                .bind("name", received.event().name())
                .bind("data", EventJson.write(received.event()))
                .execute();
    }

    /** Hands out the events that came before their release, and keeps them no longer. */
    List<ReceivedEvent> takeEarly(Handle handle, UUID releaseId) {
        return handle.createQuery("""
                        WITH taken AS (DELETE FROM early_event WHERE release_id = :releaseId RETURNING *)
                        SELECT * FROM taken ORDER BY time
                        """)
                .bind("releaseId", releaseId)
                .map((row, context) -> new ReceivedEvent(
                        row.getString("id"),
                        row.getString("source"),
                        row.getString("subject"),
                        row.getObject("time", OffsetDateTime.class).toInstant(),
                        new TraceParent(row.getString("trace")),
                        event(row.getString("name"), row.getBytes("data"))))
                .list();
    }

    private static Event event(String name, byte[] data) {
        try {
            return EventJson.read(name, data);
        } catch (IOException e) {
            throw new UncheckedIOException("A kept event %s cannot be read".formatted(name), e);
        }
    }

    private static Release release(ResultSet row, StatementContext context) throws SQLException {
        try {
            return new Release(
                    row.getObject("id", UUID.class),
                    row.getString("version"),
                    EventJson.mapper().readValue(row.getString("rules"), new TypeReference<>() {}));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("The stored rules of a release cannot be read", e);
        }
    }

    private static String json(List<NotificationRule> rules) {
        try {
            return EventJson.mapper().writeValueAsString(rules);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("The rules of a release cannot be stored", e);
        }
    }
}
