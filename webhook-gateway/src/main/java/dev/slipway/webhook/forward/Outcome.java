package dev.slipway.webhook.forward;

import java.time.Duration;
import java.util.Optional;

/** What came of an attempt. */
sealed interface Outcome {

    /**
     * The application answered.
     *
     * @param body its first KiB
     * @param retryAfter how long the application asks to be left alone
     */
    record Answered(int status, String body, Optional<Duration> retryAfter) implements Outcome {

        private static final int GONE = 410;

        boolean isSuccess() {
            return status >= 200 && status < 300;
        }

        boolean isGone() {
            return status == GONE;
        }
    }

    /**
     * It did not; whether it got the delivery is not known.
     *
     * @param reason what happened, and what to do about it where that is known
     */
    record Unanswered(String reason) implements Outcome {}
}
