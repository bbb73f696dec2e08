package dev.slipway.release.plan;

import dev.slipway.event.CheckEvent.Check;
import dev.slipway.event.Subject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The unit of work.
 *
 * @param description what it is for
 * @param action what it does
 * @param needs the steps of its phase that must have ended before
 * @param condition when it is needed at all; always, if absent
 * @param approval whose approval it needs before it acts; the action {@link Action.Approve} is nothing but that
 * @param until the report that an operation is awaited to be followed by
 * @param timeout how long it may take, from its start, all attempts together
 * @param retry whether it is tried again when it fails
 * @param onFailure what becomes of the release when it does not succeed; if absent, what the plan's rollback says
 * @param outputs what its texts say of what other steps gave
 */
public record Step(
        String name,
        Optional<String> description,
        Action action,
        List<String> needs,
        Optional<Guard> condition,
        Optional<Approval> approval,
        Optional<Awaited> until,
        Duration timeout,
        Optional<Retry> retry,
        Optional<OnFailure> onFailure,
        List<Output> outputs) {

    public Step {
        needs = List.copyOf(needs);
        outputs = List.copyOf(outputs);
    }

    /** All that it wants to know of what other steps gave, in its texts or in its condition. */
    public Stream<Output> asks() {
        return Stream.concat(outputs.stream(), condition.stream().flatMap(Guard::outputs));
    }

    /** What a step does. */
    public sealed interface Action {

        /** Slipway verifies something. */
        record VerifyCheck(Check check) implements Action {}

        /** An event must come. */
        record Await(Awaited event) implements Action {}

        /**
         * Something is done at a provider.
         *
         * @param operation the kind: {@code github.workflow}
         * @param with its settings, as the plan has them
         */
        record Run(String operation, Map<String, Object> with) implements Action {

            public Run {
                with = Map.copyOf(with);
            }
        }

        /**
         * Another release is part of this one: it is asked for, and must do its work.
         *
         * @param subject where
         * @param version of what version
         * @param inputs what is said of its plan's inputs
         */
        record Child(Subject subject, String version, Map<String, String> inputs) implements Action {

            public Child {
                inputs = Map.copyOf(inputs);
            }
        }

        /** A person must approve. */
        record Approve() implements Action {}

        /**
         * Monitors must stay healthy for a while.
         *
         * @param duration how long
         * @param monitors their names
         */
        record Watch(Duration duration, List<String> monitors) implements Action {

            public Watch {
                monitors = List.copyOf(monitors);
            }
        }
    }

    /**
     * An event that a step waits for.
     *
     * @param event its name
     * @param where what its data must say, by path: {@code source: stripe}
     */
    public record Awaited(String event, Map<String, String> where) {

        public Awaited {
            where = Map.copyOf(where);
        }
    }

    /**
     * A person's approval.
     *
     * @param by the group that may give it
     * @param text what they are to look at before
     * @param timeout how long it is waited for
     * @param approvals how many people must give it
     * @param selfApproval whether the one who asked for the release may
     */
    public record Approval(String by, Optional<String> text, Duration timeout, int approvals, boolean selfApproval) {}

    /**
     * How a step is tried again that fails.
     *
     * @param attempts how often it is tried at most, the first time included
     * @param backoff the pause after the first attempt; each further one is twice as long
     * @param maxBackoff the longest pause
     */
    public record Retry(int attempts, Duration backoff, Duration maxBackoff) {

        /** The pause after so many failed attempts. */
        public Duration pauseAfter(int failed) {
            var pause = backoff;
            for (var doubled = 1; doubled < failed && pause.compareTo(maxBackoff) < 0; doubled++) {
                pause = pause.multipliedBy(2);
            }
            return pause.compareTo(maxBackoff) < 0 ? pause : maxBackoff;
        }

        /** All pauses together. */
        public Duration pauses() {
            return IntStream.range(1, attempts).mapToObj(this::pauseAfter).reduce(Duration.ZERO, Duration::plus);
        }
    }

    /** What becomes of the release when a step does not succeed. */
    public enum OnFailure {
        /** It ends as failed. */
        FAIL,
        /** It goes on as if the step had succeeded. */
        CONTINUE,
        /** It goes the way back. */
        ROLL_BACK,
        /** It pauses, and a person decides: retry, skip, abort or roll back. */
        ASK
    }
}
