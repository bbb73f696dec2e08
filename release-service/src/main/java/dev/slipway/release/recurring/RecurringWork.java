package dev.slipway.release.recurring;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Work that is done again and again, on a thread of its own. Whatever goes wrong in a turn, an {@link Error} too, the next
 * one is taken all the same: nobody else here would do it. An outage is logged once, when it begins.
 */
public final class RecurringWork {

    private static final Logger LOG = Logger.getLogger(RecurringWork.class);

    private final Duration every;
    private final Runnable turn;
    private final String failure;
    private final Semaphore wakeUps = new Semaphore(0);
    private final Thread thread;
    private volatile boolean running = true;

    /**
     * Work that is not done before it is started.
     *
     * @param name the thread's
     * @param every how long it rests before each turn, unless it is woken
     * @param failure what it means that a turn failed, for the log
     */
    public RecurringWork(String name, Duration every, String failure, Runnable turn) {
        this.every = every;
        this.failure = failure;
        this.turn = turn;
        this.thread = Thread.ofPlatform().name(name).daemon().unstarted(this::run);
    }

    public void start() {
        thread.start();
    }

    /** Has no further turn taken, and interrupts the present one. */
    public void stop() {
        running = false;
        thread.interrupt();
    }

    /** Has the next turn taken at once. */
    public void wake() {
        wakeUps.release();
    }

    private void run() {
        var failing = false;
        while (running) {
            try {
                wakeUps.tryAcquire(every.toMillis(), TimeUnit.MILLISECONDS);
                wakeUps.drainPermits();
                turn.run();
                failing = false;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (Throwable e) {
                if (running && !failing) {
                    LOG.error(failure, e);
                }
                failing = true;
            }
        }
    }
}
