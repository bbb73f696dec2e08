package dev.slipway.release.engine;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.slipway.event.Evidence;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** What can happen to a release. The journal keeps each that had an effect, so that the state can be replayed. */
@JsonTypeInfo(use = JsonTypeInfo.Id.SIMPLE_NAME, property = "input")
public sealed interface Input {

    /**
     * It was asked for: the first entry of its journal, of which the release itself is the effect.
     *
     * @param committedAt when the commit was made
     * @param reason why it was asked for
     * @param inputs what was said of the plan's inputs
     */
    record Requested(
            String by,
            String version,
            Optional<String> commit,
            Optional<Instant> committedAt,
            Optional<String> reason,
            int planVersion,
            Map<String, String> inputs)
            implements Input {}

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

    /** Somebody asked for a pause. */
    record PauseAsked(String by, Optional<String> reason) implements Input {}

    /** Somebody asked to go on. */
    record ResumeAsked(String by, Optional<String> reason) implements Input {}

    /** Somebody asked to try the failed step again. */
    record RetryAsked(String by, Optional<String> step, Optional<String> reason) implements Input {}

    /** Somebody asked to end it where it stands. */
    record AbortAsked(String by, Optional<String> reason) implements Input {}

    /** Somebody asked for the way back. */
    record RollbackAsked(String by, Optional<String> reason) implements Input {}

    /** A time came. */
    record TimeCame(String timer) implements Input {}
}
