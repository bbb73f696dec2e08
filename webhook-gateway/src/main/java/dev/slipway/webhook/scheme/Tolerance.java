package dev.slipway.webhook.scheme;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * How far the time of a signature may be from ours.
 *
 * @param most to either side; empty if the time does not matter
 */
record Tolerance(Optional<Duration> most) {

    /** Why a time is refused, or nothing if it is near enough. */
    Optional<Reason> refuse(Instant signedAt, Instant now) {
        var age = Duration.between(signedAt, now);
        if (most.isEmpty() || age.abs().compareTo(most.get()) <= 0) {
            return Optional.empty();
        }
        return Optional.of(age.isPositive() ? Reason.TOO_OLD : Reason.IN_THE_FUTURE);
    }
}
