package dev.slipway.release.status;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.slipway.event.Evidence;
import dev.slipway.event.ReleaseEvent.Parent;
import dev.slipway.event.ReleaseEvent.Priority;
import dev.slipway.release.engine.Decision.Change;
import dev.slipway.release.engine.Release;
import dev.slipway.release.engine.Release.Child;
import dev.slipway.release.engine.Release.OptOut;
import dev.slipway.release.engine.Release.StepProgress;
import dev.slipway.release.engine.Release.Waiting;
import dev.slipway.release.engine.ReleaseState;
import dev.slipway.release.engine.StepState;
import dev.slipway.release.freeze.Freeze.Hold;
import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.StepRef;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * A release as people and machines see it.
 *
 * @param inputs the value of each input that its plan declares
 * @param revision grows with each change
 * @param reason why it ended, or is on its way back
 * @param toDo what is left to a person, if it ended otherwise than it should
 * @param waitingFor all that it waits for now: the answer to "why is nothing happening?"
 * @param rollback the way back, once it has begun
 * @param accepted calls that were accepted and have not had their effect yet
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record ReleaseStatus(
        UUID id,
        String application,
        String environment,
        String version,
        Optional<String> commit,
        Optional<Instant> committedAt,
        ReleaseState state,
        Optional<String> reason,
        Optional<String> toDo,
        String requestedBy,
        Instant requestedAt,
        Optional<Instant> startedAt,
        Optional<Instant> endedAt,
        int planVersion,
        Map<String, String> inputs,
        Optional<Priority> priority,
        Optional<OptOut> optOut,
        Optional<Parent> parent,
        long revision,
        List<WaitingFor> waitingFor,
        List<PhaseStatus> phases,
        Optional<RollbackStatus> rollback,
        List<AcceptedCall> accepted) {

    /** A phase; its state follows from its steps'. */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record PhaseStatus(
            String name,
            StepState state,
            Optional<Instant> startedAt,
            Optional<Instant> endedAt,
            List<StepStatus> steps) {}

    /** A step. */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record StepStatus(
            String name,
            StepState state,
            int attempt,
            Optional<Instant> startedAt,
            Optional<Instant> endedAt,
            Optional<Evidence> evidence,
            Optional<WaitingFor> waitingFor,
            Optional<UUID> release) {}

    /** The way back. */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record RollbackStatus(String reason, Instant startedAt, Instant until, List<StepStatus> steps) {}

    /**
     * What is awaited.
     *
     * @param step {@code phase.step}, if it is a step that waits
     * @param until when waiting ends by itself; absent where only somebody can end it
     * @param then what happens if it does
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record WaitingFor(
            Optional<String> step, String what, Instant since, Optional<Instant> until, Optional<String> then) {}

    /** A call that was accepted. */
    public record AcceptedCall(String event, String by, Instant at) {}

    /**
     * The status of a release.
     *
     * @param changes all its changes, the oldest first
     * @param setbacks what operations that are still to be done met with last, by their keys
     */
    static ReleaseStatus of(
            Release release,
            Optional<Instant> committedAt,
            List<Change> changes,
            Optional<String> toDo,
            List<AcceptedCall> accepted,
            Map<String, String> setbacks,
            List<String> obstacles,
            Optional<Hold> hold) {
        var evidence = new HashMap<StepRef, Evidence>();
        for (var change : changes) {
            if (change.step().isPresent() && change.evidence().isPresent()) {
                evidence.put(change.step().get(), change.evidence().get());
            }
        }
        var phases = new LinkedHashMap<String, List<StepStatus>>();
        for (var step : release.steps()) {
            phases.computeIfAbsent(step.ref().phase(), name -> new ArrayList<>())
                    .add(step(release, step, evidence, setbacks));
        }
        var rollbackSteps = Optional.ofNullable(phases.remove(Plan.ROLLBACK)).orElse(List.of());
        return new ReleaseStatus(
                release.id(),
                release.subject().application(),
                release.subject().environment(),
                release.version(),
                release.commit(),
                committedAt,
                release.state(),
                release.reason(),
                toDo,
                release.requestedBy(),
                release.requestedAt(),
                release.startedAt(),
                release.endedAt(),
                release.planVersion(),
                release.inputs(),
                release.priority(),
                release.optOut(),
                release.parent(),
                release.revision(),
                waitingFor(release, setbacks, obstacles, hold),
                phases.entrySet().stream()
                        .map(phase -> phase(phase.getKey(), phase.getValue()))
                        .toList(),
                release.rollback()
                        .map(back -> new RollbackStatus(back.reason(), back.startedAt(), back.until(), rollbackSteps)),
                accepted);
    }

    private static StepStatus step(
            Release release, StepProgress step, Map<StepRef, Evidence> evidence, Map<String, String> setbacks) {
        return new StepStatus(
                step.ref().step(),
                step.state(),
                step.attempt(),
                step.startedAt(),
                step.endedAt(),
                Optional.ofNullable(evidence.get(step.ref())),
                waitingFor(release, step, setbacks),
                step.child().map(Child::id));
    }

    private static PhaseStatus phase(String name, List<StepStatus> steps) {
        var state = state(steps.stream().map(StepStatus::state).toList());
        return new PhaseStatus(
                name,
                state,
                steps.stream().flatMap(step -> step.startedAt().stream()).min(Instant::compareTo),
                state.ended()
                        ? steps.stream()
                                .flatMap(step -> step.endedAt().stream())
                                .max(Instant::compareTo)
                        : Optional.empty(),
                steps);
    }

    /** A phase runs while a step does; then the worst of its steps speaks for it. */
    static StepState state(Collection<StepState> steps) {
        if (steps.contains(StepState.WAITING) || steps.contains(StepState.RUNNING)) {
            return steps.contains(StepState.RUNNING) ? StepState.RUNNING : StepState.WAITING;
        }
        for (var worst : List.of(StepState.FAILED, StepState.TIMED_OUT, StepState.CANCELLED)) {
            if (steps.contains(worst)) {
                return worst;
            }
        }
        if (steps.contains(StepState.PENDING)) {
            return steps.stream().allMatch(StepState.PENDING::equals) ? StepState.PENDING : StepState.RUNNING;
        }
        return steps.contains(StepState.SUCCEEDED) ? StepState.SUCCEEDED : StepState.SKIPPED;
    }

    private static List<WaitingFor> waitingFor(
            Release release, Map<String, String> setbacks, List<String> obstacles, Optional<Hold> hold) {
        var all = new ArrayList<WaitingFor>();
        release.waiting()
                .map(waiting -> release.state() == ReleaseState.QUEUED
                        ? heldUp(waiting, String.join("; ", obstacles))
                        : waiting)
                .ifPresent(waiting -> all.add(waitingFor(Optional.empty(), waiting)));
        hold.map(ReleaseStatus::waitingFor).ifPresent(all::add);
        release.steps().forEach(step -> waitingFor(release, step, setbacks).ifPresent(all::add));
        return all;
    }

    private static Optional<WaitingFor> waitingFor(Release release, StepProgress step, Map<String, String> setbacks) {
        return release.waitingOf(step)
                .map(waiting -> waitingFor(
                        Optional.of(step.ref().toString()),
                        heldUp(waiting, setbacks.getOrDefault(release.workId(step), ""))));
    }

    private static WaitingFor waitingFor(Hold hold) {
        var then = switch (hold.freeze().kind()) {
            case WINDOW -> "it begins when it is its turn";
            case STOP -> "what has not begun has its turn, and what is paused can be resumed";
        };
        return new WaitingFor(Optional.empty(), hold.what(), hold.since(), hold.until(), Optional.of(then));
    }

    /** What is awaited, and what keeps it from coming; nothing if that is empty. */
    private static Waiting heldUp(Waiting waiting, String by) {
        return by.isEmpty()
                ? waiting
                : new Waiting(waiting.what() + ": " + by, waiting.since(), waiting.until(), waiting.then());
    }

    private static WaitingFor waitingFor(Optional<String> step, Waiting waiting) {
        return new WaitingFor(
                step, waiting.what(), waiting.since(), Optional.of(waiting.until()), Optional.of(waiting.then()));
    }
}
