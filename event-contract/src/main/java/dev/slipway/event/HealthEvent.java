package dev.slipway.event;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** Changes in the health of what was released. */
public sealed interface HealthEvent extends Event {

    /** The release that was being watched. */
    Optional<UUID> releaseId();

    /** The monitor that saw it. */
    String monitor();

    @Override
    default Topic topic() {
        return Topic.HEALTH;
    }

    /**
     * A monitor failed as often in a row as its threshold says.
     *
     * @param since when the first of these failures was seen
     * @param failures how many there were in a row
     * @param evidence the last one
     */
    record HealthDegraded(Optional<UUID> releaseId, String monitor, Instant since, int failures, Evidence evidence)
            implements HealthEvent {}

    /**
     * A degraded monitor succeeded as often in a row as its threshold says.
     *
     * @param degradedSince when it had become degraded
     */
    record HealthRecovered(Optional<UUID> releaseId, String monitor, Instant degradedSince, Evidence evidence)
            implements HealthEvent {}
}
