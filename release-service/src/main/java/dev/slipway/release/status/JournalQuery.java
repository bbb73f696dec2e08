package dev.slipway.release.status;

import static java.util.function.Predicate.not;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.slipway.event.EventJson;
import dev.slipway.http.Conditions;
import jakarta.inject.Singleton;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.mapper.RowMapper;

/** Reads journals, to show them. */
@Singleton
public class JournalQuery {

    /** What is read at once of a stream: little enough for memory, enough for few round trips. */
    private static final int CHUNK = 200;

    private static final RowMapper<JournalEntry> ENTRY = (row, context) -> new JournalEntry(
            row.getObject("release_id", UUID.class),
            row.getString("application"),
            row.getString("environment"),
            row.getLong("seq"),
            row.getObject("at", OffsetDateTime.class).toInstant(),
            row.getString("actor"),
            row.getString("origin"),
            Optional.ofNullable(row.getString("reason")),
            row.getString("event_source"),
            row.getString("event_id"),
            row.getString("trace"),
            json(row.getString("input")),
            json(row.getString("changes")));

    private final Jdbi jdbi;

    public JournalQuery(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    /**
     * Which releases' journals are meant.
     *
     * @param from only those that had not ended before
     * @param to only those that were asked for before
     */
    public record Window(
            Optional<String> application, Optional<String> environment, Optional<Instant> from, Optional<Instant> to) {

        /** Every release there is. */
        public static final Window ALL =
                new Window(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
    }

    /**
     * Entries of a release, the oldest first.
     *
     * @param after only those with a greater seq
     */
    List<JournalEntry> page(UUID releaseId, long after, int atMost) {
        return page(releaseId, after, atMost, Window.ALL);
    }

    /** All entries of a release, the oldest first; read as they are taken. */
    Stream<JournalEntry> entries(UUID releaseId) {
        return entries(releaseId, Window.ALL);
    }

    /** The entries of a window, by releases in the order of their requests; read as they are taken. */
    Stream<JournalEntry> entries(Window window) {
        return releases(window).flatMap(id -> entries(id, window));
    }

    /** The releases of a window, in the order of their requests; read as they are taken. */
    public Stream<UUID> releases(Window window) {
        return chunks((Optional<Cursor> last) -> jdbi.withHandle(handle -> releases(handle, window, last)))
                .map(Cursor::id);
    }

    private Stream<JournalEntry> entries(UUID releaseId, Window window) {
        return chunks(last -> page(releaseId, last.map(JournalEntry::seq).orElse(-1L), CHUNK, window));
    }

    private List<JournalEntry> page(UUID releaseId, long after, int atMost, Window window) {
        var conditions = new Conditions()
                .and("release_id = :releaseId", "releaseId", Optional.of(releaseId))
                .and("seq > :after", "after", Optional.of(after))
                .and("at >= :from", "from", window.from())
                .and("at < :to", "to", window.to());
        return jdbi.withHandle(handle -> conditions
                .bind(handle.createQuery("""
                        SELECT journal.*, application, environment,
                               coalesce(input ->> 'reason', input ->> 'comment') AS reason
                        FROM journal JOIN release ON id = release_id WHERE %s ORDER BY seq LIMIT %d
                        """.formatted(conditions, atMost)))
                .map(ENTRY)
                .list());
    }

    private static List<Cursor> releases(Handle handle, Window window, Optional<Cursor> last) {
        var conditions = Cursor.beyond(
                ">",
                last,
                new Conditions()
                        .and("application = :application", "application", window.application())
                        .and("environment = :environment", "environment", window.environment())
                        .orElse(Cursor.ALL)
                        .and("(ended_at IS NULL OR ended_at >= :from)", "from", window.from())
                        .and("requested_at < :to", "to", window.to()));
        return conditions
                .bind(handle.createQuery(
                        "SELECT requested_at, id FROM release WHERE %s ORDER BY requested_at, id LIMIT %d"
                                .formatted(conditions, CHUNK)))
                .map(Cursor.ROW)
                .list();
    }

    private static JsonNode json(String text) {
        try {
            return EventJson.mapper().readTree(text);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("The database gave what is not JSON", e);
        }
    }

    /** What a function reads a chunk at a time, each from where the last one ended. */
    private static <T> Stream<T> chunks(Function<Optional<T>, List<T>> read) {
        return Stream.iterate(
                        read.apply(Optional.empty()),
                        not(List::isEmpty),
                        chunk -> chunk.size() < CHUNK ? List.of() : read.apply(Optional.of(chunk.getLast())))
                .flatMap(List::stream);
    }
}
