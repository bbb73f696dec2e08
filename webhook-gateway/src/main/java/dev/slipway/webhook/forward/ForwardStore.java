package dev.slipway.webhook.forward;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.slipway.webhook.delivery.Delivery;
import dev.slipway.webhook.forward.Outcome.Answered;
import dev.slipway.webhook.forward.Outcome.Unanswered;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.result.RowView;
import org.jspecify.annotations.Nullable;

/** The forwards in PostgreSQL. They are written there with their deliveries. */
@Singleton
public class ForwardStore {

    /** How much longer than an attempt its lease is, so that there is time to note what became of it. */
    private static final Duration NOTING = Duration.ofSeconds(15);

    private static final int DELETED_AT_ONCE = 5_000;

    private static final String IS_DUE = """
            forward.state = 'PENDING' AND forward.next_attempt_at <= :now
            AND (forward.lease_until IS NULL OR forward.lease_until <= :now)
            """;

    /** Forwards of a lane that are due, those that have been so for longest first. */
    private static final String DUE = """
            SELECT forward.ctid AS place, retention_days, delivery_id FROM forward
            WHERE forward.source = lane.source AND forward.endpoint = lane.endpoint AND\s""" + IS_DUE + """
            ORDER BY forward.next_attempt_at
            """;

    /** The first pending forward of each subject of a lane, if it is due. The rest is not looked at, however long it is. */
    private static final String DUE_IN_ORDER = """
            SELECT forward.ctid AS place, forward.retention_days, forward.delivery_id
            FROM (
                WITH RECURSIVE first AS (
                    (SELECT subject, delivery_id FROM forward
                    WHERE source = lane.source AND endpoint = lane.endpoint AND state = 'PENDING'
                    ORDER BY subject, delivery_id LIMIT 1)
                    UNION ALL
                    SELECT following.subject, following.delivery_id FROM first CROSS JOIN LATERAL (
                        SELECT subject, delivery_id FROM forward
                        WHERE source = lane.source AND endpoint = lane.endpoint AND state = 'PENDING'
                            AND subject > first.subject
                        ORDER BY subject, delivery_id LIMIT 1) AS following
                )
                SELECT * FROM first
            ) AS first
            JOIN forward ON forward.source = lane.source AND forward.endpoint = lane.endpoint
                AND forward.subject = first.subject AND forward.delivery_id = first.delivery_id
            WHERE\s""" + IS_DUE;

    /** Whoever changes several forwards locks them in this order, so that no two wait for each other. */
    private static final String LOCKED =
            "ORDER BY forward.retention_days, forward.delivery_id, forward.endpoint FOR NO KEY UPDATE OF forward";

    /**
     * How much may be sent to an endpoint.
     *
     * @param free how many further attempts may be made
     * @param underWay how many are being made
     */
    record Lane(EndpointRef ref, Endpoint endpoint, int free, int underWay) {}

    /** An attempt that has ended. */
    record Ended(Forward forward, Instant startedAt, Duration took, Outcome outcome, Verdict verdict) {

        Instant endedAt() {
            return startedAt.plus(took);
        }
    }

    /**
     * Takes forwards that are due, and whose lease, if there was one, is over, and counts the attempt. Of an endpoint
     * that keeps failing, a single one is taken; of one that is to be left alone, none.
     *
     * @param openAfter after how many failures in a row an endpoint counts as failing
     * @param atMost how many are taken of all lanes together
     * @param bytes no further is taken once the bodies are this large together
     */
    List<Forward> claim(Handle handle, List<Lane> lanes, int openAfter, int atMost, long bytes, Instant now) {
        var ordered = lanes.stream().filter(lane -> lane.endpoint().ordered()).toList();
        var others = lanes.stream().filter(lane -> !lane.endpoint().ordered()).toList();
        var claimed = claim(handle, others, DUE, openAfter, atMost, bytes, now);
        var bytesLeft =
                bytes - claimed.stream().mapToLong(it -> it.body().length).sum();
        var claimedInOrder = claim(handle, ordered, DUE_IN_ORDER, openAfter, atMost - claimed.size(), bytesLeft, now);
        return Stream.concat(claimed.stream(), claimedInOrder.stream()).toList();
    }

