package dev.slipway.release.plan.format;

import static java.util.stream.Collectors.toCollection;

import dev.slipway.event.Subject;
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
 * @param subject where the plan releases
 * @param inputs what may be said when a release is asked for
 * @param variables the plan's own
 * @param warnings the monitors of which people are only told
 * @param steps all of them, with those of fragments
 * @param hasRollback whether there is a way back
 * @param growth what becomes of texts that refer to values
 */
record Names(
        Optional<Subject> subject,
        Set<String> inputs,
        Set<String> variables,
        Set<String> monitors,
        Set<String> warnings,
        StepNames steps,
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
        var rollback = plan.flatMap(it -> it.get("rollback"));
        var back = rollback.flatMap(YamlValue::object);
        var written = Stream.concat(
                        items(plan, "phases")
                                .flatMap(phase ->
                                        written(Optional.of(phase), name(phase).orElse("?"))),
                        written(back, Plan.ROLLBACK))
                .limit(PlanReader.MAX_STEPS + 1L)
                .toList();
        // Of too many, nobody wants to know the names.
        var steps = written.size() > PlanReader.MAX_STEPS
                ? written.stream().map(it -> new StepRef(it.phase(), "?"))
                : written.stream().flatMap(it -> it.steps(fragments)).limit(PlanReader.MAX_STEPS + 1L);
        return new Names(
                subject(plan),
                inputs,
                variables,
                monitors,
                warnings,
                new StepNames(steps.toList()),
                rollback.isPresent(),
                new Growth());
    }

    private static Optional<Subject> subject(Optional<YamlObject> plan) {
        var application = plan.flatMap(it -> it.get("application")).flatMap(Scalars::subjectName);
        var environment = plan.flatMap(it -> it.get("environment")).flatMap(Scalars::subjectName);
        return application.flatMap(app -> environment.map(env -> new Subject(app, env)));
    }

    private static Set<String> keys(Optional<YamlObject> of, String key) {
        return of.flatMap(it -> it.get(key))
                .flatMap(YamlValue::object)
                .map(it -> it.values().keySet())
                .orElse(Set.of());
    }

    /** A step of a phase as it is written, or the use of a fragment. */
    private record Written(String phase, YamlObject step) {

        private Stream<StepRef> steps(Fragments fragments) {
            var names = step.has("uses")
                    ? fragments.steps(step).stream()
                            .flatMap(steps -> objects(steps).flatMap(it -> name(it).stream()))
                            .map(name -> Order.prefix(useName(step).orElse("?")) + name)
                    : name(step).stream();
            return names.map(name -> new StepRef(phase, name));
        }
    }

    private static Stream<Written> written(Optional<YamlObject> of, String phase) {
        return items(of, "steps").map(step -> new Written(phase, step));
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
        return new Names(subject, inputs, variable, Set.of(), Set.of(), new StepNames(List.of()), false, growth);
    }
}
