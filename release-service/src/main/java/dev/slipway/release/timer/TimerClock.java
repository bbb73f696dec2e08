package dev.slipway.release.timer;

import dev.slipway.event.ReleaseEvent.TimerFired;
import dev.slipway.event.Subject;
import dev.slipway.messaging.Outbox;
import dev.slipway.messaging.OutgoingEvent;
import dev.slipway.release.recurring.RecurringWork;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import org.jdbi.v3.core.Jdbi;

/** Turns timers that are due into events. One that fell due while no service ran is honoured at the next start. */
@Singleton
public class TimerClock {

    private static final Duration TICK = Duration.ofMillis(100);
    private static final int AT_ONCE = 500;

    private final Timers timers;
    private final Outbox outbox;
    private final Jdbi jdbi;
    private final Clock clock;
    private final RecurringWork work = new RecurringWork(
            "timers", TICK, "Timers wait: they cannot fire now, and will when this is over", this::fireAll);

    public TimerClock(Timers timers, Outbox outbox, Jdbi jdbi, Clock clock) {
        this.timers = timers;
        this.outbox = outbox;
        this.jdbi = jdbi;
        this.clock = clock;
    }

    void start(@Observes StartupEvent event) {
        work.start();
    }

    void stop(@Observes ShutdownEvent event) {
        work.stop();
    }

    private void fireAll() {
        while (fire() == AT_ONCE) {
            Thread.yield();
        }
    }

    private int fire() {
        return jdbi.inTransaction(handle -> {
            var due = timers.take(handle, clock.instant(), AT_ONCE);
            outbox.publish(
                    handle,
                    due.stream()
                            .map(timer -> OutgoingEvent.of(
                                    new Subject(timer.application(), timer.environment()),
                                    new TimerFired(
                                            timer.ref().releaseId(), timer.ref().name()),
                                    clock.instant(),
                                    timer.trace()))
                            .toList());
            return due.size();
        });
    }
}
