package dev.slipway.webhook.forward;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import dev.slipway.condition.Durations;
import dev.slipway.webhook.forward.ForwardStore.Ended;
import dev.slipway.webhook.forward.Outcome.Answered;
import dev.slipway.webhook.forward.Verdict.Delivered;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.result.RowView;
import org.jspecify.annotations.Nullable;

/**
 * How endpoints have answered lately, and which of them are left alone for that, by all replicas. One that never failed,
 * or was enabled, has no row.
 */
@Singleton
public class EndpointStates {

    private static final Logger LOG = Logger.getLogger(EndpointStates.class);

    private final ForwardConfig config;

    EndpointStates(ForwardConfig config) {
        this.config = config;
    }

    /** Whether forwards are sent to an endpoint. */
    public enum Circuit {
        /** They are. */
        CLOSED,
        /** It keeps failing: but for a probe now and then, they wait. */
        OPEN,
        /** It answered 410: they wait until somebody enables it. */
        GONE
    }

    /**
     * How an endpoint has answered lately.
     *
     * @param failures how many attempts in a row have failed
     * @param pausedUntil when it is called again, at the earliest
     * @param goneSince when it answered 410
     */
    record EndpointState(Circuit circuit, int failures, Optional<Instant> pausedUntil, Optional<Instant> goneSince) {

        /** That of an endpoint which never failed. */
        static final EndpointState SOUND = new EndpointState(Circuit.CLOSED, 0, Optional.empty(), Optional.empty());
    }

    /** Those that are known. */
    Map<EndpointRef, EndpointState> all(Handle handle) {
        return handle.createQuery("SELECT source, endpoint, failures, paused_until, gone_at FROM endpoint_state")
                .reduceRows(new HashMap<>(), (states, row) -> {
                    states.put(
                            ref(row),
                            state(
                                    row.getColumn("failures", Integer.class),
                                    instant(row.getColumn("paused_until", OffsetDateTime.class)),
                                    instant(row.getColumn("gone_at", OffsetDateTime.class))));
                    return states;
                });
    }

    private EndpointState state(int failures, Optional<Instant> pausedUntil, Optional<Instant> goneSince) {
        var circuit =
                goneSince.isPresent() ? Circuit.GONE : failures >= config.openAfter() ? Circuit.OPEN : Circuit.CLOSED;
        return new EndpointState(circuit, failures, pausedUntil, goneSince);
    }

    /** Sends to an endpoint again as if it had never failed. */
    void enable(Handle handle, EndpointRef endpoint) {
        handle.createUpdate("DELETE FROM endpoint_state WHERE source = :source AND endpoint = :endpoint")
                .bind("source", endpoint.source())
                .bind("endpoint", endpoint.name())
                .execute();
    }

    /**
     * Notes how attempts ended, in the order in which they did. The endpoints come one by one in the order of their names,
     * so that no two replicas wait for each other.
     */
    void note(Handle handle, List<Ended> attempts) {
        var byEndpoint =
                attempts.stream().collect(groupingBy(ended -> ended.forward().endpoint(), TreeMap::new, toList()));
        var failing = failing(handle, byEndpoint.keySet());
        byEndpoint.forEach((endpoint, ended) -> {
            var failures = failures(ended);
            if (failures < ended.size() && failing.contains(endpoint)) {
                recovered(handle, endpoint);
            }
            if (failures > 0) {
                failed(handle, endpoint, failures, ended);
            }
        });
    }

    /** How many attempts failed since the last that did not. */
    private static int failures(List<Ended> attempts) {
        return (int) attempts.reversed().stream()
                .takeWhile(ended -> !(ended.verdict() instanceof Delivered))
                .count();
    }

