package dev.slipway.release.plan;

import dev.slipway.event.CheckEvent.Monitor;
import dev.slipway.event.ReleaseEvent.NotificationRule;
import dev.slipway.event.Subject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A team's runbook. It is valid by construction: {@link PlanReader} makes no other.
 *
 * @param subject where it releases
 * @param vars values that its texts refer to as {@code ${name}}
 * @param phases in their order
 * @param monitors what a watch may watch, by name
 * @param rollback the way back, if there is one
 * @param notifications who is told of what
 */
public record Plan(
        Subject subject,
        Map<String, String> vars,
        List<Phase> phases,
        Map<String, Monitor> monitors,
        Optional<Rollback> rollback,
        List<NotificationRule> notifications) {

    /** The name under which the steps of the way back stand beside the phases. */
    public static final String ROLLBACK = "rollback";

    public Plan {
        vars = Map.copyOf(vars);
        phases = List.copyOf(phases);
        monitors = Map.copyOf(monitors);
        notifications = List.copyOf(notifications);
    }

    /** An ordered group of steps. */
    public record Phase(String name, List<Step> steps) {

        public Phase {
            steps = List.copyOf(steps);
        }
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

    /** Whether that starts the way back. */
    public boolean rollsBackWhen(Cause cause) {
        return rollback.filter(back -> back.when().contains(cause)).isPresent();
    }
}