    private static List<Forward> claim(
            Handle handle, List<Lane> lanes, String due, int openAfter, int atMost, long bytes, Instant now) {
        if (lanes.isEmpty()) {
            return List.of();
        }
        // By their places, as a join could come to read the whole table.
        return handle.createQuery("""
                        WITH lane AS (
                            SELECT * FROM unnest(:sources, :endpoints, :free, :underWay, :leases)
                                AS lane (source, endpoint, free, under_way, lease_until)
                            LEFT JOIN endpoint_state USING (source, endpoint)
                            WHERE gone_at IS NULL AND (paused_until IS NULL OR paused_until <= :now)
                        ), possible AS MATERIALIZED (
                            SELECT due.place, due.retention_days, due.delivery_id FROM lane CROSS JOIN LATERAL (
                                <due>
                                LIMIT CASE WHEN lane.failures >= :openAfter THEN greatest(1 - lane.under_way, 0)
                                    ELSE lane.free END
                                FOR UPDATE OF forward SKIP LOCKED) AS due
                            LIMIT :atMost
                        ), taken AS (
                            SELECT place FROM (
                                SELECT place, sum(bytes) OVER (ORDER BY place) - bytes AS before
                                FROM possible CROSS JOIN LATERAL (
                                    SELECT octet_length(body) AS bytes FROM delivery
                                    WHERE retention_days = possible.retention_days AND id = possible.delivery_id
                                    LIMIT 1) AS body
                            ) AS sized WHERE before < :bytes
                        ), claimed AS (
                            UPDATE forward SET attempts = attempts + 1, lease_until = lane.lease_until
                            FROM lane
                            WHERE forward.ctid = ANY (ARRAY(SELECT place FROM taken))
                                AND forward.source = lane.source AND forward.endpoint = lane.endpoint
                            RETURNING forward.*
                        )
                        SELECT claimed.*, traceparent, headers, body
                        FROM claimed CROSS JOIN LATERAL (
                            SELECT traceparent, headers, body FROM delivery
                            WHERE delivery.retention_days = claimed.retention_days AND delivery.id = claimed.delivery_id
                            LIMIT 1) AS delivery
                        """)
                .define("due", due)
                .bindArray(
                        "sources",
                        String.class,
                        column(lanes, lane -> lane.ref().source()))
                .bindArray(
                        "endpoints",
                        String.class,
                        column(lanes, lane -> lane.ref().name()))
                .bindArray("free", Integer.class, column(lanes, Lane::free))
                .bindArray("underWay", Integer.class, column(lanes, Lane::underWay))
                .bindArray(
                        "leases",
                        OffsetDateTime.class,
                        column(
                                lanes,
                                lane -> utc(now.plus(lane.endpoint().timeout()).plus(NOTING))))
                .bind("openAfter", openAfter)
                .bind("atMost", atMost)
                .bind("bytes", bytes)
                .bind("now", utc(now))
                .map((row, context) -> new Forward(
                        row.getInt("retention_days"),
                        row.getObject("delivery_id", UUID.class),
                        new EndpointRef(row.getString("source"), row.getString("endpoint")),
                        row.getInt("attempts"),
                        row.getInt("pauses"),
                        row.getString("traceparent"),
                        row.getString("headers"),
                        row.getBytes("body")))
                .list();
    }

