package dev.slipway.webhook.rejection;

import io.micrometer.core.instrument.Counter;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;

/** Counts the refused requests of one source and reason, from several threads, and lets one a second be looked at. */
final class Tally {

    private static final long SECOND = 1_000;

    private final Counter meter;
    private final AtomicLong count = new AtomicLong();
    private final AtomicLong sampledAt = new AtomicLong(Long.MIN_VALUE);
    private volatile long since;

    Tally(Counter meter) {
        this.meter = meter;
    }

    /**
     * Counts one.
     *
     * @param now in milliseconds
     */
    void add(long now) {
        meter.increment();
        if (count.get() == 0) {
            since = now;
        }
        count.incrementAndGet();
    }

    /** Whether this one is to be kept: none was in this second. */
    boolean isSample(long now) {
        var second = Math.floorDiv(now, SECOND);
        var last = sampledAt.get();
        return second != last && sampledAt.compareAndSet(last, second);
    }

    /** Takes what was counted since the last time. */
    Sum take() {
        return new Sum(count.getAndSet(0), Instant.ofEpochMilli(since));
    }

    /** Gives back what was taken, to be part of the next. */
    void giveBack(Sum sum) {
        count.addAndGet(sum.count());
        since = sum.since().toEpochMilli();
    }

    /**
     * How many were counted.
     *
     * @param since when the first of them came
     */
    record Sum(long count, Instant since) {}
}
