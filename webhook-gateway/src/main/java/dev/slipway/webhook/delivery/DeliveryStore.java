package dev.slipway.webhook.delivery;

import static java.util.Comparator.comparing;

import dev.slipway.event.WebhookEvent.Mode;
import dev.slipway.messaging.TraceParent;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/** The deliveries in PostgreSQL. */
@Singleton
public class DeliveryStore {

    static final String COLUMNS =
            "delivery.id, source, subject, event_id, type, mode, occurred_at, traceparent, scheme, retention_days, replay_of";

    private static final Comparator<Received> BY_EVENT = comparing(
                    (Received row) -> row.delivery().source())
            .thenComparing(row -> row.delivery().eventId());

    private static final String INSERT = """
            WITH incoming AS MATERIALIZED (
                SELECT * FROM unnest(
                    ?::smallint[], ?::uuid[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[],
                    ?::timestamptz[], ?::text[], ?::text[], ?::text[], ?::bytea[]
                ) WITH ORDINALITY AS incoming
                    (retention_days, id, source, subject, event_id, type, mode,
                    occurred_at, traceparent, scheme, headers, body, position)
            ), fresh AS (
                INSERT INTO seen_event (source, event_id, delivery_id)
                SELECT source, event_id, id FROM incoming ORDER BY position
                ON CONFLICT DO NOTHING
                RETURNING delivery_id
            ), stored AS (
                INSERT INTO delivery
                    (retention_days, id, source, subject, event_id, type, mode,
                    occurred_at, traceparent, scheme, headers, body)
                SELECT retention_days, id, source, subject, event_id, type, mode,
                    occurred_at, traceparent, scheme, headers, body
                FROM incoming JOIN fresh ON fresh.delivery_id = incoming.id
            ), queued AS (
                INSERT INTO unpublished (batch_id, delivery_ids)
                SELECT ?, array_agg(delivery_id ORDER BY delivery_id) FROM fresh HAVING count(*) > 0
            ), forwarded AS (
                INSERT INTO forward (retention_days, delivery_id, source, endpoint, subject, next_attempt_at)
                SELECT retention_days, delivery_id, source, endpoint, subject, next_attempt_at
                FROM unnest(?::uuid[], ?::text[], ?::timestamptz[]) AS wanted (delivery_id, endpoint, next_attempt_at)
                    JOIN fresh USING (delivery_id)
                    JOIN incoming ON incoming.id = delivery_id
            )
            SELECT delivery_id FROM fresh
            """;

    private final Jdbi jdbi;
    private final DeliveryConfig config;

    public DeliveryStore(Jdbi jdbi, DeliveryConfig config) {
        this.jdbi = jdbi;
        this.config = config;
    }

    /**
     * Stores deliveries, those whose event has not come before. It is one statement, so one round trip and one
     * transaction, and durable when this returns.
     *
     * @return the ids of those that were stored
     */
    Set<UUID> insert(Batch batch) {
        // Two transactions that insert the same keys in another order would wait for each other.
        var rows = batch.deliveries().stream().sorted(BY_EVENT).toList();
        return jdbi.withHandle(handle -> insert(handle.getConnection(), batch.id(), rows));
    }

    /** By hand, because for each delivery that comes Jdbi would take as long as PostgreSQL does. */
    private static Set<UUID> insert(Connection connection, UUID batchId, List<Received> rows) {
        try (var statement = connection.prepareStatement(INSERT)) {
            var columns = new Columns(connection, statement, rows);
            columns.set("int2", row -> (short) row.delivery().retentionDays());
            columns.set("uuid", row -> row.delivery().id());
            columns.set("text", row -> row.delivery().source());
            columns.set("text", row -> row.delivery().subject());
            columns.set("text", row -> row.delivery().eventId());
            columns.set("text", row -> row.delivery().type());
            columns.set("text", row -> row.delivery().mode().name());
            columns.set("timestamptz", row -> row.delivery().occurredAt());
            columns.set("text", row -> row.delivery().trace().value());
            columns.set("text", row -> row.delivery().scheme());
            columns.set("text", Received::headers);
            columns.set(rows.stream().map(Received::body).toArray(byte[][]::new));
            columns.set(batchId);
            var forwards = rows.stream()
                    .flatMap(row -> row.endpoints().stream().map(endpoint -> new Forward(row.delivery(), endpoint)))
                    .toList();
            columns.set("uuid", forwards, forward -> forward.delivery().id());
            columns.set("text", forwards, Forward::endpoint);
            columns.set("timestamptz", forwards, forward -> forward.delivery().receivedAt());
            var stored = new HashSet<UUID>();
            try (var ids = statement.executeQuery()) {
                while (ids.next()) {
                    stored.add(ids.getObject(1, UUID.class));
                }
            }
            return stored;
        } catch (SQLException e) {
            throw new StorageUnavailableException("PostgreSQL does not take deliveries", e);
        }
    }

    /** A delivery that an endpoint is to get. */
    private record Forward(Delivery delivery, String endpoint) {}

    /** The parameters of a statement, in their order: an array for each column. */
    private static final class Columns {

        private final Connection connection;
        private final PreparedStatement statement;
        private final List<Received> rows;
        private int position;

        Columns(Connection connection, PreparedStatement statement, List<Received> rows) {
            this.connection = connection;
            this.statement = statement;
            this.rows = rows;
        }