    /**
     * Notes what became of attempts. What another replica has taken over meanwhile stays its own, and what was given up or
     * retried by hand stays so, but for what was delivered.
     */
    void conclude(Handle handle, List<Ended> attempts) {
        handle.createUpdate("""
                        WITH ended AS (
                            SELECT * FROM unnest(
                                :retentions::smallint[], :ids, :endpoints, :numbers, :states, :pauses, :nextAttempts,
                                :ats, :durations, :statuses, :errors, :responses
                            ) AS ended (retention_days, delivery_id, endpoint, number, state, pauses, next_attempt_at,
                                at, duration_ms, status, error, response)
                        ), locked AS (
                            SELECT ended.* FROM ended JOIN forward USING (retention_days, delivery_id, endpoint)
                            <locked>
                        ), concluded AS (
                            UPDATE forward
                            SET state = locked.state, pauses = locked.pauses, next_attempt_at = locked.next_attempt_at,
                                lease_until = NULL
                            FROM locked
                            WHERE forward.retention_days = locked.retention_days
                                AND forward.delivery_id = locked.delivery_id AND forward.endpoint = locked.endpoint
                                AND (forward.state = 'PENDING' AND forward.attempts = locked.number
                                        AND forward.lease_until IS NOT NULL
                                    OR locked.state = 'DELIVERED')
                        )
                        INSERT INTO forward_attempt
                            (retention_days, delivery_id, endpoint, number, at, duration_ms, status, error, response)
                        SELECT retention_days, delivery_id, endpoint, number, at, duration_ms, ended.status, error,
                            response
                        FROM ended JOIN forward USING (retention_days, delivery_id, endpoint)
                        ON CONFLICT DO NOTHING
                        """)
                .define("locked", LOCKED)
                .bindArray(
                        "retentions",
                        Integer.class,
                        column(attempts, ended -> ended.forward().retentionDays()))
                .bindArray(
                        "ids",
                        UUID.class,
                        column(attempts, ended -> ended.forward().deliveryId()))
                .bindArray(
                        "endpoints",
                        String.class,
                        column(attempts, ended -> ended.forward().endpoint().name()))
                .bindArray(
                        "numbers",
                        Integer.class,
                        column(attempts, ended -> ended.forward().attempt()))
                .bindArray(
                        "states",
                        String.class,
                        column(attempts, ended -> state(ended).name()))
                .bindArray("pauses", Integer.class, column(attempts, ForwardStore::pauses))
                .bindArray("nextAttempts", OffsetDateTime.class, column(attempts, ended -> utc(nextAttempt(ended))))
                .bindArray("ats", OffsetDateTime.class, column(attempts, ended -> utc(ended.startedAt())))
                .bindArray(
                        "durations",
                        Long.class,
                        column(attempts, ended -> ended.took().toMillis()))
                .bindArray("statuses", Integer.class, column(attempts, ended -> switch (ended.outcome()) {
                    case Answered answer -> answer.status();
                    case Unanswered _ -> null;
                }))
                .bindArray("errors", String.class, column(attempts, ended -> switch (ended.outcome()) {
                    case Answered _ -> null;
                    case Unanswered(var reason) -> storable(reason);
                }))
                .bindArray("responses", String.class, column(attempts, ended -> switch (ended.outcome()) {
                    case Answered answer -> storable(answer.body());
                    case Unanswered _ -> null;
                }))
                .execute();
    }

    /** PostgreSQL's text has no NUL. */
    private static String storable(String text) {
        return text.replace('\0', '\uFFFD');
    }

    private static ForwardState state(Ended ended) {
        return switch (ended.verdict()) {
            case Verdict.Delivered _ -> ForwardState.DELIVERED;
            case Verdict.GivenUp _ -> ForwardState.GIVEN_UP;
            case Verdict.Again _, Verdict.Gone _ -> ForwardState.PENDING;
        };
    }

    private static int pauses(Ended ended) {
        return ended.forward().pauses() + (ended.verdict() instanceof Verdict.Again ? 1 : 0);
    }

    private static Instant nextAttempt(Ended ended) {
        return ended.verdict() instanceof Verdict.Again(var at) ? at : ended.endedAt();
    }

    /** The forwards of a delivery, by their endpoints; nothing if there is no such delivery. */
    Optional<List<Stored>> ofDelivery(Handle handle, UUID deliveryId) {
        var retention = handle.createQuery("SELECT retention_days FROM delivery WHERE id = :delivery")
                .bind("delivery", deliveryId)
                .mapTo(Integer.class)
                .findOne();
        return retention.map(days -> ofDelivery(handle, days, deliveryId));
    }

    private static List<Stored> ofDelivery(Handle handle, int retentionDays, UUID deliveryId) {
        var forwards = handle.createQuery("""
                        SELECT endpoint, state, next_attempt_at FROM forward
                        WHERE retention_days = :retention AND delivery_id = :delivery ORDER BY endpoint
                        """)
                .bind("retention", retentionDays)
                .bind("delivery", deliveryId)
                .map((row, context) -> {
                    var state = ForwardState.valueOf(row.getString("state"));
                    var nextAttemptAt = instant(row.getObject("next_attempt_at", OffsetDateTime.class));
                    return new Stored(
                            row.getString("endpoint"),
                            state,
                            Optional.of(nextAttemptAt).filter(_ -> state == ForwardState.PENDING),
                            List.of());
                })
                .list();
        // Read after the states, so that what has ended is shown with the attempt that ended it.
        var attempts = handle.createQuery("""
                        SELECT endpoint, number, at, duration_ms, status, error, response FROM forward_attempt
                        WHERE retention_days = :retention AND delivery_id = :delivery ORDER BY number
                        """)
                .bind("retention", retentionDays)
                .bind("delivery", deliveryId)
                .reduceRows(new HashMap<String, List<Attempt>>(), (found, row) -> {
                    found.computeIfAbsent(row.getColumn("endpoint", String.class), _ -> new ArrayList<>())
                            .add(attempt(row));
                    return found;
                });
        return forwards.stream()
                .map(forward -> forward.with(attempts.getOrDefault(forward.endpoint(), List.of())))
                .toList();
    }

