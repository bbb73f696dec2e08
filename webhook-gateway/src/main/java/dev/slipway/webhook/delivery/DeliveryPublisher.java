package dev.slipway.webhook.delivery;

import static java.util.stream.Collectors.toCollection;

import dev.slipway.messaging.EventProducer;
import dev.slipway.messaging.Ids;
import dev.slipway.webhook.delivery.DeliveryStore.Unpublished;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * Takes stored deliveries to Kafka, those of one subject in the order of their arrival.
 *
 * <p>One replica publishes at a time, the one that holds an advisory lock of the schema. What it stores itself it
 * publishes straight from memory. Everything else it reads from the database, by id: what another replica stored, what
 * a crash left behind, and what did not fit into memory while Kafka was away. As long as it has such a thing, nothing is
 * published from memory; so nothing overtakes what was acknowledged before it came, as far as the replicas' clocks agree.
 * A crash between Kafka and the note in the database publishes again, under the same id.
 */
@Singleton
public class DeliveryPublisher {

    private static final Logger LOG = Logger.getLogger(DeliveryPublisher.class);
    private static final Duration PAUSE = Duration.ofMillis(500);
    private static final UUID FIRST = new UUID(0, 0);

    /** About so many deliveries are sent at once, of what was read fewer where they are large. */
    private static final int AT_ONCE = 512;

    private final Jdbi jdbi;
    private final DeliveryStore store;
    private final EventProducer producer;
    private final VerifiedEvents events;
    private final DeliveryConfig config;
    private final Clock clock;
    private final Timer lag;
    private final Thread thread;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    private final ArrayDeque<Batch> queue = new ArrayDeque<>();
    private long queuedBytes;
    private boolean behind = true;

    /**
     * Batches that are being stored, or wait in the queue: if they are seen in the database, that is no backlog. Only
     * the publishing thread takes out what it published, so that what it sees there is either noted here, or its to do.
     */
    private final Set<UUID> inFlight = ConcurrentHashMap.newKeySet();

    private boolean failing;
    private volatile boolean running = true;

    public DeliveryPublisher(
            Jdbi jdbi,
            DeliveryStore store,
            EventProducer producer,
            VerifiedEvents events,
            DeliveryConfig config,
            Clock clock,
            MeterRegistry meters) {
        this.jdbi = jdbi;
        this.store = store;
        this.producer = producer;
        this.events = events;
        this.config = config;
        this.clock = clock;
        this.lag = meters.timer("slipway.webhook.publish.lag");
        this.thread = Thread.ofPlatform().name("delivery-publisher").daemon().unstarted(this::run);
    }

    void start(@Observes StartupEvent event) {
        start();
    }

    void stop(@Observes ShutdownEvent event) {
        stop();
    }

    void start() {
        thread.start();
    }

    /** Ends at once; what is not published yet will be, by another replica or after the next start. */
    void stop() {
        running = false;
        thread.interrupt();
    }

    /** Deliveries as a batch that is about to be stored. */
    Batch begin(List<Received> deliveries) {
        lock.lock();
        try {
            var batch = new Batch(Ids.next(), deliveries);
            inFlight.add(batch.id());
            return batch;
        } finally {
            lock.unlock();
        }
    }

