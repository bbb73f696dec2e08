package dev.slipway.notify.notification;

import dev.slipway.notify.channel.Outcome;
import dev.slipway.notify.channel.Outcome.Delivered;
import dev.slipway.notify.channel.Outcome.Refused;
import dev.slipway.notify.channel.Outcome.Retry;
import java.time.Duration;
import java.time.Instant;
import java.util.function.DoubleSupplier;

/**
 * What follows from an attempt.
 *
 * @param random a number from 0 to 1, for the jitter
 */
record RetryPolicy(Duration firstPause, Duration longestPause, Duration giveUpAfter, DoubleSupplier random) {

    /** What follows from an attempt. */
    sealed interface Verdict {

        /** It is done. */
        record Sent() implements Verdict {}

        /** It is tried again. */
        record Again(Instant at, String reason) implements Verdict {}

        /** It is given up. */
        record GivenUp(String reason) implements Verdict {}
    }

    /**
     * What follows from an attempt.
     *
     * @param attempts how many there were, this one included
     * @param createdAt when the notification was written
     */
    Verdict verdict(Outcome outcome, int attempts, Instant createdAt, Instant now) {
        return switch (outcome) {
            case Delivered _ -> new Verdict.Sent();
            case Refused(var reason) -> new Verdict.GivenUp(reason);
            case Retry(var reason, var after) -> {
                var at = now.plus(after.orElseGet(() -> pause(attempts)));
                yield at.isAfter(createdAt.plus(giveUpAfter))
                        ? new Verdict.GivenUp(
                                "Given up after %d attempts. The last one: %s".formatted(attempts, reason))
                        : new Verdict.Again(at, reason);
            }
        };
    }

    /** Doubles with each attempt; the jitter keeps what failed together from coming back together. */
    private Duration pause(int attempts) {
        var longest = Math.min(
                longestPause.toMillis(), Math.scalb((double) firstPause.toMillis(), Math.min(attempts - 1, 40)));
        return Duration.ofMillis(Math.round(longest * (0.5 + 0.5 * random.getAsDouble())));
    }
}
