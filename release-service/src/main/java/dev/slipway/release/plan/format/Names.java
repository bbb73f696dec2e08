package dev.slipway.release.plan.format;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toCollection;

import dev.slipway.condition.Suggestion;
import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.StepRef;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
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
 * @param growth what becomes of texts that refer to values
 */
record Names(
        Set<String> inputs,
        Set<String> variables,
        Set<String> monitors,
        Set<String> warnings,
        List<StepRef> steps,
        boolean hasRollback,
        Growth growth) {

    /** The names in a plan. What cannot be read has none; that is told when the plan is read. */
    static Names in(Node root, Function<String, Optional<String>> storedFragments) {
        var plan = new YamlValue(root, "", error -> {}).object();
        var fragments = new Fragments(plan.map(Fragments::in).orElse(Map.of()), storedFragments);
        var inputs = keys(plan, "inputs");
        var variables = keys(plan, "vars");
        var monitors = named(items(plan, "monitors"));
        var warnings = named(items(plan, "monitors")
                .filter(it -> it.get("level")
                        .flatMap(YamlValue::text)
                        .filter("warning"::equals)
                        .isPresent()));
        var phases = items(plan, "phases")
                .flatMap(phase -> steps(Optional.of(phase), name(phase).orElse("?"), fragments));
        var rollback = plan.flatMap(it -> it.get("rollback"));
        var back = steps(rollback.flatMap(YamlValue::object), Plan.ROLLBACK, fragments);
        return new Names(
                inputs,
                variables,
                monitors,
                warnings,
                Stream.concat(phases, back).limit(PlanReader.MAX_STEPS + 1L).toList(),
                rollback.isPresent(),
                new Growth());
    }

    private static Set<String> keys(Optional<YamlObject> of, String key) {
        return of.flatMap(it -> it.get(key))
                .flatMap(YamlValue::object)
                .map(it -> it.values().keySet())
                .orElse(Set.of());
    }

    private static Stream<StepRef> steps(Optional<YamlObject> of, String phase, Fragments fragments) {
        return items(of, "steps")
                .flatMap(step -> step.has("uses")
                        ? fragments.steps(step).stream()
                                .flatMap(steps -> objects(steps).flatMap(it -> name(it).stream()))
                                .map(name -> Order.prefix(useName(step).orElse("?")) + name)
                        : name(step).stream())
                .map(name -> new StepRef(phase, name));
    }

    /** What a use of a fragment is called: by its name, or else by the fragment's. */
    static Optional<String> useName(YamlObject use) {
        return use.has("name")
                ? use.get("name").flatMap(YamlValue::text)
                : use.get("uses").flatMap(YamlValue::text).map(uses -> uses.replaceFirst("@.*", ""));
    }

    private static Stream<YamlObject> items(Optional<YamlObject> of, String key) {
        return of.flatMap(it -> it.get(key)).stream().flatMap(Names::objects);
    }

    private static Stream<YamlObject> objects(YamlValue list) {
        return list.list().stream().flatMap(item -> item.object().stream());
    }

    private static Set<String> named(Stream<YamlObject> items) {
        return items.flatMap(item -> name(item).stream()).collect(toCollection(LinkedHashSet::new));
    }

    private static Optional<String> name(YamlObject object) {
        return object.get("name").flatMap(Scalars::name);
    }

    /** The same, as far as a variable knows them: only those that stand above it. */
    Names above(Set<String> variable) {
        return new Names(inputs, variable, Set.of(), Set.of(), List.of(), false, growth);
    }

    /** Whether a step has ended when another begins, if only it was begun. */
    boolean isBefore(StepRef step, StepRef other) {
        return !steps.contains(other) || steps.indexOf(step) < steps.indexOf(other);
    }

    /**
     * A step by {@code phase.step}, or by its name alone: one of the same fragment, of the same phase, or the only one
     * of that name.
     *
     * @param prefix what stands before the names of the steps of the same fragment
     * @throws IllegalArgumentException if there is none, or several
     */
    StepRef step(String name, String phase, String prefix) {
        var exact = steps.stream().filter(ref -> ref.toString().equals(name)).toList();
        var inside = steps.stream()
                .filter(ref -> ref.equals(new StepRef(phase, prefix + name)))
                .toList();
        var anywhere = steps.stream().filter(ref -> ref.step().equals(name)).toList();
        var beside = anywhere.stream().filter(ref -> ref.phase().equals(phase)).toList();
        for (var found : List.of(exact, inside, beside, anywhere)) {
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
