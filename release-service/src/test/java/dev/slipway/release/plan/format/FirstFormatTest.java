package dev.slipway.release.plan.format;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.slipway.release.plan.FakeOperations;
import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.StepRef;
import dev.slipway.release.plan.format.PlanReader.Reading;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Plans that Slipway 0.1 stored: what it took stays valid, and means what it meant, whatever is refused today. */
class FirstFormatTest {

    private static final String HEAD = "application: shop\nenvironment: production\n";

    private static Reading read(String yaml, PlanFormat format) {
        return PlanReader.read(PlanFile.of(yaml).as(format), new FakeOperations());
    }

    private static Plan plan(String yaml) {
        return switch (read(yaml, PlanFormat.FIRST)) {
            case Reading.Valid valid -> valid.plan();
            case Reading.Invalid invalid -> throw new AssertionError("The plan is not valid: " + invalid.errors());
        };
    }

    private static String phase(String... steps) {
        return HEAD
                + Stream.of(steps)
                        .map("      - { name: %s }\n"::formatted)
                        .collect(joining("", "phases:\n  - name: only\n    steps:\n", ""));
    }

    private static String many(String item, String before, String after) {
        return IntStream.range(0, 501).mapToObj(item::formatted).collect(joining(", ", before, after)) + "\n";
    }

    static Stream<Arguments> refusedToday() {
        return Stream.of(
                arguments("a step that is needed twice", phase("a, run: deploy", "b, run: deploy, needs: [a, a]")),
                arguments(
                        "an approval whose text refers to nothing",
                        phase("a, approve: { by: us, text: 'Is ${HOME} fine, and ${secrets.X}?' }")),
                arguments("an event that Slipway tells itself", phase("a, await: { event: StepSucceeded }")),
                arguments("a variable that refers to nothing", phase("a, run: deploy") + "vars: { x: '${y}' }\n"),
                arguments("a variable with a secret", phase("a, run: deploy") + "vars: { x: '${secrets.X}' }\n"),
                arguments(
                        "a very long variable", phase("a, run: deploy") + "vars: { x: " + "y".repeat(10_001) + " }\n"),
                arguments("a NUL", phase("a, check: { http: 'http://x', body: \"\\0\", expect: ['[STATUS] == 200'] }")),
                arguments("a long key", phase("a, run: deploy, with: { ? %s : x }".formatted("k".repeat(1_001)))),
                arguments("many variables", phase("a, run: deploy") + many("v%d: x", "vars: { ", " }")),
                arguments(
                        "many monitors",
                        phase("a, run: deploy")
                                + many(
                                        "{ name: m%d, tls: x, expect: ['[CONNECTED] == true'] }",
                                        "monitors: [ ", " ]")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("refusedToday")
    void whatIsRefusedTodayAndWasTakenStaysValid(String what, String yaml) {
        assertThat(read(yaml, PlanFormat.PRESENT)).isInstanceOf(Reading.Invalid.class);
        assertThat(read(yaml, PlanFormat.FIRST)).isInstanceOf(Reading.Valid.class);
    }

    @Test
    void aStepFollowsTheOneAboveAlsoBesideOnesThatSayWhatTheyNeed() {
        // When
        var plan = plan(phase("a, run: deploy", "b, run: deploy, needs: []", "c, run: deploy"));

        // Then
        assertThat(plan.step(new StepRef("only", "b")).needs()).isEmpty();
        assertThat(plan.step(new StepRef("only", "c")).needs()).containsExactly("b");
    }

    @Test
    void aPhaseMayBeCalledWhatValuesAreCalledToday() {
        // When
        var plan = plan(HEAD + """
                phases:
                  - { name: inputs, steps: [ { name: strategy, run: deploy } ] }
                  - { name: release, steps: [ { name: version, run: deploy, if: "inputs.strategy && !failed(inputs.strategy)" } ] }
                """);

        // Then
        var guard = plan.step(new StepRef("release", "version")).condition().orElseThrow();
        assertThat(guard.steps()).containsOnly(new StepRef("inputs", "strategy"));
        assertThat(guard.outputs()).isEmpty();
    }
}
