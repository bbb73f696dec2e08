package dev.slipway.notify.channel;

import java.time.Duration;
import java.util.Optional;

/** What became of one attempt to tell somebody. */
public sealed interface Outcome {

    /** The channel took it. */
    record Delivered() implements Outcome {}

    /**
     * It may well go later.
     *
     * @param after how long the channel asked us to wait before anything else is sent to it
     */
    record Retry(String reason, Optional<Duration> after) implements Outcome {

        /** It may well go later; the channel did not say when. */
        public Retry(String reason) {
            this(reason, Optional.empty());
        }
    }

    /** It will never go: the same again would be refused again. */
    record Refused(String reason) implements Outcome {}
}
