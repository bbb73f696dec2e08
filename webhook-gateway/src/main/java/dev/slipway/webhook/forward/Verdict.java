package dev.slipway.webhook.forward;

import dev.slipway.webhook.forward.Outcome.Answered;
import dev.slipway.webhook.forward.Outcome.Unanswered;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** What follows from an attempt. */
sealed interface Verdict {

    /** The application has it. */
    record Delivered() implements Verdict {}

    /** It is tried again. */
    record Again(Instant at) implements Verdict {}

    /** The schedule is at its end, or the delivery will not be there at the time of the next attempt. */
    record GivenUp() implements Verdict {}

    /** The application wants nothing more. What is pending waits until the endpoint is enabled. */
    record Gone() implements Verdict {}

    /**
     * What follows from an attempt.
     *
     * @param now when it ended
     * @param random a number from 0 to 1: what failed together shall not come back together
     */
    static Verdict of(Outcome outcome, Endpoint endpoint, Forward forward, Instant now, double random) {
        return switch (outcome) {
            case Answered answer when answer.isSuccess() -> new Delivered();
            case Answered answer when answer.isGone() -> new Gone();
            case Answered answer -> again(endpoint, forward, answer.retryAfter(), now, random);
            case Unanswered _ -> again(endpoint, forward, Optional.empty(), now, random);
        };
    }

    /** A pause is never shorter than the schedule or the application says, and up to a fifth longer than the schedule. */
    private static Verdict again(
            Endpoint endpoint, Forward forward, Optional<Duration> retryAfter, Instant now, double random) {
        if (forward.pauses() >= endpoint.schedule().size()) {
            return new GivenUp();
        }
        var pause = endpoint.schedule().get(forward.pauses());
        var scheduled = pause.plusMillis(Math.round(pause.toMillis() * 0.2 * random));
        var at = now.plus(
                retryAfter.filter(asked -> asked.compareTo(scheduled) > 0).orElse(scheduled));
        return at.isBefore(forward.keptUntil()) ? new Again(at) : new GivenUp();
    }
}
