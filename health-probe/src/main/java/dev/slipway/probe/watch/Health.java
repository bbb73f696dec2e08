package dev.slipway.probe.watch;

/** What a monitor says of what it probes. */
public enum Health {
    /** It has not been probed often enough to say. */
    UNKNOWN,
    /** It answers as expected, or has not failed often enough to be called degraded. */
    HEALTHY,
    /** It failed as often in a row as the monitor's threshold says, and has not recovered since. */
    DEGRADED
}
