package dev.slipway.probe.check;

import dev.slipway.condition.Durations;
import java.time.Duration;
import java.util.concurrent.TimeoutException;

/** By when a check must be through; all that it does shares one time-out. */
final class Deadline {

    private final Duration timeout;
    private final long startNanos = System.nanoTime();

    Deadline(Duration timeout) {
        this.timeout = timeout;
    }

    Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - startNanos);
    }

    boolean isOver() {
        return elapsed().compareTo(timeout) >= 0;
    }

    /** @throws TimeoutException if nothing is left */
    Duration left() throws TimeoutException {
        var left = timeout.minus(elapsed());
        if (left.toMillis() < 1) {
            throw new TimeoutException();
        }
        return left;
    }

    @Override
    public String toString() {
        return "timed out after " + Durations.format(timeout);
    }
}
