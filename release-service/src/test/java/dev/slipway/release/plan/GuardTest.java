package dev.slipway.release.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.slipway.release.plan.Guard.Fact;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When a step is needed. */
class GuardTest {

    private static final Set<String> STEPS = Set.of("a", "b", "go-live.soak", "down.grade_1");

    private static final Map<String, String> VALUES = Map.of(
            "inputs.quick", "true",
            "inputs.slow", "false",
            "inputs.strategy", "blue green",
            "inputs.replicas", "12",
            "inputs.version", "2.10.0",
            "steps.p.b.output.rows", "0");

    private static Guard parse(String text) {
        return Guard.parse(text, new Guard.Names() {
            @Override
            public StepRef step(String name) {
                if (!STEPS.contains(name)) {
                    throw new IllegalArgumentException("The step '%s' is unknown".formatted(name));
                }
                return new StepRef("p", name);
            }

            @Override
            public Optional<String> value(String name) {
                return Optional.of(name).filter(it -> it.startsWith("inputs.") || it.startsWith("steps."));
            }
        });
    }

    /** {@code a} was begun and timed out; {@code b} was begun and succeeded; {@code go-live.soak} was skipped. */
    private static final Guard.Facts FACTS = new Guard.Facts() {
        @Override
        public boolean is(Fact fact, StepRef step) {
            return switch (step.step()) {
                case "a" -> Set.of(Fact.BEGUN, Fact.FAILED, Fact.TIMED_OUT).contains(fact);
                case "b" -> Set.of(Fact.BEGUN, Fact.SUCCEEDED).contains(fact);
                case "go-live.soak" -> fact == Fact.SKIPPED;
                default -> false;
            };
        }

        @Override
        public Optional<String> value(String reference) {
            return Optional.ofNullable(VALUES.get(reference));
        }
    };

    @ParameterizedTest
    @CsvSource({
        "a, true",
        "go-live.soak, false",
        "begun(a), true",
        "failed(a), true",
        "succeeded(a), false",
        "failed(b), false",
        "succeeded(b), true",
        "failed ( a ), true",
        "!a, false",
        "!!a, true",
        "!failed(b), true",
        "a && b, true",
        "a&&b, true",
        "a && down.grade_1, false",
        "a || down.grade_1, true",
        "down.grade_1 || go-live.soak, false",
        "a || b && down.grade_1, true",
        "(a || b) && down.grade_1, false",
        "!(a && down.grade_1), true",
        "!a && b || a, true",
        "((((a)))), true",
        "timed-out(a), true",
        "timed-out(b), false",
        "skipped(go-live.soak), true",
        "skipped(b), false",
    })
    void aGuardHoldsByWhatBecameOfTheSteps(String text, boolean expected) {
        assertThat(parse(text).holds(FACTS)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "inputs.quick ; true",
                "inputs.slow ; false",
                "inputs.strategy ; false",
                "!inputs.slow && b ; true",
                "inputs.strategy == \"blue green\" ; true",
                "inputs.strategy != \"blue green\" ; false",
                "inputs.strategy == pat(blue*) ; true",
                "inputs.strategy == any(red, \"blue green\") ; true",
                "inputs.strategy == any(red, \"green, blue\") ; false",
                "inputs.replicas == 12 ; true",
                "inputs.replicas >= 10 ; true",
                "inputs.replicas < 9 ; false",
                "inputs.version == 2.10.0 ; true",
                "inputs.version == 2.1.0 ; false",
                "steps.p.b.output.rows > 0 ; false",
                "steps.p.b.output.rows <= 0 || failed(b) ; true",
                "(inputs.replicas > 3 || a) && !(inputs.slow == x) ; true",
                "inputs.absent == 1 ; false",
                "inputs.absent != 1 ; false",
                "!(inputs.absent == 1) ; true",
            })
    void aGuardHoldsByValuesInTheLanguageOfConditions(String text, boolean expected) {
        assertThat(parse(text).holds(FACTS)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "\"\" | The name of a step is missing at the end",
                "a b | 'b' is not expected there",
                "a && | The name of a step is missing at the end",
                "&& a | The name of a step is missing before '&&'",
                "a & b | '&' is not expected there",
                "(a | ')' is missing at the end",
                "a) | ')' is not expected there",
                "failed() | The name of a step is missing before ')'",
                "failed(a b) | ')' is missing before 'b'",
                "ended(a) | 'ended(…)' is unknown; there are begun(…), succeeded(…), failed(…), timed-out(…), skipped(…)",
                "a == 1 | 'a' is no value; there are inputs.…, vars.…, release.… and steps.….output.…",
                "inputs.x == | What it is compared with is missing at the end",
                "inputs.x == && a | What it is compared with is missing before '&&'",
                "inputs.x == any(a | ')' is missing at the end",
                "inputs.x < pat(a) | The condition 'inputs.x < pat(a)' compares pat() or any() by <; only == and != go with them",
                "inputs.x = 1 | '=' is not expected there",
                "x | The step 'x' is unknown",
                "failed(x) | The step 'x' is unknown",
                "$ | The name of a step is missing before '$'",
                "-a | The name of a step is missing before '-a'",
            })
    void aGuardThatCannotBeReadSaysWhy(String text, String why) {
        assertThatIllegalArgumentException().isThrownBy(() -> parse(text)).withMessage(why);
    }

    @Test
    void aGuardIsNotNestedWithoutEnd() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> parse("(".repeat(10_000) + "a" + ")".repeat(10_000)))
                .withMessage("It is nested more than 20 deep");
        assertThatIllegalArgumentException().isThrownBy(() -> parse("!".repeat(10_000) + "a"));
    }

    @ParameterizedTest
    @CsvSource({
        "a, ''",
        "failed(a), a",
        "failed(a) || failed(b), a b",
        "failed(a) && b, a",
        "!failed(a), ''",
        "succeeded(a), ''",
        "timed-out(a), a",
        "inputs.x == 1 || failed(b), b",
    })
    void theStepsWhoseFailureAGuardIsThereFor(String text, String expected) {
        assertThat(String.join(" ", parse(text).failures().map(StepRef::step).toList()))
                .isEqualTo(expected);
    }

    @Test
    void theStepsAndTheOutputsThatAGuardAsksAfter() {
        // When
        var guard = parse("failed(a) && !(b || steps.p.c.output.rows > 0) && inputs.quick");

        // Then
        assertThat(guard.steps()).extracting(StepRef::step).containsExactly("a", "b", "c");
        assertThat(guard.outputs()).containsExactly(new Output(new StepRef("p", "c"), "rows"));
    }

    @ParameterizedTest
    @CsvSource({
        "a, p.a",
        "begun(a), p.a",
        "timed-out( b ), timed-out(p.b)",
        "!a, !(p.a)",
        "inputs.quick, inputs.quick == true",
        "inputs.strategy == any(rolling blue), inputs.strategy == any(rolling blue)",
        "a && b || !failed(a), (p.a && p.b) || !(failed(p.a))",
        "a && (b || inputs.replicas > 3), p.a && (p.b || inputs.replicas > 3)",
    })
    void aGuardIsShownWithItsNamesInFull(String text, String shown) {
        assertThat(parse(text).shown()).isEqualTo(shown);
    }

    @ParameterizedTest
    @CsvSource({"a && (b || inputs.replicas > 3)", "!a || !!b", "failed(a) && inputs.strategy != pat(x*)"})
    void whatIsShownMeansTheSame(String text) {
        assertThat(parse(text).holds(FACTS))
                .isEqualTo(parse(parse(text).shown().replace("p.", "")).holds(FACTS));
    }
}
