package dev.slipway.webhook.deadletter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import dev.slipway.event.EventJson;
import dev.slipway.event.EventTypes;
import dev.slipway.event.Topic;
import dev.slipway.messaging.DeadLetter;
import dev.slipway.messaging.Ids;
import dev.slipway.messaging.Outbox;
import dev.slipway.webhook.deadletter.KeptDeadLetter.Redriven;
import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import jakarta.inject.Singleton;
import java.io.UncheckedIOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.SqlStatement;

/** The dead letters in PostgreSQL: Kafka has no index, and forgets. */
@Singleton
public class DeadLetterStore {

    private static final int UUID_LENGTH = 36;

    private static final String COLUMNS =
            "id, at, service, reason, origin, event_id, event, delivery_id, redrive_of, redriven_by, redriven_at";

    private static final String MATCHING = """
            (:service::text IS NULL OR service = :service)
            AND (:deliveryId::uuid IS NULL OR delivery_id = :deliveryId)
            AND (:redriven::boolean IS NULL OR (redriven_at IS NOT NULL) = :redriven)
            AND (:from::timestamptz IS NULL OR at >= :from)
            AND (:to::timestamptz IS NULL OR at < :to)
            """;

    private final Jdbi jdbi;
    private final Outbox outbox;
    private final DeadLetterConfig config;
    private final Clock clock;

    public DeadLetterStore(Jdbi jdbi, Outbox outbox, DeadLetterConfig config, Clock clock) {
        this.jdbi = jdbi;
        this.outbox = outbox;
        this.config = config;
        this.clock = clock;
    }

    /** Keeps dead letters, those that are not kept already. */
    void keep(List<DeadLetter> letters) {
        jdbi.useTransaction(handle -> letters.forEach(letter -> keep(handle, letter)));
    }

    private static void keep(Handle handle, DeadLetter letter) {
        var eventId = letter.attribute("id").map(DeadLetterStore::storable);
        handle.createUpdate("""
                        INSERT INTO dead_letter
                            (id, record_partition, record_offset, at, service, reason, origin, event_id, event,
                            delivery_id, redrive_of, record_key, headers, value)
                        VALUES (:id, :partition, :offset, :at, :service, :reason, :origin, :eventId, :event,
                            :deliveryId, :redriveOf, :key, :headers, :value)
                        ON CONFLICT DO NOTHING
                        """)
                .bind("id", Ids.next())
                .bind("partition", letter.partition())
                .bind("offset", letter.offset())
                .bind("at", letter.at().atOffset(ZoneOffset.UTC))
                .bind("service", storable(letter.service()))
                .bind("reason", storable(letter.reason()))
                .bind("origin", storable(letter.origin()))
                .bind("eventId", eventId)
                .bind(
                        "event",
                        letter.attribute("type")
                                .map(type -> EventTypes.nameOf(type).orElse(type))
                                .map(DeadLetterStore::storable))
                .bind("deliveryId", eventId.flatMap(DeadLetterStore::deliveryId))
                .bind("redriveOf", letter.redriveId())
                .bind("key", letter.key().map(DeadLetterStore::storable))
                .bind("headers", json(letter.headers()))
                .bind("value", letter.value())
                .execute();
    }

    /** The newest that match, newest first; those before another, if one is given. */
    List<KeptDeadLetter> list(DeadLetterFilter filter, Optional<UUID> before, int limit) {
        return jdbi.withHandle(handle -> bind(handle.createQuery("""
                        SELECT <columns> FROM dead_letter WHERE <matching> AND (:before::uuid IS NULL OR id < :before)
                        ORDER BY id DESC LIMIT :limit
                        """), filter)
                .define("columns", COLUMNS)
                .bind("before", before)
                .bind("limit", limit)
                .map((row, context) -> kept(row))
                .list());
    }

    /** Those that tell of a delivery, newest first. */
    public List<KeptDeadLetter> of(UUID deliveryId, int limit) {
        return list(
                new DeadLetterFilter(
                        Optional.empty(),
                        Optional.of(deliveryId),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty()),
                Optional.empty(),
                limit);
    }

    /** One of them, without what it brought. */
    Optional<KeptDeadLetter> find(Handle handle, UUID id) {
        return handle.createQuery("SELECT <columns> FROM dead_letter WHERE id = :id")
                .define("columns", COLUMNS)
                .bind("id", id)
                .map((row, context) -> kept(row))
                .findOne();
    }

