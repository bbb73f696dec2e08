package dev.slipway.messaging;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * Takes rows from the outbox to Kafka, straight after their commit, or after a crash when it sweeps.
 *
 * <p>One replica relays at a time, the one that holds an advisory lock of the service's schema; so the records of one
 * key stay in order. A row is deleted when Kafka has it; a crash in between sends it again, under the same event id.
 */
@Singleton
public class OutboxRelay {

    private static final Logger LOG = Logger.getLogger(OutboxRelay.class);
    private static final Duration PAUSE_AFTER_FAILURE = Duration.ofMillis(500);

    /**
     * What was relayed is deleted by the next reading, which need not come at once where the last one found few rows: it
     * would find none, or, of very large ones, wait for as long as these took.
     */
    private static final Duration PAUSE_AFTER_LAST = Duration.ofMillis(10);

    private static final Duration PAUSE_WITHOUT_LEAD = Duration.ofSeconds(1);

    /** No further row is sent together with others that have so many bytes, so that one read fits into memory. */
    private static final long MOST_BYTES = 4 * 1024 * 1024;

    private static final Duration LONGEST_STOP = Duration.ofSeconds(2);

    private final Jdbi jdbi;
    private final EventProducer producer;
    private final Topics topics;
    private final MessagingConfig config;
    private final Timer batches;
    private final MeterRegistry meters;
    private final Semaphore wakeUps = new Semaphore(0);
    private final Thread thread;
    private volatile boolean running = true;
    private boolean failing;

    @Inject
    public OutboxRelay(Jdbi jdbi, EventProducer producer, Topics topics, MessagingConfig config, MeterRegistry meters) {
        this.jdbi = jdbi;
        this.producer = producer;
        this.topics = topics;
        this.config = config;
        this.meters = meters;
        this.batches = meters.timer("slipway.outbox.relay");
        this.thread = Thread.ofPlatform().name("outbox-relay").daemon().unstarted(this::run);
    }

    /** Begins to relay, in a thread of its own. */
    public void start() {
        thread.start();
    }

