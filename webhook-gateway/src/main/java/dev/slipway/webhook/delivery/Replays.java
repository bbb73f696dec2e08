package dev.slipway.webhook.delivery;

import dev.slipway.webhook.forward.Endpoints;
import jakarta.inject.Singleton;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;

/**
 * Repeats deliveries: each becomes a new one, with the same event and another id, so that it has its effect once more.
 * The database copies them; their bodies do not come here. It also notes them as not published yet, in batches like
 * those that arrive together, and the publisher finds them there. They are forwarded to the endpoints that their source
 * has now.
 */
@Singleton
public class Replays {

    /** Those that one call may take, oldest first, and one more if there are more. */
    private static final String CHOSEN = """
            WITH matching AS MATERIALIZED (
                SELECT *, row_number() OVER arrival AS place, sum(octet_length(body)) OVER arrival AS bytes
                FROM <matching> AS delivery WINDOW arrival AS (ORDER BY id) ORDER BY id LIMIT :limit
            ), chosen AS (
                SELECT * FROM matching WHERE place < :limit AND (bytes <= :bytes OR place = 1)
            )
            """;

    private final Endpoints endpoints;
    private final DeliveryConfig deliveries;
    private final ReplayConfig config;

    public Replays(Endpoints endpoints, DeliveryConfig deliveries, ReplayConfig config) {
        this.endpoints = endpoints;
        this.deliveries = deliveries;
        this.config = config;
    }

    /**
     * Deliveries of one call.
     *
     * @param ids the new ones, or those that would be repeated; in the order of their arrival
     * @param next the last that was repeated, if there are more after it
     */
    record Replayed(List<UUID> ids, Optional<UUID> next) {

        Replayed {
            ids = List.copyOf(ids);
        }
    }

    /**
     * Repeats one delivery.
     *
     * @param by who asks for it
     * @return the new delivery's id, or nothing if there is no such delivery
     */
    Optional<UUID> replay(Handle handle, UUID id, String by) {
        var query = new DeliveryQuery(DeliveryFilter.ALL).and("id = :id", "id", id);
        return replay(handle, query, 1, by).ids().stream().findFirst();
    }

    /**
     * Repeats the oldest deliveries that match and are no replays themselves.
     *
     * @param after the {@code next} of the call before
     * @param by who asks for it
     */
    Replayed replay(Handle handle, DeliveryFilter filter, Optional<UUID> after, int limit, String by) {
        return replay(handle, originals(filter, after), limit, by);
    }

    /** What {@link #replay(Handle, DeliveryFilter, Optional, int, String)} would repeat. */
    Replayed wouldReplay(Handle handle, DeliveryFilter filter, Optional<UUID> after, int limit) {
        var query = originals(filter, after);
        return replayed(rows(bind(handle, query, limit, CHOSEN + """
                SELECT id, id AS original, retention_days, source, subject, type, <more> AS more
                FROM chosen ORDER BY id
                """)));
    }

    private static DeliveryQuery originals(DeliveryFilter filter, Optional<UUID> after) {
        var query = new DeliveryQuery(filter).and("replay_of IS NULL");
        after.ifPresent(query::after);
        return query;
    }

    private Replayed replay(Handle handle, DeliveryQuery query, int limit, String by) {
        var copies = rows(bind(handle, query, limit, CHOSEN + """
                , copied AS MATERIALIZED (
                    SELECT uuidv7() AS copy, * FROM (SELECT * FROM chosen ORDER BY id) AS chosen
                ), stored AS (
                    INSERT INTO delivery
                        (retention_days, id, source, subject, event_id, type, mode,
                        occurred_at, traceparent, scheme, replay_of, headers, body)
                    SELECT retention_days, copy, source, subject, event_id, type, mode,
                        occurred_at, traceparent, scheme, id, headers, body
                    FROM copied
                ), noted AS (
                    INSERT INTO replay (delivery_id, replay_of, event_id, by)
                    SELECT copy, id, event_id, :by FROM copied
                ), queued AS (
                    INSERT INTO unpublished (batch_id, delivery_ids)
                    SELECT uuidv7(), ids FROM (
                        SELECT array_agg(copy ORDER BY place) AS ids FROM copied
                        GROUP BY (place - 1) / :batchSize, (bytes - 1) / :batchBytes ORDER BY min(place)
                    ) AS batch
                )
                SELECT copy AS id, id AS original, retention_days, source, subject, type, <more> AS more
                FROM copied ORDER BY place
                """)
                .bind("by", by)
                .bind("batchSize", deliveries.batchSize())
                .bind("batchBytes", deliveries.batchBytes().asLongValue()));
        forward(handle, copies);
        return replayed(copies);
    }

    private void forward(Handle handle, List<Row> copies) {
        var bySource = endpoints.bySource();
        var forwards = handle.prepareBatch("""
                INSERT INTO forward (retention_days, delivery_id, source, endpoint, subject, next_attempt_at)
                VALUES (?, ?, ?, ?, ?, ?)
                """);
        for (var copy : copies) {
            bySource.getOrDefault(copy.source(), List.of()).stream()
                    .filter(endpoint -> endpoint.takes(copy.type()))
                    .forEach(endpoint -> forwards.add(
                            copy.retentionDays(),
                            copy.id(),
                            copy.source(),
                            endpoint.name(),
                            copy.subject(),
                            Delivery.timeOf(copy.id()).atOffset(ZoneOffset.UTC)));
        }
        forwards.execute();
    }

    private Query bind(Handle handle, DeliveryQuery query, int limit, String sql) {
        return handle.createQuery(sql)
                .define("matching", query.sql(handle, "*", "ASC"))
                .define("more", "(SELECT count(*) FROM matching) > (SELECT count(*) FROM chosen)")
                .bindMap(query.values())
                .bind("limit", limit + 1)
                .bind("bytes", config.bytes().asLongValue());
    }

    private static List<Row> rows(Query query) {
        return query.map((row, context) -> new Row(
                        row.getObject("id", UUID.class),
                        row.getObject("original", UUID.class),
                        row.getInt("retention_days"),
                        row.getString("source"),
                        row.getString("subject"),
                        row.getString("type"),
                        row.getBoolean("more")))
                .list();
    }

    private static Replayed replayed(List<Row> rows) {
        return new Replayed(
                rows.stream().map(Row::id).toList(),
                rows.isEmpty() || !rows.getLast().more()
                        ? Optional.empty()
                        : Optional.of(rows.getLast().original()));
    }

    /** A delivery that was repeated. */
    private record Row(
            UUID id, UUID original, int retentionDays, String source, String subject, String type, boolean more) {}
}