    /**
     * A forward as it stands.
     *
     * @param nextAttemptAt when it is attempted next, at the earliest, if it is pending
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record Stored(String endpoint, ForwardState state, Optional<Instant> nextAttemptAt, List<Attempt> attempts) {

        public Stored {
            attempts = List.copyOf(attempts);
        }

        Stored with(List<Attempt> others) {
            return new Stored(endpoint, state, nextAttemptAt, others);
        }

        Stored withoutResponses() {
            return with(attempts.stream().map(Attempt::withoutResponse).toList());
        }
    }

    /**
     * One attempt.
     *
     * @param status what the application answered, if it did
     * @param error why there was no answer
     * @param response the first KiB of the answer
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record Attempt(
            int number,
            Instant at,
            long durationMs,
            Optional<Integer> status,
            Optional<String> error,
            Optional<String> response) {

        Attempt withoutResponse() {
            return new Attempt(number, at, durationMs, status, error, Optional.empty());
        }
    }

    /**
     * A forward that was to be retried, as it was.
     *
     * @param isUnderWay whether an attempt was being made
     */
    record Found(ForwardState state, boolean isUnderWay) {}

    /**
     * Makes a forward that is neither delivered nor under way due at once, with the whole schedule before it.
     *
     * @return the state that it had; nothing if there is no such forward
     */
    Optional<Found> retry(Handle handle, UUID deliveryId, String endpoint, Instant now) {
        return handle.createQuery("""
                        WITH found AS MATERIALIZED (
                            SELECT forward.retention_days, delivery_id, endpoint, state,
                                coalesce(lease_until > :now, false) AS under_way
                            FROM delivery JOIN forward
                                ON forward.retention_days = delivery.retention_days
                                AND forward.delivery_id = delivery.id
                            WHERE delivery.id = :delivery AND endpoint = :endpoint FOR UPDATE OF forward
                        ), retried AS (
                            UPDATE forward
                            SET state = 'PENDING', pauses = 0, next_attempt_at = :now, lease_until = NULL
                            FROM found
                            WHERE forward.retention_days = found.retention_days
                                AND forward.delivery_id = found.delivery_id AND forward.endpoint = found.endpoint
                                AND forward.state <> 'DELIVERED' AND NOT under_way
                        )
                        SELECT state, under_way FROM found
                        """)
                .bind("delivery", deliveryId)
                .bind("endpoint", endpoint)
                .bind("now", utc(now))
                .map((row, context) ->
                        new Found(ForwardState.valueOf(row.getString("state")), row.getBoolean("under_way")))
                .findOne();
    }

    /**
     * Makes forwards of an endpoint that were given up due at once, with the whole schedule before them.
     *
     * @param from the first time of arrival
     * @param to the time of arrival before which they end
     * @return how many
     */
    int retryGivenUp(Handle handle, EndpointRef endpoint, Instant from, Instant to, Instant now) {
        return handle.createUpdate("""
                        WITH given_up AS (
                            SELECT retention_days, delivery_id, endpoint FROM forward
                            WHERE source = :source AND endpoint = :endpoint AND state = 'GIVEN_UP'
                                AND delivery_id >= :from AND delivery_id < :to
                            <locked>
                        )
                        UPDATE forward SET state = 'PENDING', pauses = 0, next_attempt_at = :now FROM given_up
                        WHERE forward.retention_days = given_up.retention_days
                            AND forward.delivery_id = given_up.delivery_id AND forward.endpoint = given_up.endpoint
                            AND forward.state = 'GIVEN_UP'
                        """)
                .define("locked", LOCKED)
                .bind("source", endpoint.source())
                .bind("endpoint", endpoint.name())
                .bind("from", Delivery.firstIdAt(from))
                .bind("to", Delivery.firstIdAt(to))
                .bind("now", utc(now))
                .execute();
    }