    /** Ends after the batch that is on its way, or, if that takes too long, without it: then it is sent again. */
    public void stop() {
        running = false;
        wake();
        try {
            thread.join(LONGEST_STOP.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        thread.interrupt();
    }

    /** Says that there may be rows to relay. */
    void wake() {
        wakeUps.release();
    }

    private void run() {
        var topicsExist = false;
        while (running) {
            try {
                if (!topicsExist) {
                    topics.ensure();
                    topicsExist = true;
                }
                lead();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (Throwable e) {
                // Whatever it is: nobody else here would relay.
                if (running && !failing) {
                    LOG.error(
                            "Events stay in the outbox: they cannot be relayed now, and will be when this is over", e);
                }
                failing = true;
                // Kafka may have lost its topics.
                topicsExist = topicsExist && !(e instanceof ExecutionException);
                pause(PAUSE_AFTER_FAILURE);
            }
        }
    }

    /** Relays as long as this replica holds the lock; returns when it does not get it. */
    private void lead() throws InterruptedException, ExecutionException {
        try (var handle = jdbi.open()) {
            if (!lock(handle)) {
                failing = false;
                pause(PAUSE_WITHOUT_LEAD);
                return;
            }
            try {
                // Losing the deletion of a row that Kafka has only sends it twice, so it need not wait for the disk.
                handle.execute("SET synchronous_commit = off");
                var relayed = List.<Long>of();
                var progress = Progress.NONE;
                while (running) {
                    wakeUps.drainPermits();
                    var rows = next(handle, relayed, progress.settled());
                    relayed = relay(handle, rows);
                    failing = false;
                    if (rows.isEmpty()) {
                        // Nothing should be found that was not announced; if it is, it does not wait for ever.
                        progress = pause(config.sweepEvery()) ? progress : Progress.NONE;
                    } else if (!relayed.isEmpty()) {
                        progress = progress.after(rows.getLast(), relayed.getLast());
                        if (rows.size() < config.relayBatch()) {
                            pause(PAUSE_AFTER_LAST);
                        }
                    }
                }
                delete(handle, relayed);
            } finally {
                release(handle);
            }
        }
    }

    /**
     * Deletes the rows that were relayed, and reads the oldest of the others.
     *
     * @param settled where to begin: the index would lead past all rows that were deleted since the last vacuum
     */
    private List<Row> next(Handle handle, List<Long> relayed, long settled) {
        return handle.createQuery("""
                        WITH relayed AS (DELETE FROM outbox WHERE id = ANY (:relayed))
                        SELECT id, topic, record_key, headers, value,
                               pg_snapshot_xmin(snapshot)::text::bigint AS oldest,
                               pg_current_xact_id()::text::bigint AS newest
                        FROM pg_current_snapshot() AS snapshot, (
                            SELECT *, sum(bytes) OVER (ORDER BY id) - bytes AS before
                            FROM (
                                SELECT *, octet_length(headers) + coalesce(octet_length(value), 0) AS bytes FROM outbox
                                WHERE id > :settled AND id <> ALL (:relayed) AND parked IS NULL
                                ORDER BY id LIMIT :limit
                            ) AS oldest
                        ) AS sized
                        WHERE before < :bytes ORDER BY id
                        """)
                .bindArray("relayed", Long.class, relayed.toArray())
                .bind("settled", settled)
                .bind("limit", config.relayBatch())
                .bind("bytes", MOST_BYTES)
                .map((row, context) -> new Row(
                        row.getLong("id"),
                        record(
                                row.getString("topic"),
                                row.getString("record_key"),
                                row.getString("headers"),
                                row.getBytes("value")),
                        row.getLong("oldest"),
                        row.getLong("newest")))
                .list();
    }

    /**
     * Sends rows, and waits until Kafka has them.
     *
     * @return those that are to be deleted; if one cannot be sent now, those before it are deleted at once
     */
    private List<Long> relay(Handle handle, List<Row> rows) throws InterruptedException, ExecutionException {
        var started = Timer.start(meters);
        var sent = producer.send(rows.stream().map(Row::record).toList());
        var relayed = new ArrayList<Long>(rows.size());
        for (var i = 0; i < sent.size(); i++) {
            try {
                sent.get(i).get();
                relayed.add(rows.get(i).id());
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof RecordTooLargeException)) {
                    delete(handle, relayed);
                    throw e;
                }
                park(handle, rows.get(i).id(), e.getCause());
            }
        }
        if (!rows.isEmpty()) {
            started.stop(batches);
        }
        return relayed;
    }

    private static void delete(Handle handle, List<Long> ids) {
        handle.createUpdate("DELETE FROM outbox WHERE id = ANY (:ids)")
                .bindArray("ids", Long.class, ids.toArray())
                .execute();
    }

    private static void park(Handle handle, long id, Throwable cause) {
        LOG.errorf(cause, "The record %d in the outbox is too large for Kafka; it is parked there", id);
        handle.execute("UPDATE outbox SET parked = ? WHERE id = ?", String.valueOf(cause.getMessage()), id);
    }

    private static ProducerRecord<String, byte[]> record(String topic, String key, String headers, byte[] value) {
        return new ProducerRecord<>(topic, null, key, value, Outbox.headers(headers));
    }

    private static boolean lock(Handle handle) {
        return handle.createQuery("SELECT pg_try_advisory_lock(hashtext('slipway outbox'), hashtext(current_schema()))")
                .mapTo(Boolean.class)
                .one();
    }

    /** A pooled connection would keep the session's lock and settings for its next user. */
    private static void release(Handle handle) {
        try {
            handle.execute("SELECT pg_advisory_unlock_all()");
            handle.execute("RESET synchronous_commit");
        } catch (RuntimeException e) {
            LOG.debug("The connection that held the outbox lock is closed, and the lock gone with it", e);
            abort(handle);
        }
    }

    /** Else the pool might lend it to others, whose commits would not wait for the disk. */
    private static void abort(Handle handle) {
        try {
            handle.getConnection().abort(Runnable::run);
        } catch (SQLException e) {
            LOG.debug("The connection was gone already", e);
        }
    }

    /** Waits for a while, or until there may be rows; whether there may. */
    private boolean pause(Duration atMost) {
        try {
            return wakeUps.tryAcquire(atMost.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /**
     * A row.
     *
     * @param oldest the number of the oldest transaction that had not ended when it was read
     * @param newest a number taken after that: whoever was under way then has a lower one. What a snapshot calls its
     *     end is not that, but follows the last transaction that has ended
     */
    private record Row(long id, ProducerRecord<String, byte[]> record, long oldest, long newest) {}

    /**
     * Up to where the rows are known. An id can be committed after a greater one; but a transaction takes its own
     * number before the ids of its rows (see {@link Outbox}), so that none comes before a row that was seen once all
     * transactions have ended that were under way then.
     *
     * @param settled no row up to this one will appear any more
     * @param relayed nor up to this one, once all transactions before {@code newest} have ended
     */
    private record Progress(long settled, long relayed, long newest) {

        static final Progress NONE = new Progress(0, 0, 0);

        /**
         * After a reading that ended with a row; what it found is relayed, up to an id. A full reading can leave rows
         * that appeared late, before what was relayed earlier.
         */
        Progress after(Row last, long lastRelayed) {
            return last.oldest() >= newest
                    ? new Progress(Math.min(relayed, lastRelayed), lastRelayed, last.newest())
                    : this;
        }
    }
}