    /** Those of some endpoints whose last attempt failed: most did not, and then there is nothing to write. */
    private static Set<EndpointRef> failing(Handle handle, Set<EndpointRef> endpoints) {
        return handle.createQuery("""
                        SELECT source, endpoint FROM endpoint_state
                            JOIN unnest(:sources, :endpoints) AS attempted (source, endpoint) USING (source, endpoint)
                        WHERE failures > 0
                        """)
                .bindArray(
                        "sources",
                        String.class,
                        endpoints.stream().map(EndpointRef::source).toArray())
                .bindArray(
                        "endpoints",
                        String.class,
                        endpoints.stream().map(EndpointRef::name).toArray())
                .reduceRows(new HashSet<>(), (found, row) -> {
                    found.add(ref(row));
                    return found;
                });
    }

    private void recovered(Handle handle, EndpointRef endpoint) {
        handle.createQuery("""
                        UPDATE endpoint_state SET failures = 0
                        WHERE source = :source AND endpoint = :endpoint AND failures > 0
                        RETURNING old.failures
                        """)
                .bind("source", endpoint.source())
                .bind("endpoint", endpoint.name())
                .mapTo(Integer.class)
                .findOne()
                .filter(failures -> failures >= config.openAfter())
                .ifPresent(_ -> LOG.infof("The endpoint %s answers again", endpoint));
    }

    private void failed(Handle handle, EndpointRef endpoint, int more, List<Ended> attempts) {
        var now = attempts.getLast().endedAt();
        var failures = countFailures(handle, endpoint, more);
        if (failures >= config.openAfter()) {
            pause(handle, endpoint, now.plus(config.probeEvery()));
            if (failures - more < config.openAfter()) {
                LOG.warnf(
                        "The endpoint %s has failed %d times in a row. Until it answers, one forward is tried every %s",
                        endpoint, failures, Durations.format(config.probeEvery()));
            }
        }
        attempts.forEach(ended -> {
            if (ended.outcome() instanceof Answered answer) {
                // It is the application that asks for silence, not the one delivery.
                answer.retryAfter()
                        .ifPresent(silence ->
                                pause(handle, endpoint, ended.endedAt().plus(silence)));
                if (answer.isGone()) {
                    gone(handle, endpoint, ended.endedAt());
                }
            }
        });
    }

    /** Counts failures in a row, and tells how many there are now. */
    private static int countFailures(Handle handle, EndpointRef endpoint, int more) {
        return handle.createQuery("""
                        INSERT INTO endpoint_state AS state (source, endpoint, failures)
                        VALUES (:source, :endpoint, :more)
                        ON CONFLICT (source, endpoint) DO UPDATE SET failures = state.failures + :more
                        RETURNING failures
                        """)
                .bind("source", endpoint.source())
                .bind("endpoint", endpoint.name())
                .bind("more", more)
                .mapTo(Integer.class)
                .one();
    }

    private static void pause(Handle handle, EndpointRef endpoint, Instant until) {
        handle.createUpdate("""
                        UPDATE endpoint_state SET paused_until = greatest(paused_until, :until)
                        WHERE source = :source AND endpoint = :endpoint
                        """)
                .bind("source", endpoint.source())
                .bind("endpoint", endpoint.name())
                .bind("until", until.atOffset(ZoneOffset.UTC))
                .execute();
    }

    private static void gone(Handle handle, EndpointRef endpoint, Instant at) {
        var isNew = handle.createUpdate("""
                                UPDATE endpoint_state SET gone_at = :at
                                WHERE source = :source AND endpoint = :endpoint AND gone_at IS NULL
                                """)
                        .bind("source", endpoint.source())
                        .bind("endpoint", endpoint.name())
                        .bind("at", at.atOffset(ZoneOffset.UTC))
                        .execute()
                == 1;
        if (isNew) {
            LOG.errorf(
                    "The endpoint %s answered 410: it wants no more deliveries. They wait until it is enabled with"
                            + " POST /api/v1/sources/%s/endpoints/%s/enable, or until they are deleted",
                    endpoint, endpoint.source(), endpoint.name());
        }
    }

    private static EndpointRef ref(RowView row) {
        return new EndpointRef(row.getColumn("source", String.class), row.getColumn("endpoint", String.class));
    }

    private static Optional<Instant> instant(@Nullable OffsetDateTime time) {
        return Optional.ofNullable(time).map(OffsetDateTime::toInstant);
    }
}
