package dev.slipway.webhook.delivery;

import dev.slipway.webhook.outcome.Outcomes;
import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import jakarta.inject.Singleton;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.Query;

/** The deliveries as operators look at them. */
@Singleton
public class DeliveryLookup {

    private final Jdbi jdbi;
    private final Outcomes outcomes;

    public DeliveryLookup(Jdbi jdbi, Outcomes outcomes) {
        this.jdbi = jdbi;
        this.outcomes = outcomes;
    }

    /** A delivery and how far it has come. */
    record Stored(Delivery delivery, DeliveryState state) {}

    /**
     * A delivery with all that came.
     *
     * @param replayedBy who asked for it, if it is a replay
     */
    @SuppressWarnings("ArrayRecordComponent") // Nobody compares these.
    record StoredWithBody(Stored stored, Optional<String> replayedBy, String headers, byte[] body) {}

    /**
     * A delivery that repeats another.
     *
     * @param by who asked for it
     */
    record Replay(UUID id, String by) {}

    /** The newest deliveries that match, newest first; those that came before another, if one is given. */
    List<Stored> list(DeliveryFilter filter, Optional<UUID> before, int limit) {
        return jdbi.inTransaction(handle -> query(handle, filter, before, limit)
                .map((row, context) -> stored(row))
                .list());
    }

    Query query(Handle handle, DeliveryFilter filter, Optional<UUID> before, int limit) {
        var matching = new DeliveryQuery(filter);
        before.ifPresent(matching::before);
        // What is unpublished is read once for all of the page, however much it is.
        return handle.createQuery("""
                        WITH page AS MATERIALIZED (
                            SELECT * FROM <matching> AS delivery ORDER BY id DESC LIMIT :limit
                        )
                        SELECT *, id <> ALL (ARRAY(
                            SELECT waiting FROM unpublished CROSS JOIN unnest(delivery_ids) AS waiting
                            WHERE waiting IN (SELECT id FROM page)
                        )) AS published
                        FROM page ORDER BY id DESC
                        """)
                .define("matching", matching.sql(handle, DeliveryStore.COLUMNS, "DESC"))
                .bindMap(matching.values())
                .bind("limit", limit);
    }

    /** One delivery, whatever its size. */
    Optional<StoredWithBody> find(UUID id) {
        return jdbi.withHandle(handle -> query(handle, id)
                .map((row, context) -> new StoredWithBody(
                        stored(row),
                        Optional.ofNullable(row.getString("replayed_by")),
                        row.getString("headers"),
                        row.getBytes("body")))
                .findOne());
    }

    Query query(Handle handle, UUID id) {
        return handle.createQuery("""
                        SELECT <columns>, headers, body,
                            NOT EXISTS (SELECT FROM unpublished WHERE delivery.id = ANY (delivery_ids)) AS published,
                            (SELECT by FROM replay WHERE delivery_id = :id) AS replayed_by
                        FROM delivery WHERE id = :id
                        """).define("columns", DeliveryStore.COLUMNS).bind("id", id);
    }

    /** The newest replays of a delivery, newest first. */
    List<Replay> replays(UUID id, int limit) {
        return jdbi.withHandle(handle -> handle.createQuery("""
                        SELECT delivery_id, by FROM replay WHERE replay_of = :id ORDER BY delivery_id DESC LIMIT :limit
                        """)
                .bind("id", id)
                .bind("limit", limit)
                .map((row, context) -> new Replay(row.getObject("delivery_id", UUID.class), row.getString("by")))
                .list());
    }

    /** What is noted about deliveries goes after their days, and the keys of calls after one. */
    @Scheduled(every = "1h", delayed = "1h", concurrentExecution = ConcurrentExecution.SKIP)
    void forget() {
        jdbi.useTransaction(handle -> {
            var oldestDay = handle.createQuery("""
                            SELECT min(substring(relid::regclass::text FROM '\\d{8}$'))
                            FROM pg_partition_tree('delivery') WHERE isleaf
                            """).mapTo(String.class).findOne();
            oldestDay
                    .map(day -> LocalDate.parse(day, DateTimeFormatter.BASIC_ISO_DATE))
                    .map(day ->
                            Delivery.firstIdAt(day.atStartOfDay(ZoneOffset.UTC).toInstant()))
                    .ifPresent(first -> {
                        handle.execute("DELETE FROM replay WHERE delivery_id < ?", first);
                        outcomes.forgetBefore(handle, first);
                    });
            // As long as docs/webhooks/deliveries.md says that a call may be sent again.
            handle.execute("DELETE FROM idempotency WHERE created_at < now() - interval '1 day'");
        });
    }

    private static Stored stored(ResultSet row) throws SQLException {
        return new Stored(
                DeliveryStore.delivery(row),
                row.getBoolean("published") ? DeliveryState.PUBLISHED : DeliveryState.ACCEPTED);
    }
}
