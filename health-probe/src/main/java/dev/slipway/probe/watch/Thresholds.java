package dev.slipway.probe.watch;

import dev.slipway.event.CheckEvent.Monitor;

/**
 * When a monitor changes its mind.
 *
 * @param degradedAfter so many failures in a row make it degraded; at least 1
 * @param recoveredAfter so many successes in a row make it healthy again; at least 1
 */
public record Thresholds(int degradedAfter, int recoveredAfter) {

    public Thresholds {
        // What anybody may have put into an event must not keep a monitor from ever changing its mind.
        degradedAfter = Math.max(1, degradedAfter);
        recoveredAfter = Math.max(1, recoveredAfter);
    }

    static Thresholds of(Monitor monitor) {
        return new Thresholds(monitor.degradedAfter(), monitor.recoveredAfter());
    }
}
