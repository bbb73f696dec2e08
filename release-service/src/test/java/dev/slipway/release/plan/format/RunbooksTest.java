package dev.slipway.release.plan.format;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.StepRef;
import dev.slipway.release.plan.format.PlanReader.Reading;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The plans in {@code plans/}, and what {@code docs/runbooks.md} says of them. */
class RunbooksTest {

    private static final Path DOCUMENT = Path.of("../docs/runbooks.md");
    private static final List<String> KINDS = List.of("checkbox", "command", "point");
    private static final Pattern HEADING = Pattern.compile("## (\\w+)");
    private static final Pattern COUNTS =
            Pattern.compile(".*?(\\d+) checkboxes, (\\d+) commands and (\\d+) further points.*");
    private static final Pattern ROW = Pattern.compile(
            "\\| (?<section>.+) \\| (?<kind>checkbox|command|point) \\| (?<says>.+) \\| (?<covered>.+) \\|");
    /** A place in the plan: {@code smoke.live}, {@code rollback.verify}, {@code monitors.health}, {@code vars.api}. */
    private static final Pattern PLACE = Pattern.compile("`([a-z0-9-]+\\.[A-Za-z0-9_-]+)`");

    /** A line of a table. */
    private record Row(String kind, String covered) {}

    /**
     * What is said of one runbook.
     *
     * @param counts how many checkboxes, commands and further points it has
     */
    private record Runbook(Map<String, Long> counts, List<Row> rows) {

        Map<String, Long> rowsByKind() {
            return KINDS.stream()
                    .collect(toMap(
                            identity(),
                            kind -> rows.stream()
                                    .filter(row -> row.kind().equals(kind))
                                    .count()));
        }
    }

    static Stream<Arguments> plansByEnvironment() {
        return ReadyPlans.files()
                .map(ReadyPlans::name)
                .flatMap(name -> environments(name).map(environment -> Arguments.of(name, environment)));
    }

    private static Stream<String> environments(String name) {
        var environments = PlanReader.environments(ReadyPlans.file(name).yaml());
        return environments.isEmpty() ? Stream.of("its only one") : environments.stream();
    }

    @ParameterizedTest
    @MethodSource("plansByEnvironment")
    void aReadyPlanIsValidInEachOfItsEnvironments(String name, String environment) {
        // When
        var reading = PlanReader.read(ReadyPlans.file(name).in(environment), ReadyPlans.operations());

        // Then
        assertThat(reading).isInstanceOf(Reading.Valid.class);
    }

    static Stream<Path> fragments() {
        return ReadyPlans.fragments();
    }

    @ParameterizedTest
    @MethodSource("fragments")
    void aReadyFragmentCanBeStoredUnderTheNameOfItsFile(Path file) {
        assertThat(FragmentReader.check(ReadyPlans.text(file), ReadyPlans.name(file)))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"clarity", "solacore", "raptorflow", "capliquify", "vocilia"})
    void theTableHasARowForEachPointOfTheRunbookAndNamesOnlyWhatStandsInThePlan(String name) {
        // Given
        var plan = plan(name);

        // When
        var runbook = runbook(name);

        // Then
        assertThat(runbook.rowsByKind()).isEqualTo(runbook.counts());
        assertThat(places(plan)).containsAll(named(runbook));
    }

    @ParameterizedTest
    @ValueSource(strings = {"clarity", "solacore", "raptorflow", "capliquify", "vocilia"})
    void eachStepAndMonitorOfThePlanIsThereForSomethingThatTheRunbookSays(String name) {
        // When
        var named = named(runbook(name));

        // Then
        assertThat(named).containsAll(steps(plan(name)));
        assertThat(named)
                .containsAll(plan(name).monitors().keySet().stream()
                        .map("monitors."::concat)
                        .toList());
    }

    @Test
    void theDocumentHasATableForEachPlanThatHasARunbook() {
        assertThat(ReadyPlans.files().map(ReadyPlans::name))
                .allSatisfy(name ->
                        assertThat(runbook(name.replace("-demo", "")).rows()).isNotEmpty());
    }

    private static Plan plan(String name) {
        return switch (PlanReader.read(ReadyPlans.file(name).in("production"), ReadyPlans.operations())) {
            case Reading.Valid valid -> valid.plan();
            case Reading.Invalid invalid -> throw new AssertionError("It is not valid: " + invalid.errors());
        };
    }

    private static Set<String> places(Plan plan) {
        var places = new HashSet<>(steps(plan));
        plan.monitors().keySet().forEach(it -> places.add("monitors." + it));
        plan.vars().keySet().forEach(it -> places.add("vars." + it));
        plan.inputs().keySet().forEach(it -> places.add("inputs." + it));
        return places;
    }

    private static List<String> steps(Plan plan) {
        return plan.steps().stream().map(StepRef::toString).toList();
    }

    private static List<String> named(Runbook runbook) {
        return runbook.rows().stream()
                .flatMap(row -> PLACE.matcher(row.covered()).results())
                .map(match -> match.group(1))
                .toList();
    }

    private static Runbook runbook(String name) {
        var counts = Map.<String, Long>of();
        var rows = new ArrayList<Row>();
        var heading = "";
        for (var line : ReadyPlans.text(DOCUMENT).lines().toList()) {
            var next = HEADING.matcher(line);
            heading = next.matches() ? next.group(1) : heading;
            var counted = COUNTS.matcher(line);
            var row = ROW.matcher(line);
            if (!heading.equalsIgnoreCase(name)) {
                continue;
            }
            if (counted.matches()) {
                counts = Map.of(
                        "checkbox", Long.valueOf(counted.group(1)),
                        "command", Long.valueOf(counted.group(2)),
                        "point", Long.valueOf(counted.group(3)));
            }
            if (row.matches()) {
                rows.add(new Row(row.group("kind"), row.group("covered")));
            }
        }
        return new Runbook(counts, List.copyOf(rows));
    }
}
