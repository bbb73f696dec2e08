package dev.slipway.release.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.slipway.release.plan.Guard.Fact;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When a step is needed. */
class GuardTest {

    private static final Set<String> STEPS = Set.of("a", "b", "go-live.soak", "down.grade_1");

    private static Guard parse(String text) {
        return Guard.parse(text, GuardTest::ref);
    }

    private static StepRef ref(String name) {
        if (!STEPS.contains(name)) {
            throw new IllegalArgumentException("The step '%s' is unknown".formatted(name));
        }
        return new StepRef("p", name);
    }

    /** {@code a} was begun and failed; {@code b} was begun and succeeded; the others were not begun. */
    private static boolean is(Fact fact, StepRef step) {
        return switch (step.step()) {
            case "a" -> fact != Fact.SUCCEEDED;
            case "b" -> fact != Fact.FAILED;
            default -> false;
        };
    }

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
    })
    void aGuardHoldsByWhatBecameOfTheSteps(String text, boolean expected) {
        assertThat(parse(text).holds(GuardTest::is)).isEqualTo(expected);
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
                "ended(a) | 'ended(…)' is unknown; there are failed(…), succeeded(…) and begun(…)",
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
    })
    void theStepsWhoseFailureAGuardIsThereFor(String text, String expected) {
        assertThat(String.join(" ", parse(text).failures().map(StepRef::step).toList()))
                .isEqualTo(expected);
    }
}