    /**
     * Ends what concerns endpoints of a source that are no more: what is pending is given up, and how they answered is
     * forgotten.
     *
     * @param staying the names of those that are not meant
     */
    public void endAllBut(Handle handle, String source, Set<String> staying) {
        handle.createUpdate("""
                        WITH ending AS (
                            SELECT retention_days, delivery_id, endpoint FROM forward
                            WHERE source = :source AND endpoint <> ALL (:staying) AND state = 'PENDING'
                            <locked>
                        )
                        UPDATE forward SET state = 'GIVEN_UP', lease_until = NULL FROM ending
                        WHERE forward.retention_days = ending.retention_days
                            AND forward.delivery_id = ending.delivery_id AND forward.endpoint = ending.endpoint
                        """)
                .define("locked", LOCKED)
                .bind("source", source)
                .bindArray("staying", String.class, staying.toArray())
                .execute();
        handle.createUpdate("""
                        WITH ending AS (
                            SELECT source, endpoint FROM endpoint_state
                            WHERE source = :source AND endpoint <> ALL (:staying)
                            ORDER BY endpoint COLLATE "C" FOR UPDATE
                        )
                        DELETE FROM endpoint_state USING ending
                        WHERE endpoint_state.source = ending.source AND endpoint_state.endpoint = ending.endpoint
                        """)
                .bind("source", source)
                .bindArray("staying", String.class, staying.toArray())
                .execute();
    }

    /**
     * What waits for an endpoint.
     *
     * @param oldest when the first pending delivery arrived
     */
    record Backlog(EndpointRef endpoint, long pending, Optional<Instant> oldest, long givenUp) {

        static Backlog none(EndpointRef endpoint) {
            return new Backlog(endpoint, 0, Optional.empty(), 0);
        }
    }

    /** What waits for the endpoints for which anything does. */
    List<Backlog> backlogs(Handle handle) {
        return handle.createQuery("""
                        SELECT source, endpoint, coalesce(pending, 0) AS pending, oldest, coalesce(given_up, 0) AS given_up
                        FROM (
                            SELECT source, endpoint, count(*) AS pending,
                                min(delivery_id::text) AS oldest
                            FROM forward WHERE state = 'PENDING' GROUP BY source, endpoint
                        ) AS pending
                        FULL JOIN (
                            SELECT source, endpoint, count(*) AS given_up
                            FROM forward WHERE state = 'GIVEN_UP' GROUP BY source, endpoint
                        ) AS given_up USING (source, endpoint)
                        """)
                .map((row, context) -> new Backlog(
                        new EndpointRef(row.getString("source"), row.getString("endpoint")),
                        row.getLong("pending"),
                        Optional.ofNullable(row.getString("oldest")).map(id -> Delivery.timeOf(UUID.fromString(id))),
                        row.getLong("given_up")))
                .list();
    }

    /** For how many days deliveries are kept that were to be forwarded; each number once. */
    List<Integer> retentions(Handle handle) {
        return handle.createQuery("""
                        WITH RECURSIVE retention AS (
                            SELECT min(retention_days) AS days FROM forward
                            UNION ALL
                            SELECT (SELECT min(retention_days) FROM forward WHERE retention_days > days)
                            FROM retention WHERE days IS NOT NULL
                        )
                        SELECT days FROM retention WHERE days IS NOT NULL
                        """).mapTo(Integer.class).list();
    }

    /**
     * What was deleted.
     *
     * @param undelivered how many of them no application got
     */
    record Deleted(int forwards, int undelivered) {

        boolean isLast() {
            return forwards < DELETED_AT_ONCE;
        }
    }

    /** Deletes some of the forwards whose deliveries arrived before a time. */
    Deleted deleteSome(Handle handle, int retentionDays, Instant before) {
        return handle.createQuery("""
                        WITH deleted AS (
                            DELETE FROM forward WHERE ctid = ANY (ARRAY(
                                SELECT ctid FROM forward
                                WHERE retention_days = :retention AND delivery_id < :before LIMIT :atMost))
                            RETURNING state
                        )
                        SELECT count(*) AS forwards, count(*) FILTER (WHERE state <> 'DELIVERED') AS undelivered
                        FROM deleted
                        """)
                .bind("retention", retentionDays)
                .bind("before", Delivery.firstIdAt(before))
                .bind("atMost", DELETED_AT_ONCE)
                .map((row, context) -> new Deleted(row.getInt("forwards"), row.getInt("undelivered")))
                .one();
    }

    private static Attempt attempt(RowView row) {
        return new Attempt(
                row.getColumn("number", Integer.class),
                instant(row.getColumn("at", OffsetDateTime.class)),
                row.getColumn("duration_ms", Long.class),
                Optional.ofNullable(row.getColumn("status", Integer.class)),
                Optional.ofNullable(row.getColumn("error", String.class)),
                Optional.ofNullable(row.getColumn("response", String.class)));
    }

    private static <T> Object[] column(Collection<T> rows, Function<T, @Nullable Object> value) {
        return rows.stream().map(value).toArray();
    }

    private static OffsetDateTime utc(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }

    private static Instant instant(OffsetDateTime time) {
        return time.toInstant();
    }
}
