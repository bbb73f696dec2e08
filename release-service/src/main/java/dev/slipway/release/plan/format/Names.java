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
 * @param inputs what may be said when a release is asked for
 * @param variables the plan's own
 * @param warnings the monitors of which people are only told
 * @param steps in their order, those of the way back last
 * @param hasRollback whether there is a way back
 */
record Names(
        Set<String> inputs,
        Set<String> variables,
        Set<String> monitors,
        Set<String> warnings,
        List<StepRef> steps,
        boolean hasRollback) {

    /** The names in a plan. What cannot be read has none; that is told when the plan is read. */
    static Names in(Node root) {
        var plan = new YamlValue(root, "", new ArrayList<>()).object();
        var inputs = keys(plan, "inputs");
        var variables = keys(plan, "vars");
        var monitors = named(items(plan, "monitors"));
        var warnings = named(items(plan, "monitors")
                .filter(it -> it.get("level")
                        .flatMap(YamlValue::text)
                        .filter("warning"::equals)
                        .isPresent()));
        var phases = items(plan, "phases")
                .flatMap(phase -> steps(Optional.of(phase), name(phase).orElse("?")));
        var rollback = plan.flatMap(it -> it.get("rollback"));
        var back = steps(rollback.flatMap(YamlValue::object), Plan.ROLLBACK);
        return new Names(
                inputs,
                variables,
                monitors,
                warnings,
                Stream.concat(phases, back).toList(),
                rollback.isPresent());
    }

    private static Set<String> keys(Optional<YamlObject> of, String key) {
        return of.flatMap(it -> it.get(key))
                .flatMap(YamlValue::object)
                .map(it -> it.values().keySet())
                .orElse(Set.of());
    }

    private static Stream<StepRef> steps(Optional<YamlObject> of, String phase) {
        return items(of, "steps").flatMap(step -> name(step).map(it -> new StepRef(phase, it)).stream());
    }

    private static Stream<YamlObject> items(Optional<YamlObject> of, String key) {
        return of.flatMap(it -> it.get(key)).stream()
                .flatMap(list -> list.list().stream())
                .flatMap(item -> item.object().stream());
    }

    private static Set<String> named(Stream<YamlObject> items) {
        return items.flatMap(item -> name(item).stream()).collect(toCollection(LinkedHashSet::new));
    }

    private static Optional<String> name(YamlObject object) {
        return object.get("name").flatMap(Scalars::name);
    }

    /** The same, as far as a variable knows them: only those that stand above it. */
    Names above(Set<String> variable) {
        return new Names(inputs, variable, Set.of(), Set.of(), List.of(), false);
    }

    /** Whether a step has ended when another begins, if only it was begun. */
    boolean isBefore(StepRef step, StepRef other) {
        return !steps.contains(other) || steps.indexOf(step) < steps.indexOf(other);
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
        var known = steps.stream().map(name.indexOf('.') < 0 ? StepRef::step : StepRef::toString);
        throw new IllegalArgumentException("The step " + Suggestion.unknown(name, known.toList()));
    }
}
