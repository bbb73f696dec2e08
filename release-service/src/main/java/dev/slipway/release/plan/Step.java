package dev.slipway.release.plan;

import dev.slipway.event.CheckEvent.Check;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The unit of work.
 *
 * @param action what it does
 * @param needs the steps of its phase that must have ended before; the one above it, unless the plan says otherwise
 * @param condition when it is needed at all; always, if absent
 * @param approval whose approval it needs before it acts; the action {@link Action.Approve} is nothing but that
 * @param until the report that an operation is awaited to be followed by
 * @param timeout how long it may take, from its start
 * @param onFailure what becomes of the release when it does not succeed; if absent, what the plan's rollback says
 */
public record Step(
        String name,
        Action action,
        List<String> needs,
        Optional<Guard> condition,
        Optional<Approval> approval,
        Optional<Awaited> until,
        Duration timeout,
        Optional<OnFailure> onFailure) {

    public Step {
        needs = List.copyOf(needs);
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
     */
    public record Approval(String by, Optional<String> text, Duration timeout) {}

    /** What becomes of the release when a step does not succeed. */
    public enum OnFailure {
        /** It ends as failed. */
        FAIL,
        /** It goes on as if the step had succeeded. */
        CONTINUE,
        /** It goes the way back. */
        ROLL_BACK,
        /** It pauses, and a person decides: retry, abort or roll back. */
        ASK
    }
}
