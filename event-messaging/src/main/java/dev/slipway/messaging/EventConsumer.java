package dev.slipway.messaging;

import dev.slipway.event.Topic;
import dev.slipway.messaging.CloudEvents.MalformedEventException;
import dev.slipway.messaging.Inbox.EventName;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * Consumes events, a batch at a time: one transaction writes what the handler decided, the events' ids into the inbox,
 * what the handler published into the outbox, and the dead letters; the offset is committed later. A crash at any point
 * leads to the same result.
 *
 * <p>A record that was redriven is for the service that gave it up alone, and is named by its redrive: the event's own
 * name is remembered already, as that of one that could not be handled.
 */
public final class EventConsumer implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(EventConsumer.class);
    private static final Duration FORGET_EVERY = Duration.ofMinutes(10);

    /** What took longer counts as this. */
    private static final Duration LONGEST_LAG = Duration.ofDays(1);

    /**
     * The classes of <a href="https://www.postgresql.org/docs/18/errcodes-appendix.html">SQLSTATE</a> that are about the
     * data (21, 22, 23, 44, 54), the statement (0A, 42) or a rule of the schema (P0): the same again fails again.
     */
    private static final Set<String> LASTING = Set.of("0A", "21", "22", "23", "42", "44", "54", "P0");

    private final String service;
    private final EventHandler handler;
    private final Jdbi jdbi;
    private final Outbox outbox;
    private final Inbox inbox;
    private final Duration retention;
    private final Clock clock;
    private final MeterRegistry meters;
    private final Timer lag;
    private final RecordConsumer records;
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
        this.handler = handler;
        this.jdbi = jdbi;
        this.outbox = outbox;
        this.inbox = inbox;
        this.retention = config.inboxRetention();
        this.clock = clock;
        this.meters = meters;
        this.lag = Timer.builder("slipway.events.lag")
                .description("From when an event happened, by its sender's clock, until what it led to is durable")
                .publishPercentileHistogram()
                .minimumExpectedValue(Duration.ofMillis(1))
                .maximumExpectedValue(Duration.ofMinutes(1))
                .register(meters);
        this.records = new RecordConsumer(topics.stream().map(Topic::topicName).toList(), consumer, this::take);
    }

    void start() {
        records.start();
    }

    /** Ends after the batch that is being handled, and gives its partitions to the other replicas. */
    @Override
    public void close() {
        records.close();
    }

    /** Has a batch handled; if it throws, the same is to be handed in again. */
    void take(ConsumerRecords<byte[], byte[]> batch) {
        handle(batch);
        if (clock.instant().isAfter(forgetAt)) {
            forget();
        }
    }

    private void handle(ConsumerRecords<byte[], byte[]> fetched) {
        var batch = new ArrayList<Incoming>(fetched.count());
        fetched.forEach(record -> read(record, batch));
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
        var redrive = Redrive.of(record);
        if ((redrive.isPresent() && !redrive.get().service().equals(service))
                || CloudEvents.type(record)
                        .filter(type -> !handler.mayWant(type))
                        .isPresent()) {
            count("slipway.events.skipped", record.topic());
            return;
        }
        try {
            var event = CloudEvents.read(record, clock);
            if (event.isPresent() && handler.wants(event.get().event())) {
                var name = new EventName(event.get().source(), event.get().id());
                batch.add(
                        new Incoming.Readable(record, redrive.map(Redrive::name).orElse(name), event.get()));
            } else {
                count("slipway.events.skipped", record.topic());
            }
        } catch (MalformedEventException e) {
            // It has no event id, so its place in Kafka names it.
            var name = new EventName("kafka", DeadLetters.origin(record));
            batch.add(new Incoming.Poison(
                    record, redrive.map(Redrive::name).orElse(name), String.valueOf(e.getMessage())));
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
            handle.afterCommit(() -> handled(events));
        }
    }

    private void handled(List<ReceivedEvent> events) {
        var now = clock.instant();
        for (var event : events) {
            count("slipway.events.handled", event.event().topic().topicName());
            lag.record(lag(event.time(), now));
        }
    }

    /** A sender may say any time; and its clock may be ahead. */
    private static Duration lag(Instant happened, Instant now) {
        var lag = Duration.between(happened, now);
        return lag.isNegative() ? Duration.ZERO : lag.compareTo(LONGEST_LAG) < 0 ? lag : LONGEST_LAG;
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

    private void count(String counter, String topic) {
        meters.counter(counter, "topic", topic).increment();
    }

    private sealed interface Incoming {

        ConsumerRecord<byte[], byte[]> record();

        EventName name();

        record Readable(ConsumerRecord<byte[], byte[]> record, EventName name, ReceivedEvent event)
                implements Incoming {}

        record Poison(ConsumerRecord<byte[], byte[]> record, EventName name, String reason) implements Incoming {}
    }
}
