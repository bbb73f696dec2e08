package dev.slipway.release.journal;

import static dev.slipway.messaging.Statements.number;
import static dev.slipway.messaging.Statements.text;
import static dev.slipway.messaging.Statements.time;
import static dev.slipway.messaging.Statements.uuid;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.slipway.event.EventJson;
import dev.slipway.messaging.Statements;
import dev.slipway.messaging.TraceParent;
import dev.slipway.messaging.TryAgainException;
import dev.slipway.release.engine.Decision.Change;
import dev.slipway.release.engine.Input;
import jakarta.inject.Singleton;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/**
 * The journal: the request for a release, and an entry for each input that had an effect since, with what it changed.
 * The database refuses to change or remove an entry.
 */
@Singleton
public class Journal {

    /** Selects the changes of a release, the oldest first. */
    public static final String CHANGES = """
            (SELECT '[' || coalesce(string_agg(changes::text, ',' ORDER BY seq), '') || ']'
             FROM journal WHERE release_id = release.id)""";

    private static final JsonMapper MAPPER = mapper();

    /**
     * An entry.
     *
     * @param seq the revision that the release had after it, from 0 without a gap
     * @param input what happened
     * @param changes what that changed, in order
     */
    public record Entry(UUID releaseId, long seq, Instant at, Cause cause, Input input, List<Change> changes) {}

    /**
     * What brought an entry.
     *
     * @param actor who caused it: a person, a service, a reporter
     * @param origin from where: the address of the client that called, or {@code kafka/} and the source of an event that
     *     was published directly
     * @param eventSource the source of the event that brought it
     * @param eventId the id of that event
     */
    public record Cause(String actor, String origin, String eventSource, String eventId, TraceParent trace) {}

    /**
     * Adds entries, in the transaction of what they tell; if one is there already, another writer was quicker, and {@link
     * TryAgainException} is thrown when they are sent.
     */
    public void append(Statements statements, Collection<Entry> entries) {
        statements.addForEach(
                """
                INSERT INTO journal (release_id, seq, at, actor, origin, event_source, event_id, trace, input, changes)
                SELECT release_id, seq, at, actor, origin, event_source, event_id, trace, input::jsonb, changes::jsonb
                FROM unnest(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    AS entry (release_id, seq, at, actor, origin, event_source, event_id, trace, input, changes)
                ON CONFLICT DO NOTHING
                """,
                entries,
                Journal::lostRace,
                uuid(Entry::releaseId),
                number(Entry::seq),
                time(Entry::at),
                text(it -> it.cause().actor()),
                text(it -> it.cause().origin()),
                text(it -> it.cause().eventSource()),
                text(it -> it.cause().eventId()),
                text(it -> it.cause().trace().value()),
                text(it -> write(it.input(), Input.class)),
                text(it -> write(it.changes(), List.class)));
    }

    /** What is thrown if another writer has changed a release since it was read: the next try reads it anew. */
    public static TryAgainException lostRace() {
        return new TryAgainException("Another writer has changed a release since it was read");
    }

    /**
     * All entries of a release, the oldest first.
     *
     * @throws UncheckedIOException if one cannot be read by this version
     */
    public List<Entry> of(Handle handle, UUID releaseId) {
        return handle.createQuery("SELECT * FROM journal WHERE release_id = :releaseId ORDER BY seq")
                .bind("releaseId", releaseId)
                .map((row, context) -> new Entry(
                        releaseId,
                        row.getLong("seq"),
                        row.getObject("at", OffsetDateTime.class).toInstant(),
                        new Cause(
                                row.getString("actor"),
                                row.getString("origin"),
                                row.getString("event_source"),
                                row.getString("event_id"),
                                new TraceParent(row.getString("trace"))),
                        readInput(row.getString("input")),
                        read(row.getString("changes"), new TypeReference<>() {})))
                .list();
    }

    /**
     * The changes of a release, without what brought them.
     *
     * @param stored what {@link #CHANGES} selects
     */
    public static List<Change> changes(String stored) {
        return read(stored, new TypeReference<List<List<Change>>>() {}).stream()
                .flatMap(List::stream)
                .toList();
    }

    private static JsonMapper mapper() {
        var mapper = EventJson.mapper().copy();
        mapper.registerSubtypes(Input.class.getPermittedSubclasses());
        return mapper;
    }

    private static String write(Object value, Class<?> as) {
        try {
            return MAPPER.writerFor(as).writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("A journal entry cannot be written as JSON", e);
        }
    }

    private static Input readInput(String json) {
        try {
            return MAPPER.readValue(json, Input.class);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("A journal entry cannot be read", e);
        }
    }

    private static <T> T read(String json, TypeReference<T> type) {
        try {
            return MAPPER.readValue(json, type);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("A journal entry cannot be read", e);
        }
    }
}
