package dev.slipway.release.plan.format;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toCollection;

import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.StepRef;
import dev.slipway.release.plan.Suggestion;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * What is named in a plan. It is gathered before anything is judged, so that whatever refers to a name is judged where
 * it stands, and a mistake in what is named is not told twice.
 *
 * @param variables the plan's own
 * @param steps in their order, those of the way back last
 * @param hasRollback whether there is a way back
 */
record Names(Set<String> variables, Set<String> monitors, List<StepRef> steps, boolean hasRollback) {

    /** The names in a plan. What cannot be read has none; that is told when the plan is read. */
    static Names in(Node root) {
        var plan = new YamlValue(root, "", new ArrayList<>()).object();
        var variables = plan.flatMap(it -> it.get("vars"))
                .flatMap(YamlValue::object)
                .map(it -> it.values().keySet())
                .orElse(Set.of());
        var monitors = items(plan, "monitors")
                .flatMap(monitor -> name(monitor).stream())
                .collect(toCollection(LinkedHashSet::new));
        var phases = items(plan, "phases")
                .flatMap(phase -> steps(Optional.of(phase), name(phase).orElse("?")));
        var rollback = plan.flatMap(it -> it.get("rollback"));
        var back = steps(rollback.flatMap(YamlValue::object), Plan.ROLLBACK);
        return new Names(variables, monitors, Stream.concat(phases, back).toList(), rollback.isPresent());
    }

    private static Stream<StepRef> steps(Optional<YamlObject> of, String phase) {
        return items(of, "steps").flatMap(step -> name(step).map(it -> new StepRef(phase, it)).stream());
    }

    private static Stream<YamlObject> items(Optional<YamlObject> of, String key) {
        return of.flatMap(it -> it.get(key)).stream()
                .flatMap(list -> list.list().stream())
                .flatMap(item -> item.object().stream());
    }

    private static Optional<String> name(YamlObject object) {
        return object.get("name").flatMap(Scalars::name);
    }

    /**
     * A step by {@code phase.step}, or by its name alone: one of the same phase, or the only one of that name.
     *
     * @throws IllegalArgumentException if there is none, or several
     */
    StepRef step(String name, String phase) {
        var exact = steps.stream().filter(ref -> ref.toString().equals(name)).toList();
        var anywhere = steps.stream().filter(ref -> ref.step().equals(name)).toList();
        var beside = anywhere.stream().filter(ref -> ref.phase().equals(phase)).toList();
        for (var found : List.of(exact, beside, anywhere)) {
            if (found.size() == 1) {
                return found.getFirst();
            }
        }
        if (anywhere.size() > 1) {
            throw new IllegalArgumentException("There are several steps '%s'; say which: %s"
                    .formatted(name, anywhere.stream().map(StepRef::toString).collect(joining(", "))));
        }
        throw new IllegalArgumentException("The step "
                + Suggestion.unknown(name, steps.stream().map(StepRef::toString).toList()));
    }
}
