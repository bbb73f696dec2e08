package dev.slipway.release.dryrun;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.slipway.release.engine.ReleaseState;
import dev.slipway.release.freeze.Freeze;
import dev.slipway.release.plan.Plan.Cause;
import dev.slipway.release.plan.Plan.WhenTaken;
import dev.slipway.release.plan.Step.OnFailure;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * What would happen. Durations are written as in plans: {@code 1h30m}.
 *
 * @param planVersion the version of the plan; nothing if it is not stored
 * @param inputs the value of each input
 * @param assumed the inputs that are required and were not said; something that fits stands for them
 * @param endsAs how it ends if everything goes well
 * @param reason why, if it does not succeed even then
 * @param atMost how long that takes, if everybody takes all the time there is
 * @param ahead the releases of the environment that would be waited for before, the first hundred
 * @param freeze what holds up the environment now; of several freezes the one that ends last
 * @param approvals who must approve, in order, those on the way back last
 * @param children the releases that would be part of it, in the plan's order
 * @param missing what stands in the way, and what to do about it
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record Explanation(
        String application,
        String environment,
        Optional<Integer> planVersion,
        Map<String, String> inputs,
        List<String> assumed,
        ReleaseState endsAs,
        Optional<String> reason,
        String atMost,
        List<Ahead> ahead,
        ExplainedQueue queue,
        Optional<ExplainedFreeze> freeze,
        List<ExplainedPhase> phases,
        List<ExplainedApproval> approvals,
        Optional<ExplainedRollback> rollback,
        List<ExplainedChild> children,
        List<NeededSecret> secrets,
        List<NeededChannel> channels,
        List<String> missing) {

    /** A release that has not ended. */
    public record Ahead(UUID id, String version, ReleaseState state) {}

    /**
     * What would become of it, and of others, in the environment's queue.
     *
     * @param timeout how long it would wait for its turn
     * @param supersedes those whose place it would take
     * @param refusedFor why it would be refused now, if it would
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record ExplainedQueue(
            WhenTaken whenTaken, String timeout, List<Ahead> supersedes, Optional<String> refusedFor) {}

    /**
     * A freeze that holds.
     *
     * @param until when it ends by itself, if it does
     * @param passed whether the release would pass it, by its opt-out; if not, it would wait for the end
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record ExplainedFreeze(
            UUID id,
            Freeze.Kind kind,
            String reason,
            String setBy,
            Instant since,
            Optional<Instant> until,
            boolean passed) {}

    /** A phase. */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record ExplainedPhase(String name, Optional<String> description, List<ExplainedStep> steps) {}

    /** What a step does. */
    public enum Kind {
        CHECK,
        AWAIT,
        RUN,
        APPROVE,
        WATCH,
        RELEASE
    }

    /** Whether a step is needed when everything goes well. */
    public enum Needed {
        YES,
        NO,
        /** That depends on what a step before gives. */
        DEPENDS
    }

    /**
     * A step.
     *
     * @param what what it does: the request, the operation, the event, the monitors, who approves
     * @param expect what must hold, of a check
     * @param with the settings of an operation, filled in; secrets stay references
     * @param after the steps of its phase that are settled before; the phases before it are in any case
     * @param condition the plan's {@code if}
     * @param beginsWithin how long after the start at the latest; of the way back, after its start
     * @param waits what it waits for, in order
     * @param onFailure what becomes of the release when it fails or times out; nothing on the way back
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record ExplainedStep(
            String name,
            Optional<String> description,
            Kind does,
            String what,
            List<String> expect,
            Map<String, Object> with,
            List<String> after,
            @JsonProperty("if") Optional<String> condition,
            Needed needed,
            Optional<String> beginsWithin,
            List<ExplainedWait> waits,
            Optional<ExplainedRetry> retry,
            Optional<OnFailure> onFailure) {}

    /**
     * Something that is waited for.
     *
     * @param then what happens if it does not come
     */
    public record ExplainedWait(String what, String atMost, String then) {}

    /** How often it is tried at most, and the pauses between. */
    public record ExplainedRetry(int attempts, List<String> pauses) {}

    /**
     * An approval.
     *
     * @param approvals how many people must give it
     * @param selfApproval whether who asked for the release may be one of them
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record ExplainedApproval(
            String step, String by, int approvals, boolean selfApproval, Optional<String> text, String atMost) {}

    /** A release that would be part of this one, by the newest plan of its environment. */
    public record ExplainedChild(String step, Explanation release) {}

    /**
     * The way back, if it were begun at the very end.
     *
     * @param when what starts it by itself
     * @param within the time for all of it
     * @param atMost how long it would take, if everybody took all the time there is; if that is more than {@code within},
     *     it fails when that is over
     */
    public record ExplainedRollback(
            Set<Cause> when, String within, String atMost, ReleaseState endsAs, List<ExplainedStep> steps) {}

    /** Whether something is there. */
    public enum Presence {
        THERE,
        MISSING,
        /** The service that would know did not say. */
        UNKNOWN
    }

    /**
     * A secret.
     *
     * @param service the one that needs it
     * @param usedBy the steps and monitors that do
     */
    public record NeededSecret(String name, String service, List<String> usedBy, Presence presence) {}

    /** A channel, and what is told on it. */
    public record NeededChannel(String name, List<String> on, Presence presence) {}
}
