package dev.slipway.probe.watch;

import java.time.Instant;

/** A change of health that others are told of. */
public sealed interface Transition {

    /**
     * A monitor became degraded.
     *
     * @param since when the first failure of the row was seen
     * @param failures how many there were in a row
     */
    record Degraded(Instant since, int failures) implements Transition {}

    /**
     * A degraded monitor became healthy.
     *
     * @param degradedSince when it had become degraded
     */
    record Recovered(Instant degradedSince) implements Transition {}
}