    /** Says that a batch is durable, and which of it is new. */
    void committed(Batch batch, Set<UUID> stored) {
        var fresh = stored.size() == batch.deliveries().size()
                ? batch
                : new Batch(
                        batch.id(),
                        batch.deliveries().stream()
                                .filter(received ->
                                        stored.contains(received.delivery().id()))
                                .toList());
        lock.lock();
        try {
            if (fresh.deliveries().isEmpty()) {
                inFlight.remove(batch.id());
            } else {
                enqueue(fresh);
                arrived.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Says that a batch is probably not stored; if it is after all, it is found in the database. */
    void forget(Batch batch) {
        inFlight.remove(batch.id());
    }

    private void enqueue(Batch batch) {
        if (!behind && queuedBytes + batch.bytes() > config.publishing().asLongValue()) {
            fallBehind();
        }
        if (behind) {
            inFlight.remove(batch.id());
        } else {
            queue.add(batch);
            queuedBytes += batch.bytes();
        }
    }

    /** From here on the database leads. */
    private void fallBehind() {
        lock.lock();
        try {
            behind = true;
            queue.forEach(batch -> inFlight.remove(batch.id()));
            queue.clear();
            queuedBytes = 0;
        } finally {
            lock.unlock();
        }
    }

    private boolean isBehind() {
        lock.lock();
        try {
            return behind;
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        while (running) {
            try {
                lead();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (Throwable e) {
                // Whatever it is: nobody else here would publish.
                if (running && !failing) {
                    LOG.error("Deliveries cannot be published now; they are stored, and will be when this is over", e);
                }
                failing = true;
            }
            fallBehind();
            pause();
        }
    }

    /** Publishes as long as this replica holds the lock; returns when it does not get it. */
    private void lead() throws InterruptedException, ExecutionException {
        try (var handle = jdbi.open()) {
            if (!lock(handle)) {
                return;
            }
            try {
                // Losing a note that Kafka has a delivery only sends it twice, so it need not wait for the disk.
                handle.execute("SET synchronous_commit = off");
                while (running) {
                    catchUp(handle);
                    publishQueued(handle);
                }
            } finally {
                release(handle);
            }
        }
    }

    private void catchUp(Handle handle) throws InterruptedException, ExecutionException {
        while (isBehind()) {
            var last = store.lastUnpublished(handle);
            if (last.isPresent()) {
                sweep(handle, last.get());
            }
            // What was stored during that sweep, and not queued, has ids before this one.
            sweep(handle, getAhead());
        }
    }

    /** From here on what is stored is queued; all of ours that was not has an id before the one returned. */
    private UUID getAhead() {
        lock.lock();
        try {
            behind = false;
            return Ids.next();
        } finally {
            lock.unlock();
        }
    }

    /** Publishes what is queued, until the database has something else: it may be what a sender sent before. */
    private void publishQueued(Handle handle) throws InterruptedException, ExecutionException {
        while (running && !isBehind()) {
            var batches = takeQueued();
            try {
                if (hasOthers(handle)) {
                    fallBehind();
                } else if (!batches.isEmpty()) {
                    send(batches.stream()
                            .flatMap(batch -> batch.deliveries().stream())
                            .toList());
                    published(handle, batches.stream().map(Batch::id).toList());
                }
            } finally {
                batches.forEach(batch -> inFlight.remove(batch.id()));
            }
        }
    }

    /** Whether the database has batches that are not in flight here. */
    private boolean hasOthers(Handle handle) {
        var others = store.unpublishedBut(handle, List.copyOf(inFlight), AT_ONCE);
        // Those that were begun since the list of what is known was made.
        return others.size() == AT_ONCE || !inFlight.containsAll(others);
    }

    /** Waits for a batch until a sweep is due, and takes with it what else is there, up to a limit. */
    private List<Batch> takeQueued() throws InterruptedException {
        var batches = new ArrayList<Batch>();
        var deliveries = 0;
        var left = config.sweepEvery().toNanos();
        lock.lock();
        try {
            while (queue.isEmpty() && !behind && left > 0) {
                left = arrived.awaitNanos(left);
            }
            while (deliveries < AT_ONCE && !queue.isEmpty()) {
                var batch = queue.remove();
                queuedBytes -= batch.bytes();
                deliveries += batch.deliveries().size();
                batches.add(batch);
            }
        } finally {
            lock.unlock();
        }
        return batches;
    }

    /**
     * Publishes what the database has up to an id, and no queue of ours. What is begun later waits for the next sweep: it
     * may follow something that was begun early and is seen late. Ends early when we fall behind meanwhile: queued batches that
     * were passed by are to be published before what follows them here.
     */
    private void sweep(Handle handle, UUID last) throws InterruptedException, ExecutionException {
        var behindBefore = isBehind();
        var found = store.unpublished(handle, FIRST, last, AT_ONCE);
        while (running && !found.isEmpty() && isBehind() == behindBefore) {
            publishStored(
                    handle,
                    found.stream()
                            .filter(batch -> !inFlight.contains(batch.batchId()))
                            .toList());
            found = store.unpublished(handle, found.getLast().batchId(), last, AT_ONCE);
        }
    }

    /** Publishes what is in the database, in portions that fit into memory. */
    private void publishStored(Handle handle, List<Unpublished> batches)
            throws InterruptedException, ExecutionException {
        var left =
                batches.stream().flatMap(batch -> batch.deliveryIds().stream()).collect(toCollection(HashSet::new));
        while (!left.isEmpty()) {
            var portion = store.read(handle, left);
            send(portion);
            portion.forEach(received -> left.remove(received.delivery().id()));
            if (portion.isEmpty()) {
                break; // Somebody has deleted the rest.
            }
        }
        published(handle, batches.stream().map(Unpublished::batchId).toList());
    }

    private void send(List<Received> deliveries) throws InterruptedException, ExecutionException {
        producer.sendAll(deliveries.stream().map(events::of).toList());
        var now = clock.instant();
        deliveries.forEach(
                received -> lag.record(Duration.between(received.delivery().receivedAt(), now)));
    }

    private void published(Handle handle, List<UUID> batchIds) {
        store.published(handle, batchIds);
        if (failing) {
            LOG.info("Deliveries are published again");
            failing = false;
        }
    }

    private static boolean lock(Handle handle) {
        return handle.createQuery(
                        "SELECT pg_try_advisory_lock(hashtext('slipway deliveries'), hashtext(current_schema()))")
                .mapTo(Boolean.class)
                .one();
    }

    /** A pooled connection would keep the session's lock and settings for its next user. */
    private static void release(Handle handle) {
        try {
            handle.execute("RESET synchronous_commit");
            handle.execute("SELECT pg_advisory_unlock_all()");
        } catch (RuntimeException e) {
            LOG.debug("The connection that held the lock is closed, and the lock gone with it", e);
            abort(handle);
        }
    }

    /** Else the pool might lend it to a writer, whose commits would not wait for the disk. */
    private static void abort(Handle handle) {
        try {
            handle.getConnection().abort(Runnable::run);
        } catch (SQLException e) {
            LOG.debug("The connection was gone already", e);
        }
    }

    private void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(PAUSE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
