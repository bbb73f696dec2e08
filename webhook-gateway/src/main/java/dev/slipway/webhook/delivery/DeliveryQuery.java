package dev.slipway.webhook.delivery;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/**
 * The first deliveries that match, by their ids up or down, as SQL.
 *
 * <p>It asks for each retention apart: the days of one are read in the order of ids, through their indexes, until there
 * are enough. Asked for at once, all that match would be read and sorted.
 */
final class DeliveryQuery {

    private static final String UNPUBLISHED = "SELECT unnest(delivery_ids) FROM unpublished";

    /** Enough to hold three million ids while they are looked up; with less, each would be looked for among all others. */
    private static final String MEMORY = "64MB";

    private final List<String> conditions = new ArrayList<>();
    private final Map<String, Object> values = new HashMap<>();
    private final boolean looksUpUnpublished;

    DeliveryQuery(DeliveryFilter filter) {
        looksUpUnpublished = filter.state().isPresent();
        filter.source().ifPresent(source -> and("source = :source", "source", source));
        filter.type().ifPresent(type -> and("type = :type", "type", type));
        filter.mode().ifPresent(mode -> and("mode = :mode", "mode", mode.name()));
        filter.from().ifPresent(from -> and("id >= :from", "from", Delivery.firstIdAt(from)));
        filter.to().ifPresent(to -> and("id < :to", "to", Delivery.firstIdAt(to)));
        filter.replayOf()
                .ifPresent(original -> and(
                        "id IN (SELECT delivery_id FROM replay WHERE replay_of = :replayOf)", "replayOf", original));
        filter.eventId().ifPresent(eventId -> and("""
                        id IN (SELECT delivery_id FROM seen_event WHERE event_id = :eventId
                            UNION ALL SELECT delivery_id FROM replay WHERE event_id = :eventId)
                        """, "eventId", eventId));
        filter.state()
                .ifPresent(state -> and(
                        switch (state) {
                            case ACCEPTED -> "id IN (" + UNPUBLISHED + ")";
                            case PUBLISHED -> "id NOT IN (" + UNPUBLISHED + ")";
                        }));
    }

    DeliveryQuery and(String condition) {
        conditions.add(condition);
        return this;
    }

    DeliveryQuery and(String condition, String name, Object value) {
        values.put(name, value);
        return and(condition);
    }

    DeliveryQuery before(UUID id) {
        return and("id < :before", "before", id);
    }

    DeliveryQuery after(UUID id) {
        return and("id > :after", "after", id);
    }

    /** What its conditions name. */
    Map<String, Object> values() {
        return values;
    }

    /**
     * The query, in parentheses, with columns of {@code delivery}; as many rows of each retention as {@code :limit} says.
     *
     * @param handle in the transaction in which the query is made
     * @param direction {@code ASC} or {@code DESC}
     */
    String sql(Handle handle, String columns, String direction) {
        if (looksUpUnpublished) {
            handle.execute("SET LOCAL work_mem = '" + MEMORY + "'");
        }
        return handle
                .createQuery("""
                        SELECT substring(inhrelid::regclass::text FROM 'delivery_(\\d+)d') FROM pg_inherits
                        WHERE inhparent = 'delivery'::regclass
                        """)
                .mapTo(Integer.class)
                .map(days -> "(SELECT %s FROM delivery WHERE %s ORDER BY id %s LIMIT :limit)"
                        .formatted(columns, where(days), direction))
                .stream()
                .collect(joining(" UNION ALL ", "(", ")"));
    }

    private String where(int retentionDays) {
        return conditions.stream()
                .map(condition -> " AND " + condition)
                .collect(joining("", "retention_days = " + retentionDays, ""));
    }
}
