package dev.slipway.release.plan;

import dev.slipway.event.CheckEvent.Monitor;
import dev.slipway.event.ReleaseEvent.NotificationRule;
import dev.slipway.event.Subject;
import dev.slipway.release.plan.Step.Action;
import dev.slipway.release.plan.Step.OnFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A team's runbook. It is valid by construction: only a reader that has found nothing wrong makes one.
 *
 * @param subject where it releases
 * @param description what it is for
 * @param inputs what may be said when a release is asked for, by name, in the plan's order
 * @param vars values that its texts refer to as {@code ${name}}; one may refer to those before it
 * @param phases in their order
 * @param monitors what a watch may watch, by name
 * @param rollback the way back, if there is one
 * @param queue what becomes of a release that finds its environment taken
 * @param pause how long a pause may last, and what then
 * @param notifications who is told of what
 * @param contacts who helps when something is wrong
 */
public record Plan(
        Subject subject,
        Optional<String> description,
        Map<String, DeclaredInput> inputs,
        Map<String, String> vars,
        List<Phase> phases,
        Map<String, PlannedMonitor> monitors,
        Optional<Rollback> rollback,
        Queue queue,
        Pause pause,
        List<NotificationRule> notifications,
        List<Contact> contacts) {

    /** The name under which the steps of the way back stand beside the phases. */
    public static final String ROLLBACK = "rollback";

    public Plan {
        inputs = Collections.unmodifiableMap(new LinkedHashMap<>(inputs));
        vars = Collections.unmodifiableMap(new LinkedHashMap<>(vars));
        phases = List.copyOf(phases);
        monitors = Collections.unmodifiableMap(new LinkedHashMap<>(monitors));
        notifications = List.copyOf(notifications);
        contacts = List.copyOf(contacts);
    }

    /** An ordered group of steps. */
    public record Phase(String name, Optional<String> description, List<Step> steps) {

        public Phase {
            steps = List.copyOf(steps);
        }
    }

    /** A monitor, and how much it matters. */
    public record PlannedMonitor(Monitor monitor, Level level, Optional<String> description) {}

    /** How much it matters that a monitor is degraded. */
    public enum Level {
        /** People are told. */
        WARNING,
        /** A watch of it fails, and the way back may begin. */
        CRITICAL
    }

    /**
     * The way back.
     *
     * @param when what starts it; people always may
     * @param within the time for all of it
     */
    public record Rollback(Set<Cause> when, Duration within, List<Step> steps) {

        public Rollback {
            when = Set.copyOf(when);
            steps = List.copyOf(steps);
        }
    }

    /** What starts the way back by itself. */
    public enum Cause {
        HEALTH_DEGRADED,
        STEP_FAILED
    }

    /**
     * What becomes of a release that finds its environment taken.
     *
     * @param timeout how long it waits for its turn before it is aborted
     */
    public record Queue(WhenTaken whenTaken, Duration timeout) {

        /** Of a plan that says nothing of it. */
        public static final Queue DEFAULT = new Queue(WhenTaken.QUEUE, Duration.ofDays(7));
    }

    /** What a release does that finds its environment taken. */
    public enum WhenTaken {
        /** It waits, behind those that came before. */
        QUEUE,
        /** It waits, and takes the place of those that came before. */
        SUPERSEDE,
        /** It does not wait: nobody gets it. A hotfix waits all the same. */
        REFUSE
    }

    /**
     * How long a release may be paused, be it for a decision about a failed step.
     *
     * @param then what becomes of one that nobody has resumed by then
     */
    public record Pause(Duration timeout, AfterPause then) {

        /** Of a plan that says nothing of it. */
        public static final Pause DEFAULT = new Pause(Duration.ofHours(24), AfterPause.FAIL);
    }

    /** What becomes of a release that was paused for too long. */
    public enum AfterPause {
        /** It ends as failed. */
        FAIL,
        /** It goes the way back. */
        ROLL_BACK
    }

    /**
     * Whom to ask for help.
     *
     * @param contact an address, a number, a room
     * @param available when
     */
    public record Contact(String role, String contact, Optional<String> available) {}

    /** What a plan awaits, checks, does: every step, in order, the way back last. */
    public List<StepRef> steps() {
        var all = new ArrayList<StepRef>();
        phases.forEach(phase -> phase.steps().forEach(step -> all.add(new StepRef(phase.name(), step.name()))));
        rollback.ifPresent(back -> back.steps().forEach(step -> all.add(new StepRef(ROLLBACK, step.name()))));
        return List.copyOf(all);
    }

    /** The step of that name. */
    public Step step(StepRef ref) {
        var steps = ref.phase().equals(ROLLBACK)
                ? rollback.map(Rollback::steps).orElse(List.of())
                : phases.stream()
                        .filter(phase -> phase.name().equals(ref.phase()))
                        .findFirst()
                        .map(Phase::steps)
                        .orElse(List.of());
        return steps.stream()
                .filter(step -> step.name().equals(ref.step()))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("The plan has no step " + ref));
    }

    /** Where the releases take place that are parts of its own. */
    public List<Subject> children() {
        return phases.stream()
                .flatMap(phase -> phase.steps().stream())
                .flatMap(step ->
                        step.action() instanceof Action.Child child ? Stream.of(child.subject()) : Stream.empty())
                .distinct()
                .toList();
    }

    /** Whether that starts the way back. */
    public boolean rollsBackWhen(Cause cause) {
        return rollback.filter(back -> back.when().contains(cause)).isPresent();
    }

    /** What becomes of the release when a step of a phase does not succeed. */
    public OnFailure onFailure(StepRef ref) {
        return step(ref).onFailure().orElse(onFailure());
    }

    /** What becomes of the release when a step does not succeed that does not say it. */
    public OnFailure onFailure() {
        return rollsBackWhen(Cause.STEP_FAILED) ? OnFailure.ROLL_BACK : OnFailure.FAIL;
    }

    /** The paths of all that other steps want to know of what a step gave. */
    public List<String> outputsOf(StepRef ref) {
        return Stream.concat(
                        phases.stream().flatMap(phase -> phase.steps().stream()),
                        rollback.stream().flatMap(back -> back.steps().stream()))
                .flatMap(Step::asks)
                .filter(output -> output.step().equals(ref))
                .map(Output::path)
                .distinct()
                .toList();
    }

    /** Holds what was said when a release was asked for against what the plan declares. */
    public GivenInputs given(Map<String, String> said) {
        return GivenInputs.of(inputs, said);
    }
}