    /** What one of them brought. */
    Optional<DeadLetter> letter(Handle handle, UUID id) {
        return handle.createQuery("""
                        SELECT record_partition, record_offset, at, record_key, headers, value, redrive_of
                        FROM dead_letter WHERE id = :id
                        """)
                .bind("id", id)
                .map((row, context) -> new DeadLetter(
                        Topic.WEBHOOKS,
                        row.getInt("record_partition"),
                        row.getLong("record_offset"),
                        row.getObject("at", OffsetDateTime.class).toInstant(),
                        Optional.ofNullable(row.getString("record_key")),
                        headers(row.getString("headers")),
                        Optional.ofNullable(row.getBytes("value")),
                        Optional.ofNullable(row.getObject("redrive_of", UUID.class))))
                .findOne();
    }

    /** How many match and were not redriven; it counts no further than a limit. */
    int count(Handle handle, DeadLetterFilter filter, int limit) {
        return bind(handle.createQuery("""
                        SELECT count(*) FROM (
                            SELECT FROM dead_letter WHERE <matching> AND redriven_at IS NULL LIMIT :limit
                        )
                        """), filter)
                .bind("limit", limit)
                .mapTo(Integer.class)
                .one();
    }

    /**
     * Sends one once more, with the transaction of {@code handle}. The redrive has the dead letter's id.
     *
     * @param by who asks for it
     * @return whether it is there, and was not redriven before
     */
    boolean redrive(Handle handle, UUID id, String by) {
        var letter = handle.createUpdate("""
                        UPDATE dead_letter SET redriven_by = :by, redriven_at = :now
                        WHERE id = :id AND redriven_at IS NULL
                        """)
                                .bind("by", by)
                                .bind("now", clock.instant().atOffset(ZoneOffset.UTC))
                                .bind("id", id)
                                .execute()
                        == 1
                ? letter(handle, id)
                : Optional.<DeadLetter>empty();
        letter.ifPresent(found -> outbox.redrive(handle, found, id));
        return letter.isPresent();
    }

    /**
     * Sends the oldest once more that match and were not redriven before.
     *
     * @return how many
     */
    int redrive(Handle handle, DeadLetterFilter filter, int limit, String by) {
        var ids = bind(handle.createQuery("""
                        SELECT id FROM dead_letter WHERE <matching> AND redriven_at IS NULL
                        ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED
                        """), filter)
                .bind("limit", limit)
                .mapTo(UUID.class)
                .list();
        // One by one, because each may be megabytes.
        ids.forEach(id -> redrive(handle, id, by));
        return ids.size();
    }

    @Scheduled(every = "1h", delayed = "1h", concurrentExecution = ConcurrentExecution.SKIP)
    void forget() {
        jdbi.useHandle(handle -> handle.execute(
                "DELETE FROM dead_letter WHERE at < ?",
                clock.instant().minus(config.retention()).atOffset(ZoneOffset.UTC)));
    }

    private static <S extends SqlStatement<S>> S bind(S statement, DeadLetterFilter filter) {
        return statement
                .define("matching", MATCHING)
                .bind("service", filter.service())
                .bind("deliveryId", filter.deliveryId())
                .bind("redriven", filter.state().map(DeadLetterState.REDRIVEN::equals))
                .bind("from", filter.from().map(from -> from.atOffset(ZoneOffset.UTC)))
                .bind("to", filter.to().map(to -> to.atOffset(ZoneOffset.UTC)));
    }

    private static KeptDeadLetter kept(ResultSet row) throws SQLException {
        var redrivenBy = row.getString("redriven_by");
        return new KeptDeadLetter(
                row.getObject("id", UUID.class),
                row.getObject("at", OffsetDateTime.class).toInstant(),
                row.getString("service"),
                row.getString("reason"),
                row.getString("origin"),
                Optional.ofNullable(row.getString("event_id")),
                Optional.ofNullable(row.getString("event")),
                Optional.ofNullable(row.getObject("delivery_id", UUID.class)),
                Optional.ofNullable(row.getObject("redrive_of", UUID.class)),
                redrivenBy == null
                        ? Optional.empty()
                        : Optional.of(new Redriven(
                                redrivenBy,
                                row.getObject("redriven_at", OffsetDateTime.class)
                                        .toInstant())));
    }

    /** The event's id is the delivery's, or that with {@code @} and the environment to which release-service offers it. */
    private static Optional<UUID> deliveryId(String eventId) {
        try {
            return Optional.of(UUID.fromString(eventId.substring(0, Math.min(UUID_LENGTH, eventId.length()))));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** PostgreSQL's text has no NUL. */
    private static String storable(String text) {
        return text.replace("\0", "");
    }

    private static String json(Map<String, String> headers) {
        try {
            return EventJson.mapper().writeValueAsString(headers);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Map<String, String> headers(String json) {
        try {
            return EventJson.mapper().readValue(json, new TypeReference<>() {});
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}
