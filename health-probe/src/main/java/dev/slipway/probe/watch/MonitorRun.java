package dev.slipway.probe.watch;

import dev.slipway.event.Evidence;
import dev.slipway.probe.Replica;
import dev.slipway.probe.check.Checker;
import dev.slipway.probe.check.Checker.PreparedCheck;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.JdbiException;

/**
 * Probes one monitor, in a virtual thread of its own, until its watch is over or its lease is lost. Whatever a decision
 * rests on is written at once; routine successes are left to the rounds of {@link MonitorRunner}.
 */
final class MonitorRun implements Runnable {

    /** No plan may make this service flood a system that it probes. */
    static final Duration SHORTEST_INTERVAL = Duration.ofMillis(100);

    private static final Logger LOG = Logger.getLogger(MonitorRun.class);
    private static final Duration PAUSE_AFTER_FAILURE = Duration.ofMillis(250);

    private final HeldMonitor monitor;
    private final Thresholds thresholds;
    private final Duration every;
    private final PreparedCheck check;
    private final Replica replica;
    private final Watches watches;
    private final Clock clock;
    private final Instant firstProbe;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private volatile MonitorState state;
    private long recordedProbes;

    MonitorRun(
            HeldMonitor monitor,
            Replica replica,
            Watches watches,
            Checker checker,
            Clock clock,
            Duration longestPhase) {
        this.monitor = monitor;
        this.thresholds = Thresholds.of(monitor.definition());
        this.every = max(monitor.definition().every(), SHORTEST_INTERVAL);
        this.check = checker.prepare(monitor.definition().check());
        this.replica = replica;
        this.watches = watches;
        this.clock = clock;
        this.state = monitor.state();
        this.recordedProbes = state.probes();
        this.firstProbe = firstProbe(longestPhase);
    }

    HeldMonitor monitor() {
        return monitor;
    }

    /** The state as it is now. */
    MonitorState state() {
        return state;
    }

    /** Whether there is something that the rounds have to write; asked by one thread only. */
    boolean hasNews(MonitorState now) {
        return now.probes() > recordedProbes;
    }

    /** Says that a state is written. */
    void recorded(MonitorState written) {
        recordedProbes = written.probes();
    }

    /** Ends it without waiting for it; what it is about to write is not written any more once the lease is gone. */
    void stop() {
        stopped.countDown();
    }

    boolean isStopped() {
        return stopped.getCount() == 0;
    }

    @Override
    public void run() {
        var due = firstProbe;
        try {
            while (!isStopped()) {
                var isConclusive = state.isConclusive(thresholds);
                if (isConclusive && !clock.instant().isBefore(monitor.until())) {
                    persist(() -> watches.settle(replica, monitor, state));
                    stop();
                } else if (isConclusive && monitor.until().isBefore(due)) {
                    pauseUntil(monitor.until());
                } else if (clock.instant().isBefore(due)) {
                    pauseUntil(due);
                } else {
                    due = clock.instant().plus(every);
                    probe();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.errorf(e, "The monitor %s stopped; it is taken up again when its lease has run out", monitor.key());
        } finally {
            stop();
        }
    }

    private void probe() throws InterruptedException {
        var at = clock.instant();
        var result = check.make();
        var before = state;
        var change = before.apply(
                new Probe(
                        result.passed(),
                        at,
                        result.responseTime(),
                        result.evidence().summary()),
                thresholds);
        if (change.state().isRoutineAfter(before)) {
            state = change.state();
        } else {
            persist(() -> record(change, result.evidence()));
        }
    }

    private boolean record(MonitorState.Change change, Evidence evidence) {
        var isWritten = watches.record(replica, monitor, change, evidence);
        state = change.state();
        return isWritten;
    }

    /** Tries until it is written, or the monitor is another replica's. */
    private void persist(BooleanSupplier write) throws InterruptedException {
        var isLogged = false;
        while (!isStopped()) {
            try {
                if (!write.getAsBoolean()) {
                    stop();
                }
                return;
            } catch (JdbiException e) {
                if (!isLogged) {
                    LOG.errorf(
                            e,
                            "What the monitor %s saw cannot be written now; it is tried until it can",
                            monitor.key());
                    isLogged = true;
                }
                pauseUntil(clock.instant().plus(PAUSE_AFTER_FAILURE));
            }
        }
    }

    private void pauseUntil(Instant time) throws InterruptedException {
        var pause = Duration.between(clock.instant(), time);
        // A millisecond more, so that a pause does not end just before its time for being rounded.
        stopped.await(pause.toMillis() + 1, TimeUnit.MILLISECONDS);
    }

    /** After an interval since the last probe, by whichever replica; but not all that were started together at once. */
    private Instant firstProbe(Duration longestPhase) {
        var longest = Math.min(every.toMillis(), longestPhase.toMillis());
        var phased = clock.instant().plusMillis(ThreadLocalRandom.current().nextLong(longest + 1));
        return state.last()
                .map(last -> last.at().plus(every))
                .filter(next -> next.isAfter(phased))
                .orElse(phased);
    }

    private static Duration max(Duration a, Duration b) {
        return a.compareTo(b) > 0 ? a : b;
    }
}
