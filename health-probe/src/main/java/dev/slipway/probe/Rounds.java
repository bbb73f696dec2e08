package dev.slipway.probe;

import dev.slipway.probe.request.CheckRequestRunner;
import dev.slipway.probe.watch.MonitorRunner;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * The rounds of this replica, in a thread of its own: signs of life for what it holds, and a look for what there is to
 * do, at each interval, and at once when something was asked for.
 */
@Singleton
public class Rounds {

    private static final Logger LOG = Logger.getLogger(Rounds.class);
    private static final Duration FORGET_EVERY = Duration.ofMinutes(10);

    private final CheckRequestRunner requests;
    private final MonitorRunner monitors;
    private final ProbeConfig config;
    private final Clock clock;
    private final Semaphore wakeUps = new Semaphore(0);
    private final Thread thread =
            Thread.ofPlatform().name("probe-rounds").daemon().unstarted(this::run);
    private volatile boolean running = true;
    private Instant forgetAt = Instant.MIN;

    public Rounds(CheckRequestRunner requests, MonitorRunner monitors, ProbeConfig config, Clock clock) {
        this.requests = requests;
        this.monitors = monitors;
        this.config = config;
        this.clock = clock;
    }

    void start() {
        thread.start();
    }

    /** Says that there may be something to do. */
    void wake() {
        wakeUps.release();
    }

    /** Ends, and leaves all work to other replicas. */
    void stop() throws InterruptedException {
        running = false;
        wake();
        thread.join(Duration.ofSeconds(5));
        requests.stop();
        monitors.stop();
    }

    private void run() {
        var isFailing = false;
        while (running) {
            try {
                round();
                isFailing = false;
            } catch (Throwable e) {
                // Whatever it is: nobody else here would take them up.
                if (!isFailing) {
                    LOG.error("Checks and monitors cannot be taken up now; they will be when this is over", e);
                }
                isFailing = true;
            }
            pause();
        }
    }

    private void round() {
        requests.round();
        monitors.round();
        if (clock.instant().isAfter(forgetAt)) {
            requests.forget();
            monitors.forget();
            forgetAt = clock.instant().plus(FORGET_EVERY);
        }
    }

    private void pause() {
        try {
            wakeUps.tryAcquire(config.roundEvery().toMillis(), TimeUnit.MILLISECONDS);
            wakeUps.drainPermits();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            running = false;
        }
    }
}
