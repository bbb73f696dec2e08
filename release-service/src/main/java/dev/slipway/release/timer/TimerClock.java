package dev.slipway.release.timer;

import dev.slipway.event.ReleaseEvent.TimerFired;
import dev.slipway.event.Subject;
import dev.slipway.messaging.Outbox;
import dev.slipway.messaging.OutgoingEvent;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Jdbi;

/** Turns timers that are due into events. One that fell due while no service ran is honoured at the next start. */
@Singleton
public class TimerClock {

    private static final Logger LOG = Logger.getLogger(TimerClock.class);
    private static final Duration TICK = Duration.ofMillis(100);
    private static final int AT_ONCE = 500;

    private final Timers timers;
    private final Outbox outbox;
    private final Jdbi jdbi;
    private final Clock clock;
    private final Thread thread = Thread.ofPlatform().name("timers").daemon().unstarted(this::run);
    private volatile boolean running = true;

    public TimerClock(Timers timers, Outbox outbox, Jdbi jdbi, Clock clock) {
        this.timers = timers;
        this.outbox = outbox;
        this.jdbi = jdbi;
        this.clock = clock;
    }

    void start(@Observes StartupEvent event) {
        thread.start();
    }

    void stop(@Observes ShutdownEvent event) {
        running = false;
        thread.interrupt();
    }

    private void run() {
        var failing = false;
        while (running) {
            try {
                while (fire() == AT_ONCE) {
                    Thread.yield();
                }
                failing = false;
            } catch (Throwable e) {
                // Whatever it is: nobody else here would fire them.
                if (!failing) {
                    LOG.error("Timers wait: they cannot fire now, and will when this is over", e);
                }
                failing = true;
            }
            try {
                Thread.sleep(TICK);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
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
