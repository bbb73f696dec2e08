package dev.slipway.release.lifecycle;

import dev.slipway.event.Event;
import dev.slipway.event.ReleaseEvent.ReleaseRequested;
import dev.slipway.event.ReleaseEvent.TimerFired;
import dev.slipway.messaging.Outbox;
import dev.slipway.messaging.OutgoingEvent;
import dev.slipway.messaging.TraceParent;
import dev.slipway.release.engine.Release;
import dev.slipway.release.engine.Release.OptOut;
import dev.slipway.release.engine.ReleaseState;
import dev.slipway.release.freeze.Freezes;
import dev.slipway.release.recurring.RecurringWork;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * Asserts that no release is forgotten: each that has not ended has something that will wake it, a timer or an
 * operation, or stands in the queue behind one that has, or is held up by a freeze. One that has nothing is reported, and nudged.
 */
@Singleton
public class Sweeper {

    /** The name of the timer that a nudge pretends fired; the engine looks at the release and goes on if it can. */
    static final String NUDGE = "sweep";

    private static final Logger LOG = Logger.getLogger(Sweeper.class);
    private static final Duration EVERY = Duration.ofSeconds(10);

    private final Jdbi jdbi;
    private final Outbox outbox;
    private final Freezes freezes;
    private final Clock clock;
    private final AtomicInteger forgotten;
    private final RecurringWork work = new RecurringWork(
            "sweeper", EVERY, "Releases are not looked over now, and will be when this is over", this::sweep);
    private Map<UUID, Long> suspects = Map.of();

    public Sweeper(Jdbi jdbi, Outbox outbox, Freezes freezes, Clock clock, MeterRegistry meters) {
        this.jdbi = jdbi;
        this.outbox = outbox;
        this.freezes = freezes;
        this.clock = clock;
        this.forgotten = meters.gauge("slipway.releases.forgotten", new AtomicInteger());
    }

    void start(@Observes StartupEvent event) {
        work.start();
    }

    void stop(@Observes ShutdownEvent event) {
        work.stop();
    }

    /**
     * Looks at all releases that have not ended.
     *
     * <p>A wake-up on its way through Kafka is seen by nobody, so only a release that was found without one, and
     * unchanged since, in the sweep before this is taken for forgotten.
     *
     * @return the forgotten ones
     */
    List<Release> sweep() {
        return jdbi.inTransaction(handle -> {
            var found = withoutWakeUp(handle).stream()
                    .filter(release -> !isFrozen(handle, release))
                    .toList();
            var known = suspects;
            var lost = found.stream()
                    .filter(release -> known.getOrDefault(release.id(), -1L) == release.revision())
                    .toList();
            var next = new HashMap<UUID, Long>();
            found.forEach(release -> next.put(release.id(), release.revision()));
            suspects = next;
            forgotten.set(lost.size());
            lost.forEach(release -> nudge(handle, release));
            return lost;
        });
    }

    private boolean isFrozen(Handle handle, Release release) {
        return release.state() == ReleaseState.QUEUED
                && release.optOut().isEmpty()
                && freezes.hold(handle, release.subject(), clock.instant()).isPresent();
    }

    /** What waits in the outbox, as it does while Kafka is away, may be what wakes a release of its environment. */
    private static List<Release> withoutWakeUp(Handle handle) {
        return handle.createQuery("""
                        WITH told AS (SELECT record_key AS subject FROM outbox WHERE parked IS NULL)
                        SELECT progress FROM release
                        WHERE state IN ('RUNNING', 'PAUSED', 'ROLLING_BACK')
                          AND NOT EXISTS (SELECT 1 FROM told WHERE subject = application || '/' || environment)
                          AND NOT EXISTS (SELECT 1 FROM timer WHERE timer.release_id = release.id)
                          AND NOT EXISTS (SELECT 1 FROM operation WHERE operation.release_id = release.id
                                          AND operation.state IN ('PENDING', 'RUNNING'))
                        UNION ALL
                        SELECT progress FROM release queued
                        WHERE state = 'QUEUED'
                          AND NOT EXISTS (SELECT 1 FROM told
                                          WHERE subject = queued.application || '/' || queued.environment)
                          AND NOT EXISTS (SELECT 1 FROM release active
                                          WHERE active.application = queued.application
                                            AND active.environment = queued.environment
                                            AND active.state IN ('RUNNING', 'PAUSED', 'ROLLING_BACK'))
                          AND NOT EXISTS (SELECT 1 FROM operation
                                          WHERE operation.subject = queued.application || '/' || queued.environment
                                            AND operation.state = 'RUNNING')
                        """)
                .map((row, context) -> ReleaseStore.release(row.getString("progress")))
                .list();
    }

    private void nudge(Handle handle, Release release) {
        LOG.errorf(
                "The release %s of %s is %s and nothing would wake it; it is nudged",
                release.id(), release.subject(), release.state());
        Event event = release.state().active()
                ? new TimerFired(release.id(), NUDGE)
                : new ReleaseRequested(
                        release.id(),
                        release.version(),
                        release.commit(),
                        Optional.empty(),
                        release.requestedBy(),
                        Optional.empty(),
                        release.planVersion(),
                        List.of(),
                        Optional.empty(),
                        release.priority(),
                        release.optOut().map(OptOut::reason),
                        release.parent());
        outbox.publish(handle, OutgoingEvent.of(release.subject(), event, clock.instant(), TraceParent.start()));
    }
}
