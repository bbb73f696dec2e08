package dev.slipway.webhook.delivery;

import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * Makes deliveries durable. Those that come while others are being written wait, and are then written together: one
 * statement, one write to disk, which is where the throughput comes from.
 */
@Singleton
public class DeliveryWriter {

    private static final Logger LOG = Logger.getLogger(DeliveryWriter.class);

    private final DeliveryStore store;
    private final DeliveryPublisher publisher;
    private final DeliveryConfig config;
    private final List<BlockingQueue<Waiting>> queues;
    private final List<Thread> threads;
    private final Timer commits;
    private final DistributionSummary batchSizes;
    private final AtomicBoolean failing = new AtomicBoolean();
    private volatile boolean running = true;

    public DeliveryWriter(
            DeliveryStore store, DeliveryPublisher publisher, DeliveryConfig config, MeterRegistry meters) {
        this.store = store;
        this.publisher = publisher;
        this.config = config;
        this.queues = Stream.<BlockingQueue<Waiting>>generate(
                        () -> new ArrayBlockingQueue<>(Math.ceilDiv(config.waiting(), config.writers())))
                .limit(config.writers())
                .toList();
        this.commits = meters.timer("slipway.webhook.commit");
        this.batchSizes = meters.summary("slipway.webhook.commit.batch");
        this.threads = IntStream.rangeClosed(1, config.writers())
                .mapToObj(number -> Thread.ofPlatform()
                        .name("delivery-writer-" + number)
                        .daemon()
                        .unstarted(() -> run(queues.get(number - 1))))
                .toList();
        meters.gauge(
                "slipway.webhook.commit.waiting",
                queues,
                all -> all.stream().mapToInt(BlockingQueue::size).sum());
    }

    void start(@Observes StartupEvent event) {
        start();
    }

    void stop(@Observes ShutdownEvent event) {
        stop();
    }

    void start() {
        threads.forEach(Thread::start);
    }

    /** Ends after the batches that are on their way; what waits still is refused. */
    void stop() {
        running = false;
        threads.forEach(Thread::interrupt);
        var refused = new ArrayList<Waiting>();
        queues.forEach(queue -> queue.drainTo(refused));
        var cause = new StorageUnavailableException("The gateway is shutting down");
        refused.forEach(waiting -> waiting.outcome().completeExceptionally(cause));
    }

    /**
     * Makes a delivery durable.
     *
     * @return what became of it, once that is durable; or a {@link StorageUnavailableException}, after which it may be
     *     stored all the same. One that is cancelled or has timed out before its turn is not stored.
     */
    public CompletableFuture<Outcome> write(Received received) {
        var waiting = new Waiting(received, new CompletableFuture<>());
        // Repeats of an event come to the same writer: a second transaction would wait for the first to end.
        var queue = queues.get(Math.floorMod(received.delivery().eventId().hashCode(), queues.size()));
        if (!running || !queue.offer(waiting)) {
            waiting.outcome()
                    .completeExceptionally(new StorageUnavailableException("Too many deliveries wait to be stored"));
        }
        var _ = waiting.outcome().whenComplete((outcome, failure) -> {
            // Its turn may not come for as long as the database hangs, and its body would be held until then.
            if (failure != null) {
                queue.remove(waiting);
            }
        });
        return waiting.outcome();
    }

    private void run(BlockingQueue<Waiting> queue) {
        while (running) {
            try {
                var batch = takeBatch(queue);
                if (!batch.isEmpty()) {
                    write(batch);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /** Waits for a delivery, and takes with it what else is there. */
    private List<Waiting> takeBatch(BlockingQueue<Waiting> queue) throws InterruptedException {
        var batch = new ArrayList<Waiting>(config.batchSize());
        var bytes = 0L;
        for (var next = queue.take(); next != null; ) {
            if (!next.outcome().isDone()) {
                batch.add(next);
                bytes += next.received().body().length;
            }
            next = batch.size() < config.batchSize()
                            && bytes < config.batchBytes().asLongValue()
                    ? queue.poll()
                    : null;
        }
        return batch;
    }

    private void write(List<Waiting> waitings) {
        batchSizes.record(waitings.size());
        var batch = publisher.begin(waitings.stream().map(Waiting::received).toList());
        try {
            var stored = commits.recordCallable(() -> store.insert(batch));
            // Before the answers: what is answered is in line, so what its sender sends next comes after it.
            publisher.committed(batch, stored);
            for (var waiting : waitings) {
                waiting.outcome()
                        .complete(
                                stored.contains(waiting.received().delivery().id())
                                        ? Outcome.STORED
                                        : Outcome.DUPLICATE);
            }
            if (failing.compareAndSet(true, false)) {
                LOG.info("Deliveries are stored again");
            }
        } catch (Throwable e) {
            // Whatever it is: who waits is to be answered, and who comes next is to be served.
            publisher.forget(batch);
            if (running && failing.compareAndSet(false, true)) {
                LOG.error("Deliveries cannot be stored; senders are asked to send them again until they can", e);
            }
            var cause = new StorageUnavailableException("The delivery could not be stored", e);
            waitings.forEach(waiting -> waiting.outcome().completeExceptionally(cause));
        }
    }

    /** What became of a delivery. */
    public enum Outcome {
        /** It is new, and durable. */
        STORED,
        /** Its event had come before. */
        DUPLICATE
    }

    private record Waiting(Received received, CompletableFuture<Outcome> outcome) {}
}
