package dev.slipway.release.plan.format;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.release.plan.FakeOperations;
import dev.slipway.release.plan.format.PlanReader.Reading;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which steps of a phase follow which. */
class OrderTest {

    /** Steps, each as its name and what else it says; and what each needs in the end. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                // A phase in which nobody says what is needed goes step by step.
                "a; b; c                                       | PRESENT | a[] b[a] c[b]",
                "a; b, if: failed(a); c, if: failed(a)         | PRESENT | a[] b[a] c[b]",
                // As soon as one does, the rest begins at once.
                "a; b; c, needs: [a]                           | PRESENT | a[] b[] c[a]",
                "a; b; c, needs: [a, b]                        | PRESENT | a[] b[] c[a, b]",
                "a, needs: []; b; c                            | PRESENT | a[] b[] c[]",
                // Who asks after a step above waits for it.
                "a; b; c, needs: [b], if: failed(a)            | PRESENT | a[] b[] c[b, a]",
                "a; b, needs: [a]; c, needs: [b], if: a        | PRESENT | a[] b[a] c[b]",
                "a, needs: []; b, if: '!succeeded(only.a)'     | PRESENT | a[] b[a]",
                // Of a step below, or of another phase, it wants to know how it stands now.
                "a, needs: [], if: failed(b); b                | PRESENT | a[] b[]",
                "a, needs: [], if: other.x; b, if: '!other.x'  | PRESENT | a[] b[]",
                // What was stored by Slipway 0.1 keeps its meaning.
                "a; b; c, needs: [a]                           | FIRST   | a[] b[a] c[a]",
                "a; b, needs: []; c                            | FIRST   | a[] b[] c[b]",
                "a; b, needs: []; c, needs: [], if: failed(a)  | FIRST   | a[] b[] c[]",
            })
    void whatEachStepNeeds(String steps, PlanFormat format, String expected) {
        // Given
        var yaml = """
                application: shop
                environment: production
                phases:
                  - { name: other, steps: [ { name: x, run: deploy } ] }
                  - name: only
                    steps:
                """
                + Arrays.stream(steps.split(";"))
                        .map(step -> "      - { run: deploy, name: %s }\n".formatted(step.strip()))
                        .collect(joining());

        // When
        var reading = PlanReader.read(PlanFile.of(yaml).as(format), new FakeOperations());

        // Then
        assertThat(reading).isInstanceOf(Reading.Valid.class);
        assertThat(((Reading.Valid) reading)
                        .plan().phases().get(1).steps().stream()
                                .map(step -> step.name() + step.needs())
                                .collect(joining(" ")))
                .isEqualTo(expected);
    }
}
