package dev.slipway.release.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.slipway.event.CheckEvent.CheckRequested;
import dev.slipway.event.Evidence;
import dev.slipway.event.ReleaseEvent.StepFailed;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a plan's texts are filled with: inputs, variables, the release, and what steps gave. */
class ValuesTest {

    private static final String INPUTS = """
            inputs:
              strategy: { options: [rolling, blue-green], default: rolling }
              replicas: { type: number, required: true }
              quick: { type: boolean }
              note: {}
            vars: { host: "${release.application}.example", api: "https://${host}", target: "${inputs.strategy} to ${api}" }
            phases:
              - name: only
                steps:
                  - name: deploy
                    run: deploy
                    if: "%s"
                    with: { target: "${target}", replicas: "${inputs.replicas}", note: "<${inputs.note}>", where: "${release.environment}" }
            """;

    private static Story begun(String condition, Map<String, String> said) {
        return Story.asked(Story.plan(INPUTS.formatted(condition)), said).turnCame();
    }

    @Test
    void textsSayWhatWasSaidWhenTheReleaseWasAskedFor() {
        // When
        var story = begun("inputs.replicas > 2", Map.of("strategy", "blue-green", "replicas", "3"));

        // Then
        assertThat(story.operations().getFirst().with())
                .isEqualTo(Map.of(
                        "target", "blue-green to https://shop.example",
                        "replicas", "3",
                        "note", "<>",
                        "where", "production"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "inputs.strategy == rolling             | RUNNING",
                "inputs.quick                           | SKIPPED",
                "!inputs.quick                          | RUNNING",
                "inputs.replicas < 3                    | SKIPPED",
                "vars.host == shop.example              | RUNNING",
                "${host} == pat(*.example)              | RUNNING",
                "release.version == 1.4.0               | RUNNING",
                "release.environment != production      | SKIPPED",
                "release.environment == any(a, production) && !inputs.quick | RUNNING",
            })
    void aStepIsNeededByValues(String condition, StepState expected) {
        assertThat(begun(condition, Map.of("replicas", "3")).step("only.deploy"))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "replicas | -     | replicas=is missing; the plan requires it",
                "replicas | many  | replicas=must be a number, but is 'many'",
                "replicsa | 3     | replicsa='replicsa' is unknown; did you mean 'replicas'?",
                "strategy | canary | strategy='canary' is unknown; there are: blue-green, rolling",
                "quick    | yes   | quick=must be true or false, but is 'yes'",
                "note     | ${secrets.TOKEN} | note=may have no '${', and no '$' at its end",
                "note     | 5$    | note=may have no '${', and no '$' at its end",
            })
    void whatIsSaidIsHeldAgainstWhatThePlanDeclares(String name, String value, String problem) {
        // Given
        Map<String, String> said = value == null
                ? Map.of()
                : name.equals("replicas") ? Map.of(name, value) : Map.of("replicas", "1", name, value);

        // Then
        assertThatIllegalArgumentException()
                .isThrownBy(() -> begun("!inputs.quick", said))
                .withMessageContaining(problem);
    }

