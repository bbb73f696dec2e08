package dev.slipway.release.lifecycle;

import dev.slipway.event.Event;
import dev.slipway.event.ReleaseEvent.Decided;
import dev.slipway.event.Topic;
import dev.slipway.messaging.EventConsumer;
import dev.slipway.messaging.EventConsumers;
import dev.slipway.messaging.EventHandler;
import dev.slipway.messaging.Outbox;
import dev.slipway.messaging.ReceivedEvent;
import dev.slipway.messaging.Statements;
import dev.slipway.messaging.TryAgainException;
import dev.slipway.release.engine.Engine;
import dev.slipway.release.freeze.Freezes;
import dev.slipway.release.insight.Outcomes;
import dev.slipway.release.journal.Journal;
import dev.slipway.release.lifecycle.Batch.Caller;
import dev.slipway.release.operation.OperationQueue;
import dev.slipway.release.operation.OperationWorker;
import dev.slipway.release.plan.PlanStore;
import dev.slipway.release.timer.Timers;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.UnableToExecuteStatementException;

/**
 * The one writer of releases. It takes the events of an environment in their order, lets the {@link Engine} decide, and
 * writes what a batch of them leads to in the transaction that it is handed: states, outcomes, journal, timers,
 * operations, outbox.
 */
@Singleton
public class ReleaseWriter implements EventHandler {

    private static final List<Topic> TOPICS = List.of(Topic.RELEASES, Topic.WEBHOOKS, Topic.HEALTH, Topic.CHECKS);

    private final ReleaseStore releases;
    private final PlanStore plans;
    private final Requests requests;
    private final Freezes freezes;
    private final Outcomes outcomes;
    private final Journal journal;
    private final Timers timers;
    private final OperationQueue operations;
    private final OperationWorker worker;
    private final Outbox outbox;
    private final EventConsumers consumers;
    private final Clock clock;
    private Optional<EventConsumer> consumer = Optional.empty();

    public ReleaseWriter(
            ReleaseStore releases,
            PlanStore plans,
            Requests requests,
            Freezes freezes,
            Outcomes outcomes,
            Journal journal,
            Timers timers,
            OperationQueue operations,
            OperationWorker worker,
            Outbox outbox,
            EventConsumers consumers,
            Clock clock) {
        this.releases = releases;
        this.plans = plans;
        this.requests = requests;
        this.freezes = freezes;
        this.outcomes = outcomes;
        this.journal = journal;
        this.timers = timers;
        this.operations = operations;
        this.worker = worker;
        this.outbox = outbox;
        this.consumers = consumers;
        this.clock = clock;
    }

    void start(@Observes StartupEvent event) {
        consumer = Optional.of(consumers.start(TOPICS, this));
    }

    void stop(@Observes ShutdownEvent event) {
        consumer.ifPresent(EventConsumer::close);
    }

    @Override
    public boolean wants(Event event) {
        return Inputs.isInput(event);
    }

    @Override
    public boolean mayWant(Class<? extends Event> type) {
        return !Decided.class.isAssignableFrom(type);
    }

    @Override
    public void handle(Handle handle, List<ReceivedEvent> events) {
        try {
            write(handle, events);
        } catch (UnableToExecuteStatementException e) {
            throw ReleaseStore.isPlaceLost(e)
                    ? new TryAgainException("Another release has begun since its environment was looked at", e)
                    : e;
        }
    }

    private void write(Handle handle, List<ReceivedEvent> events) {
        // The database keeps microseconds, and the journal must replay to the same state.
        var now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        var batch = new Batch(handle, releases, plans, requests, freezes, takeAccepted(handle, events), now);
        batch.load(events);
        events.forEach(batch::take);
        var statements = new Statements(handle);
        releases.save(statements, batch.changed());
        releases.add(statements, batch.added());
        outcomes.add(statements, batch.outcomes());
        journal.append(statements, batch.entries());
        timers.cancel(statements, batch.cancelledTimers());
        timers.set(statements, batch.timers());
        operations.add(statements, batch.operations());
        operations.cancel(statements, batch.cancelledOperations());
        outbox.publish(statements, batch.published());
        statements.send();
        if (!batch.operations().isEmpty()) {
            handle.afterCommit(worker::wake);
        }
    }

    /** Forgets accepted calls that have their effect now; who made them, by event id. */
    private Map<String, Caller> takeAccepted(Handle handle, List<ReceivedEvent> events) {
        if (events.stream().noneMatch(event -> event.source().equals(outbox.source()))) {
            return Map.of();
        }
        return handle.createQuery("DELETE FROM accepted WHERE event_id = ANY (:ids) RETURNING event_id, actor, origin")
                .bindArray(
                        "ids",
                        String.class,
                        events.stream().map(ReceivedEvent::id).toArray())
                .reduceRows(new HashMap<String, Caller>(), (callers, row) -> {
                    callers.put(
                            row.getColumn("event_id", String.class),
                            new Caller(row.getColumn("actor", String.class), row.getColumn("origin", String.class)));
                    return callers;
                });
    }
}
