package dev.slipway.release.operation;

import dev.slipway.event.Evidence;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * A kind of side effect at a provider.
 *
 * <p>It may be called again under the same key after a crash, so before it acts it asks the provider whether the work
 * was done already, or hands the key to a provider that looks after that itself.
 */
public interface Operation {

    /** Its name in plans: {@code github.workflow}. */
    String kind();

    /** What is wrong with its settings in a plan, one sentence each; texts may hold references still. */
    List<String> problems(Map<String, Object> with);

    /** What it needs of the service's settings and does not have, one sentence each, with the mend. */
    default List<String> missing(Map<String, Object> with) {
        return List.of();
    }

    /** Does it. Called on a virtual thread; may block. */
    Outcome perform(Call call) throws InterruptedException;

    /**
     * One attempt.
     *
     * @param key the operation key, the same for all attempts
     * @param with the settings, all references filled in, secrets among them
     * @param attempt from 1
     * @param firstAttemptAt when the first attempt began
     */
    record Call(String key, Map<String, Object> with, int attempt, Instant firstAttemptAt) {}

    /** How an attempt ended. */
    sealed interface Outcome {

        /** It is done. */
        record Done(Evidence evidence) implements Outcome {}

        /** It is not done, and trying again would not help. */
        record Refused(Evidence evidence) implements Outcome {}

        /** It may not be done yet; try again, or ask again, after a while. */
        record Again(String why, Duration after) implements Outcome {}
    }
}