        void set(String type, Function<Received, Object> value) throws SQLException {
            set(type, rows, value);
        }

        <T> void set(String type, List<T> rows, Function<T, Object> value) throws SQLException {
            var values = new Object[rows.size()];
            for (var row = 0; row < values.length; row++) {
                values[row] = value.apply(rows.get(row));
            }
            statement.setArray(++position, connection.createArrayOf(type, values));
        }

        void set(byte[][] values) throws SQLException {
            statement.setArray(++position, connection.createArrayOf("bytea", values));
        }

        void set(UUID value) throws SQLException {
            statement.setObject(++position, value);
        }
    }

    /** The batch that was begun last, of those that Kafka may not have yet. */
    Optional<UUID> lastUnpublished(Handle handle) {
        return handle.createQuery("SELECT batch_id FROM unpublished ORDER BY batch_id DESC LIMIT 1")
                .mapTo(UUID.class)
                .findOne();
    }

    /** Batches that Kafka may not have yet, but for some that are known: so many of them at most. */
    List<UUID> unpublishedBut(Handle handle, Collection<UUID> known, int limit) {
        return handle.createQuery("SELECT batch_id FROM unpublished WHERE batch_id <> ALL (:known) LIMIT :limit")
                .bindArray("known", UUID.class, known.toArray())
                .bind("limit", limit)
                .mapTo(UUID.class)
                .list();
    }

    /**
     * Batches that Kafka may not have yet, begun after one and up to another, in the order of their beginning: the first of
     * them, until they have so many deliveries.
     */
    List<Unpublished> unpublished(Handle handle, UUID after, UUID last, int deliveries) {
        return handle.createQuery("""
                        SELECT batch_id, delivery_ids FROM (
                            SELECT *, sum(cardinality(delivery_ids)) OVER (ORDER BY batch_id) AS deliveries
                            FROM (
                                SELECT * FROM unpublished WHERE batch_id > :after AND batch_id <= :last
                                ORDER BY batch_id LIMIT :deliveries
                            ) AS next
                        ) AS counted
                        WHERE deliveries - cardinality(delivery_ids) < :deliveries
                        ORDER BY batch_id
                        """)
                .bind("after", after)
                .bind("last", last)
                .bind("deliveries", deliveries)
                .map((row, context) -> new Unpublished(row.getObject("batch_id", UUID.class), List.of((UUID[])
                        row.getArray("delivery_ids").getArray())))
                .list();
    }

    /**
     * Reads deliveries to be published, in the order of their arrival: the first of them, until their bodies are so large
     * together as those that one transaction stores. A body too large for an event is left empty.
     */
    List<Received> read(Handle handle, Collection<UUID> ids) {
        return handle.createQuery("""
                        SELECT <columns>, CASE WHEN bytes > 0 THEN body ELSE '' END AS body FROM (
                            SELECT *, sum(bytes) OVER (ORDER BY id) - bytes AS before FROM (
                                SELECT *, CASE WHEN octet_length(body) <= :largest THEN octet_length(body) ELSE 0 END AS bytes
                                FROM delivery WHERE id = ANY (:ids)
                            ) AS wanted
                        ) AS delivery
                        WHERE before < :bytes OR before = 0 ORDER BY id
                        """)
                .define("columns", COLUMNS)
                .bind("largest", config.largestPayload().asLongValue())
                .bind("bytes", config.batchBytes().asLongValue())
                .bindArray("ids", UUID.class, ids.toArray())
                .map((row, context) -> new Received(delivery(row), "", row.getBytes("body")))
                .list();
    }

    /** Notes that Kafka has all deliveries of some batches. */
    void published(Handle handle, Collection<UUID> batchIds) {
        handle.createUpdate("DELETE FROM unpublished WHERE batch_id = ANY (:ids)")
                .bindArray("ids", UUID.class, batchIds.toArray())
                .execute();
    }

    /** How much Kafka does not have yet. */
    BacklogSize backlog() {
        return jdbi.withHandle(handle -> handle.createQuery("""
                        SELECT coalesce(sum(cardinality(delivery_ids)), 0) AS deliveries,
                            (SELECT batch_id FROM unpublished ORDER BY batch_id LIMIT 1) AS oldest
                        FROM unpublished
                        """)
                .map((row, context) -> new BacklogSize(
                        row.getLong("deliveries"),
                        Optional.ofNullable(row.getObject("oldest", UUID.class)).map(Delivery::timeOf)))
                .one());
    }

    static Delivery delivery(ResultSet row) throws SQLException {
        return new Delivery(
                row.getObject("id", UUID.class),
                row.getString("source"),
                row.getString("subject"),
                row.getString("event_id"),
                row.getString("type"),
                Mode.valueOf(row.getString("mode")),
                row.getObject("occurred_at", OffsetDateTime.class).toInstant(),
                new TraceParent(row.getString("traceparent")),
                row.getString("scheme"),
                row.getInt("retention_days"),
                Optional.ofNullable(row.getObject("replay_of", UUID.class)));
    }

    /**
     * What Kafka may not have yet.
     *
     * @param oldest when the oldest of it was stored
     */
    record BacklogSize(long deliveries, Optional<Instant> oldest) {}

    /** A batch that Kafka may not have yet; the ids are those of its deliveries that are stored. */
    record Unpublished(UUID batchId, List<UUID> deliveryIds) {

        Unpublished {
            deliveryIds = List.copyOf(deliveryIds);
        }
    }
}
