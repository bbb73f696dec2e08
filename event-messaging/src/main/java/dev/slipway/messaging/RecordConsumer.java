package dev.slipway.messaging;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jboss.logging.Logger;

/**
 * Reads topics in a thread of its own, a batch at a time. Offsets are committed after the batches were taken; a batch
 * that could not be is read again, after a pause that grows.
 *
 * <p>The range assignor gives the same partition of every topic to the same replica, so there is one writer for each
 * key.
 */
public final class RecordConsumer implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(RecordConsumer.class);
    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration COMMIT_EVERY = Duration.ofMillis(100);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

    private final Collection<String> topics;
    private final Consumer<byte[], byte[]> consumer;
    private final java.util.function.Consumer<ConsumerRecords<byte[], byte[]>> taker;
    private final Thread thread;
    private volatile boolean running = true;
    private Duration pause = Duration.ZERO;
    private boolean behind;
    private long commitAt = System.nanoTime();

    /** @param taker takes each batch, also the empty ones that come while nothing else does */
    RecordConsumer(
            Collection<String> topics,
            Consumer<byte[], byte[]> consumer,
            java.util.function.Consumer<ConsumerRecords<byte[], byte[]>> taker) {
        this.topics = List.copyOf(topics);
        this.consumer = consumer;
        this.taker = taker;
        this.thread = Thread.ofPlatform().name("event-consumer").daemon().unstarted(this::run);
    }

    /** Kafka's consumer as this class needs it: it commits nothing of its own accord. */
    static Consumer<byte[], byte[]> connect(String group, MessagingConfig config) {
        var sessionMillis = (int) config.sessionTimeout().toMillis();
        return new KafkaConsumer<>(
                KafkaSettings.of(
                        config,
                        Map.of(
                                ConsumerConfig.GROUP_ID_CONFIG,
                                group,
                                ConsumerConfig.CLIENT_ID_CONFIG,
                                group,
                                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                                "earliest",
                                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                                false,
                                ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
                                config.consumeBatch(),
                                ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG,
                                sessionMillis,
                                ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG,
                                sessionMillis / 3,
                                ConsumerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG,
                                1_000,
                                ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
                                RangeAssignor.class.getName())),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }

    void start() {
        thread.start();
    }

    /** Ends after the batch that is being taken, and gives its partitions to the other replicas. */
    @Override
    public void close() {
        running = false;
        consumer.wakeup();
        try {
            thread.join(Duration.ofSeconds(10));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try (consumer) {
            consumer.subscribe(topics);
            try {
                while (running) {
                    consumeOrBackOff();
                }
            } finally {
                commit();
            }
        } catch (WakeupException | InterruptException e) {
            LOG.debug("The consumer was asked to end", e);
        }
    }

    private void consumeOrBackOff() {
        try {
            consume();
        } catch (WakeupException | InterruptException e) {
            throw e;
        } catch (RuntimeException | Error e) {
            // Whatever it was: a consumer that ended would leave its records to nobody, and say nothing.
            backOff(e);
        }
    }

    private void consume() {
        var records = consumer.poll(behind ? COMMIT_EVERY : POLL);
        try {
            taker.accept(records);
        } catch (RuntimeException | Error e) {
            backOff(e);
            rewind(records);
            return;
        }
        if (!records.isEmpty()) {
            behind = true;
            pause = Duration.ZERO;
        }
        if (System.nanoTime() - commitAt >= 0) {
            commit();
        }
    }

    /** Neither after each batch nor waited for: who takes records knows those that are handed in again after a crash. */
    private void commit() {
        if (behind) {
            behind = false;
            consumer.commitAsync((_, failure) -> behind |= failure != null);
            commitAt = System.nanoTime() + COMMIT_EVERY.toNanos();
        }
    }

    /** Waits a while, which grows as long as nothing succeeds. */
    private void backOff(Throwable cause) {
        if (pause.isZero()) {
            LOG.error("Events wait in Kafka: they cannot be handled now, and will be when this is over", cause);
        }
        pause = pause.isZero() ? FIRST_PAUSE : min(pause.multipliedBy(2), LONGEST_PAUSE);
        LockSupport.parkNanos(pause.toNanos());
    }

    /** Goes back to before a batch that failed, to read it again. */
    private void rewind(ConsumerRecords<byte[], byte[]> records) {
        for (var partition : records.partitions()) {
            if (consumer.assignment().contains(partition)) {
                consumer.seek(partition, records.records(partition).getFirst().offset());
            }
        }
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }
}