    @ParameterizedTest
    @ValueSource(strings = {"${secrets.TOKEN}", "1.0$"})
    void aVersionThatCouldBeTakenForAReferenceIsRefused(String version) {
        var plan = Story.plan("phases: [ { name: only, steps: [ { name: it, run: deploy } ] } ]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Release.requested(Story.ID, plan, 1, version, Optional.empty(), "ci", Story.START));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Release.requested(Story.ID, plan, 1, "1", Optional.of(version), "ci", Story.START));
    }

    // ---- what steps gave ----

    private static final String OUTPUTS = """
            phases:
              - name: build
                steps:
                  - { name: image, await: { event: ImageBuilt } }
              - name: rollout
                steps:
                  - { name: migrate, run: deploy, until: { event: MigrationDone } }
                  - name: deploy
                    run: deploy
                    approve: { by: us, text: "Look at ${steps.image.output.log.url}" }
                    with: { target: "${steps.image.output.digest} after ${steps.migrate.output.revision} in run ${steps.migrate.output.runId}" }
                  - name: serves
                    check: { http: "https://shop.example/${steps.deploy.output.deployment}", expect: ["[BODY].digest == ${steps.build.image.output.digest}"] }
                    if: steps.migrate.output.revision > 40
            """;

    private static Story migrated(Object revision) {
        return Story.begun(OUTPUTS)
                .reported("ImageBuilt", Map.of("digest", "sha256:1", "log", Map.of("url", "https://ci/1")))
                .operationDone("rollout.migrate", new Evidence("dispatched", Map.of("runId", 7)))
                .reported("MigrationDone", Map.of("revision", revision));
    }

    @Test
    void aStepSaysWhatStepsBeforeItGave() {
        // When
        var story = migrated(42);
        assertThat(story.waitingFor()).containsExactly("approval by us: Look at https://ci/1");
        story.approved()
                .operationDone("rollout.deploy", new Evidence("done", Map.of("output", Map.of("deployment", "d-9"))));

        // Then
        assertThat(story.operations().getLast().with()).isEqualTo(Map.of("target", "sha256:1 after 42 in run 7"));
        var check = story.published(CheckRequested.class).getFirst().check();
        assertThat(check.http().orElseThrow().url()).isEqualTo("https://shop.example/d-9");
        assertThat(check.expect()).containsExactly("[BODY].digest == sha256:1");
    }

    @Test
    void aStepIsNeededByWhatAnotherGave() {
        // When
        var story = migrated(40).approved().operationDone("rollout.deploy");

        // Then
        assertThat(story.step("rollout.serves")).isEqualTo(StepState.SKIPPED);
    }

    @Test
    void onlyWhatOthersWantToKnowIsKept() {
        assertThat(migrated(42).progress("build.image").output())
                .isEqualTo(Map.of("digest", "sha256:1", "log.url", "https://ci/1"));
    }

    @Test
    void aStepThatNeedsWhatNobodyGaveFailsBeforeItDoesAnything() {
        // When
        var story = Story.begun(OUTPUTS)
                .reported("ImageBuilt", Map.of("digest", "sha256:1"))
                .operationDone("rollout.migrate")
                .reported("MigrationDone", Map.of("revision", 42));

        // Then
        assertThat(story.step("rollout.deploy")).isEqualTo(StepState.FAILED);
        assertThat(story.evidence("rollout.deploy").summary())
                .isEqualTo("It cannot begin: no step gave ${steps.rollout.migrate.output.runId}, "
                        + "${steps.build.image.output.log.url}");
        assertThat(story.operations()).hasSize(1);
        assertThat(story.published(StepFailed.class)).hasSize(1);
        assertThat(story.state()).isEqualTo(ReleaseState.FAILED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"${secrets.TOKEN}", "5$"})
    void whatAStepGaveCannotBecomeAReference(String digest) {
        // When
        var story = Story.begun(OUTPUTS)
                .reported("ImageBuilt", Map.of("digest", digest, "log", Map.of("url", "https://ci/1")));

        // Then
        assertThat(story.progress("build.image").output()).containsOnlyKeys("log.url");
    }

    @Test
    void whatIsTooLongIsNotKept() {
        // When
        var story = Story.begun(OUTPUTS).reported("ImageBuilt", Map.of("digest", "x".repeat(10_001)));

        // Then
        assertThat(story.progress("build.image").output()).isEmpty();
    }

    @Test
    void aRetriedStepGivesWhatItsLastAttemptGave() {
        // Given
        var story = Story.begun("""
                phases:
                  - name: only
                    steps:
                      - { name: dispatch, run: deploy, until: { event: Done, timeout: 5m }, on-failure: ask }
                      - { name: follow, run: deploy, with: { target: "${steps.dispatch.output.runId}" } }
                """)
                .operationDone("only.dispatch", new Evidence("dispatched", Map.of("runId", 1)))
                .after(Duration.ofMinutes(5));

        // When
        story.retryAsked()
                .operationDone("only.dispatch", new Evidence("dispatched", Map.of("runId", 2)))
                .reported("Done");

        // Then
        assertThat(story.operations().getLast().with()).isEqualTo(Map.of("target", "2"));
    }
}
