package dev.slipway.messaging;

import dev.slipway.event.Topic;
import dev.slipway.messaging.CloudEvents.MalformedEventException;
import dev.slipway.messaging.Inbox.EventName;
import io.micrometer.core.instrument.MeterRegistry;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * Consumes events, a batch at a time: one transaction writes what the handler decided, the events' ids into the inbox,
 * what the handler published into the outbox, and the dead letters; then the offset is committed. A crash at any point
 * leads to the same result.
 *
 * <p>The range assignor gives the same partition of every topic to the same replica, so there is one writer for each
 * key.
 */
public final class EventConsumer implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(EventConsumer.class);
    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);
    private static final Duration FORGET_EVERY = Duration.ofMinutes(10);

    /**
     * The classes of <a href="https://www.postgresql.org/docs/18/errcodes-appendix.html">SQLSTATE</a> that are about the
     * data (21, 22, 23, 44, 54), the statement (0A, 42) or a rule of the schema (P0): the same again fails again.
     */
    private static final Set<String> LASTING = Set.of("0A", "21", "22", "23", "42", "44", "54", "P0");

    private final String service;
    private final Collection<Topic> topics;
    private final EventHandler handler;
    private final Jdbi jdbi;
    private final Outbox outbox;
    private final Inbox inbox;
    private final Duration retention;
    private final Clock clock;
    private final MeterRegistry meters;
    private final Consumer<byte[], byte[]> consumer;
    private final Thread thread;
    private volatile boolean running = true;
    private Duration pause = Duration.ZERO;
    private Instant forgetAt = Instant.MIN;

    EventConsumer(
            String service,
            Collection<Topic> topics,
            EventHandler handler,
            Jdbi jdbi,
            Outbox outbox,
            Inbox inbox,
            MessagingConfig config,
            Clock clock,
            MeterRegistry meters,
            Consumer<byte[], byte[]> consumer) {
        this.service = service;
        this.topics = List.copyOf(topics);
        this.handler = handler;
        this.jdbi = jdbi;
        this.outbox = outbox;
        this.inbox = inbox;
        this.retention = config.inboxRetention();
        this.clock = clock;
        this.meters = meters;
        this.consumer = consumer;
        this.thread = Thread.ofPlatform().name("event-consumer").daemon().unstarted(this::run);
    }

    /** Kafka's consumer as this class needs it: it commits nothing of its own accord. */
    static Consumer<byte[], byte[]> connect(String service, MessagingConfig config) {
        var sessionMillis = (int) config.sessionTimeout().toMillis();
        return new KafkaConsumer<>(
                KafkaSettings.of(
                        config,
                        Map.of(
                                ConsumerConfig.GROUP_ID_CONFIG,
                                service,
                                ConsumerConfig.CLIENT_ID_CONFIG,
                                service,
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

    /** Ends after the batch that is being handled, and gives its partitions to the other replicas. */
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
            consumer.subscribe(topics.stream().map(Topic::topicName).toList());
            while (running) {
                try {
                    consume();
                } catch (WakeupException | InterruptException e) {
                    throw e;
                } catch (RuntimeException e) {
                    // Whatever it was: a consumer that ended would leave its events to nobody, and say nothing.
                    backOff(e);
                }
            }
        } catch (WakeupException | InterruptException e) {
            LOG.debug("The consumer was asked to end", e);
        }
    }

    private void consume() {
        var records = consumer.poll(POLL);
        if (!records.isEmpty()) {
            try {
                handle(records);
            } catch (RuntimeException e) {
                backOff(e);
                rewind(records);
                return;
            }
            // Not waited for: what is handed in again after a crash is known to the inbox.
            consumer.commitAsync();
            pause = Duration.ZERO;
        }
        if (clock.instant().isAfter(forgetAt)) {
            forget();
        }
    }

    private void handle(ConsumerRecords<byte[], byte[]> records) {
        var batch = new ArrayList<Incoming>(records.count());
        records.forEach(record -> read(record, batch));
        if (batch.isEmpty()) {
            return;
        }
        try {
            jdbi.useTransaction(handle -> handle(handle, batch));
        } catch (RuntimeException e) {
            if (isPassing(e)) {
                throw e;
            }
            LOG.debug("A batch failed; its events are handled one by one, to find the one that cannot be", e);
            batch.forEach(this::handleAlone);
        }
    }

    private void read(ConsumerRecord<byte[], byte[]> record, List<Incoming> batch) {
        try {
            var event = CloudEvents.read(record, clock);
            if (event.isPresent() && handler.wants(event.get().event())) {
                batch.add(new Incoming.Readable(record, event.get()));
            } else {
                count("slipway.events.skipped", record.topic());
            }
        } catch (MalformedEventException e) {
            batch.add(new Incoming.Poison(record, String.valueOf(e.getMessage())));
        }
    }

    private void handle(Handle handle, List<Incoming> batch) {
        var fresh = inbox.admit(handle, batch.stream().map(Incoming::name).toList());
        var events = new ArrayList<ReceivedEvent>(batch.size());
        for (var incoming : batch) {
            // Removed as it is met, so that a repeat within the batch is dropped too.
            if (fresh.remove(incoming.name())) {
                switch (incoming) {
                    case Incoming.Readable readable -> events.add(readable.event());
                    case Incoming.Poison poison -> bury(handle, poison.record(), poison.reason());
                }
            } else {
                handle.afterCommit(
                        () -> count("slipway.events.repeated", incoming.record().topic()));
            }
        }
        if (!events.isEmpty()) {
            handler.handle(handle, events);
            handle.afterCommit(() -> events.forEach(event ->
                    count("slipway.events.handled", event.event().topic().topicName())));
        }
    }

    private void handleAlone(Incoming incoming) {
        try {
            jdbi.useTransaction(handle -> handle(handle, List.of(incoming)));
        } catch (RuntimeException e) {
            if (isPassing(e)) {
                throw e;
            }
            LOG.errorf(
                    e,
                    "The event at %s cannot be handled; it becomes a dead letter",
                    DeadLetters.origin(incoming.record()));
            jdbi.useTransaction(handle -> {
                // Another replica may have taken it over in between.
                if (!inbox.admit(handle, List.of(incoming.name())).isEmpty()) {
                    bury(handle, incoming.record(), e.toString());
                }
            });
        }
    }

    private void bury(Handle handle, ConsumerRecord<byte[], byte[]> record, String reason) {
        LOG.warnf("Dead letter from %s: %s", DeadLetters.origin(record), reason);
        outbox.store(handle, List.of(DeadLetters.of(record, service, reason)));
        handle.afterCommit(() -> count("slipway.events.dead", record.topic()));
    }

    /** Waits a while, which grows as long as nothing succeeds. */
    private void backOff(RuntimeException cause) {
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

    private void forget() {
        forgetAt = clock.instant().plus(FORGET_EVERY);
        try {
            jdbi.useHandle(handle -> inbox.forgetBefore(handle, clock.instant().minus(retention)));
        } catch (RuntimeException e) {
            LOG.warn("Old entries stay in the inbox until the next attempt", e);
        }
    }

    /** Whether the same event may well be handled later: the database's, or another writer's fault. */
    private static boolean isPassing(Throwable failure) {
        for (var cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof TryAgainException) {
                return true;
            }
            if (cause instanceof SQLException sql) {
                var state = sql.getSQLState();
                // Connection pools give none.
                return state == null || !LASTING.contains(state.substring(0, Math.min(2, state.length())));
            }
        }
        return false;
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    private void count(String counter, String topic) {
        meters.counter(counter, "topic", topic).increment();
    }

    private sealed interface Incoming {

        ConsumerRecord<byte[], byte[]> record();

        EventName name();

        record Readable(ConsumerRecord<byte[], byte[]> record, ReceivedEvent event) implements Incoming {
            @Override
            public EventName name() {
                return new EventName(event.source(), event.id());
            }
        }

        /** It has no event id, so its place in Kafka names it. */
        record Poison(ConsumerRecord<byte[], byte[]> record, String reason) implements Incoming {
            @Override
            public EventName name() {
                return new EventName("kafka", DeadLetters.origin(record));
            }
        }
    }
}
