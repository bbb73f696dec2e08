package dev.slipway.event;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** What release-service asks health-probe to check, once or for a while, and the answers. */
public sealed interface CheckEvent extends Event {

    /** The release that it is for. */
    UUID releaseId();

    @Override
    default Topic topic() {
        return Topic.CHECKS;
    }

    /**
     * A check is wanted, once.
     *
     * @param checkId names the answer; asking twice under one id checks once
     */
    record CheckRequested(String checkId, UUID releaseId, Check check) implements CheckEvent {}

    /** A check was made. */
    record CheckCompleted(String checkId, UUID releaseId, boolean passed, Evidence evidence) implements CheckEvent {}

    /**
     * Monitors are to run until a time.
     *
     * @param watchId names the watch, in what ends it and in its answer
     */
    record WatchStarted(String watchId, UUID releaseId, List<Monitor> monitors, Instant until) implements CheckEvent {}

    /** The monitors of a watch are to stop now; nobody needs the answer any more. */
    record WatchCancelled(String watchId, UUID releaseId) implements CheckEvent {}

    /**
     * A watch came to its time.
     *
     * @param healthy whether no monitor was degraded then
     */
    record WatchCompleted(String watchId, UUID releaseId, boolean healthy, Evidence evidence) implements CheckEvent {}

    /**
     * What to call and what to expect. Exactly one of {@code http} and {@code tls} is there.
     *
     * @param http a request to make
     * @param tls {@code host} or {@code host:port} whose certificate to look at
     * @param expect the conditions, all of which must hold
     * @param timeout how long to wait for the answer
     */
    record Check(Optional<HttpCall> http, Optional<String> tls, List<String> expect, Duration timeout) {}

    /** An HTTP request. */
    record HttpCall(String method, String url, Map<String, String> headers, Optional<String> body) {}

    /**
     * A repeated check.
     *
     * @param every the time from one check to the next
     * @param degradedAfter so many failures in a row make it degraded; at least 1
     * @param recoveredAfter so many successes in a row make it healthy again; at least 1
     */
    record Monitor(String name, Check check, Duration every, int degradedAfter, int recoveredAfter) {}
}
