package dev.slipway.release.engine;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.slipway.event.Evidence;
import dev.slipway.event.ReleaseEvent.Parent;
import dev.slipway.event.ReleaseEvent.Priority;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** What can happen to a release. The journal keeps each that had an effect, so that the state can be replayed. */
@JsonTypeInfo(use = JsonTypeInfo.Id.SIMPLE_NAME, property = "input")
public sealed interface Input {

    /**
     * It was asked for: the first entry of its journal, of which the release itself is the effect.
     *
     * @param committedAt when the commit was made
     * @param reason why it was asked for
     * @param inputs what was said of the plan's inputs
     * @param priority its place in the queue; an ordinary one when absent
     * @param optOut why no freeze is to hold it up
     * @param parent the release that it is part of
     */
    record Requested(
            String by,
            String version,
            Optional<String> commit,
            Optional<Instant> committedAt,
            Optional<String> reason,
            int planVersion,
            Map<String, String> inputs,
            Optional<Priority> priority,
            Optional<String> optOut,
            Optional<Parent> parent)
            implements Input {}

    /** A release that is part of it has done its work. */
    record ChildReady(UUID child) implements Input {}

    /**
     * A release that is part of it ended.
     *
     * @param touched whether it may have changed anything outside
     * @param mayComeBack whether it may still come back from there when it is told to, so that this is not its answer to
     *     that; absent if it did not say
     */
    record ChildEnded(UUID child, String state, String reason, boolean touched, Optional<Boolean> mayComeBack)
            implements Input {}

    /** The release that it is part of went all the way. */
    record ParentSucceeded() implements Input {}

    /**
     * The release that it is part of does not go on.
     *
     * @param hindrance what stands in the way back of one that has ended
     */
    record ParentTurnedBack(String reason, Optional<String> hindrance) implements Input {}

    /** A newer release takes its place in the queue. */
    record Superseded(UUID by, String version) implements Input {}

    /**
     * Its plan does not let it wait for its turn.
     *
     * @param why what it would wait for
     */
    record Refused(String why) implements Input {}

    /** Its environment is free, and it is its turn. */
    record TurnCame() implements Input {}

    /**
     * An event came that a step may await.
     *
     * @param addressed whether it is meant for this release, so that it is kept when it comes too early
     */
    record Reported(String event, String eventId, Map<String, Object> data, boolean addressed) implements Input {}

    /** A check was made. */
    record Checked(String workId, boolean passed, Evidence evidence) implements Input {}

    /** An operation ended. */
    record OperationEnded(String workId, boolean succeeded, Evidence evidence) implements Input {}

    /** A watch came to its time. */
    record Watched(String workId, boolean healthy, Evidence evidence) implements Input {}

    /**
     * A monitor saw degraded health.
     *
     * @param addressed whether the monitor was watching for this very release
     */
    record Degraded(String monitor, Evidence evidence, boolean addressed) implements Input {}

    /** Somebody approved. */
    record Approved(String by, Optional<String> step, Optional<String> comment) implements Input {}

    /** Somebody said no. */
    record Rejected(String by, Optional<String> step, Optional<String> comment) implements Input {}

    /** Somebody asked for a pause. */
    record PauseAsked(String by, Optional<String> reason) implements Input {}

    /**
     * Somebody asked to go on.
     *
     * @param hindrance what keeps a paused release from going on: the line is stopped
     */
    record ResumeAsked(String by, Optional<String> reason, Optional<String> hindrance) implements Input {

        /** Nothing keeps it from going on. */
        public ResumeAsked(String by, Optional<String> reason) {
            this(by, reason, Optional.empty());
        }
    }

    /**
     * Somebody asked to try the failed step again.
     *
     * @param hindrance what keeps a paused release from going on
     */
    record RetryAsked(String by, Optional<String> step, Optional<String> reason, Optional<String> hindrance)
            implements Input {

        /** Nothing keeps it from going on. */
        public RetryAsked(String by, Optional<String> step, Optional<String> reason) {
            this(by, step, reason, Optional.empty());
        }
    }

    /**
     * Somebody asked to go on without a step.
     *
     * @param hindrance what keeps a paused release from going on
     */
    record SkipAsked(String by, String step, String reason, Optional<String> hindrance) implements Input {

        /** Nothing keeps it from going on. */
        public SkipAsked(String by, String step, String reason) {
            this(by, step, reason, Optional.empty());
        }
    }

    /** Somebody asked that no freeze hold it up. */
    record OptOutAsked(String by, String reason) implements Input {}

    /** Somebody asked to end it where it stands. */
    record AbortAsked(String by, Optional<String> reason) implements Input {}

    /**
     * Somebody asked for the way back, be it of a release that has ended.
     *
     * @param hindrance what stands in the way around it: another release has begun since
     */
    record RollbackAsked(String by, Optional<String> reason, Optional<String> hindrance) implements Input {

        /** Nothing stands in the way. */
        public RollbackAsked(String by, Optional<String> reason) {
            this(by, reason, Optional.empty());
        }
    }

    /**
     * A time came.
     *
     * @param hold what kept what was awaited from coming by then: anybody from resuming a paused release, or an
     *     operation from its end
     */
    record TimeCame(String timer, Optional<String> hold) implements Input {

        /** Nothing kept anybody from anything. */
        public TimeCame(String timer) {
            this(timer, Optional.empty());
        }
    }
}
