package dev.slipway.webhook.forward;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.toMap;

import dev.slipway.webhook.forward.ForwardStore.Ended;
import dev.slipway.webhook.forward.ForwardStore.Lane;
import dev.slipway.webhook.forward.Outcome.Unanswered;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.HandleCallback;
import org.jdbi.v3.core.Jdbi;

/**
 * Sends forwards to their endpoints.
 *
 * <p>One thread claims what is due and notes what became of it, many at a time; each attempt is made on a virtual thread
 * of its own, outside of any transaction. A forward is leased for its attempt, so that no other replica makes the same
 * one. Only a crash between the application's answer and the note sends it again, under the same id, when the lease is
 * over. While the database is away, the notes wait.
 */
@Singleton
public class Forwarder {

    private static final Logger LOG = Logger.getLogger(Forwarder.class);

    private static final Duration PATIENCE_AT_STOP = Duration.ofSeconds(10);

    private final Jdbi jdbi;
    private final ForwardStore store;
    private final EndpointStates states;
    private final Endpoints endpoints;
    private final EndpointCalls calls;
    private final ForwardMetrics metrics;
    private final ForwardConfig config;
    private final Clock clock;
    private final Semaphore wakeUps = new Semaphore(0);
    private final ConcurrentLinkedQueue<Ended> ended = new ConcurrentLinkedQueue<>();
    private final Thread thread = Thread.ofPlatform().name("forwarder").daemon().unstarted(this::run);

    /** How many attempts of each endpoint are not noted yet. Only the one thread looks at it. */
    private final Map<EndpointRef, Integer> underWay = new HashMap<>();

    /** How large the bodies of all these are together. Only the one thread looks at it. */
    private long bytesUnderWay;

    private boolean failing;
    private volatile boolean running = true;

    public Forwarder(
            Jdbi jdbi,
            ForwardStore store,
            EndpointStates states,
            Endpoints endpoints,
            EndpointCalls calls,
            ForwardMetrics metrics,
            ForwardConfig config,
            Clock clock) {
        this.jdbi = jdbi;
        this.store = store;
        this.states = states;
        this.endpoints = endpoints;
        this.calls = calls;
        this.metrics = metrics;
        this.config = config;
        this.clock = clock;
    }

    void start(@Observes StartupEvent event) {
        start();
    }

    void stop(@Observes ShutdownEvent event) throws InterruptedException {
        stop();
    }

    void start() {
        thread.start();
    }

    /** Ends after the attempts that are under way; those that take too long for that are made again elsewhere. */
    void stop() throws InterruptedException {
        running = false;
        wake();
        thread.join(PATIENCE_AT_STOP);
        thread.interrupt();
    }

    /** Says that there may be something to send. */
    public void wake() {
        if (wakeUps.availablePermits() == 0) {
            wakeUps.release();
        }
    }

    private void run() {
        try {
            while (running || !underWay.isEmpty()) {
                attend();
                wakeUps.tryAcquire(config.sweepEvery().toMillis(), TimeUnit.MILLISECONDS);
                wakeUps.drainPermits();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void attend() {
        try {
            note();
            if (running) {
                claim();
            }
            failing = false;
        } catch (Throwable e) {
            // Whatever it is: nobody else here would forward.
            if (!failing) {
                LOG.error("Forwards wait, because they cannot be read or noted; they are sent when this is over", e);
            }
            failing = true;
        }
    }

    private void note() {
        var batch = List.copyOf(ended);
        if (batch.isEmpty()) {
            return;
        }
        quickly(handle -> {
            store.conclude(handle, batch);
            states.note(handle, batch);
            return batch;
        });
        for (var noted : batch) {
            ended.remove();
            underWay.merge(noted.forward().endpoint(), -1, Integer::sum);
            bytesUnderWay -= noted.forward().body().length;
        }
        underWay.values().removeIf(count -> count == 0);
    }

    private void claim() {
        var free = config.atOnce()
                - underWay.values().stream().mapToInt(Integer::intValue).sum();
        var lanes = lanes(free);
        if (lanes.isEmpty()) {
            return;
        }
        var endpointsByRef = lanes.stream().collect(toMap(Lane::ref, Lane::endpoint));
        var bytes = config.bytesAtOnce().asLongValue() - bytesUnderWay;
        quickly(handle -> store.claim(handle, lanes, config.openAfter(), free, bytes, clock.instant()))
                .forEach(forward -> {
                    underWay.merge(forward.endpoint(), 1, Integer::sum);
                    bytesUnderWay += forward.body().length;
                    var endpoint = requireNonNull(endpointsByRef.get(forward.endpoint()));
                    Thread.ofVirtual().name("forward-" + forward.deliveryId()).start(() -> attempt(forward, endpoint));
                });
    }

    private List<Lane> lanes(int atMost) {
        var lanes = new ArrayList<Lane>();
        endpoints.bySource().forEach((source, all) -> {
            for (var endpoint : all) {
                var ref = new EndpointRef(source, endpoint.name());
                var busy = underWay.getOrDefault(ref, 0);
                var free = Math.min(endpoint.concurrency() - busy, atMost);
                if (free > 0) {
                    lanes.add(new Lane(ref, endpoint, free, busy));
                }
            }
        });
        // None is served first for ever.
        Collections.shuffle(lanes);
        return lanes;
    }

    private void attempt(Forward forward, Endpoint endpoint) {
        var startedAt = clock.instant();
        var begin = System.nanoTime();
        var outcome = outcome(forward, endpoint, startedAt);
        var took = Duration.ofNanos(System.nanoTime() - begin);
        var verdict = Verdict.of(
                outcome,
                endpoint,
                forward,
                startedAt.plus(took),
                ThreadLocalRandom.current().nextDouble());
        var attempt = new Ended(forward, startedAt, took, outcome, verdict);
        metrics.count(attempt);
        ended.add(attempt);
        wake();
    }

    private Outcome outcome(Forward forward, Endpoint endpoint, Instant now) {
        try {
            var headers = endpoint.signing().headers(forward, now);
            return headers.isPresent()
                    ? calls.post(endpoint.url(), headers.get(), forward.body(), endpoint.timeout())
                    : new Unanswered(
                            "No secret of the endpoint is valid now; give it one, as nothing is sent unsigned");
        } catch (RuntimeException e) {
            LOG.errorf(e, "The delivery %s could not be sent to %s", forward.deliveryId(), forward.endpoint());
            return new Unanswered("It could not be sent; the gateway's log has the cause");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Unanswered("The gateway was shut down");
        }
    }

    /** In a transaction that does not wait for the disk: if it is lost, no more comes of it than a further attempt. */
    private <T> T quickly(HandleCallback<T, RuntimeException> work) {
        return jdbi.inTransaction(handle -> {
            handle.execute("SET LOCAL synchronous_commit = off");
            return work.withHandle(handle);
        });
    }
}
