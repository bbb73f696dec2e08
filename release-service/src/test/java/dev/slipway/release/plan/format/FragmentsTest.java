package dev.slipway.release.plan.format;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.release.plan.FakeOperations;
import dev.slipway.release.plan.Guard;
import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.Step;
import dev.slipway.release.plan.Step.Action;
import dev.slipway.release.plan.StepRef;
import dev.slipway.release.plan.format.PlanReader.Reading;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pieces of plans that are written once and used often. */
class FragmentsTest {

    private static final String WEBHOOK = """
            description: A webhook that refuses what is not signed, and takes what is
            parameters:
              source: { description: The gateway's source }
              path: { default: "/webhooks/${with.source}" }
              headers: { default: { Content-Type: application/json } }
              patience: { default: 2h }
            steps:
              - name: refuses
                check: { http: "POST ${api}/webhooks/${with.source}", headers: "${with.headers}", expect: ["[STATUS] == 400"] }
              - name: takes
                await: { event: WebhookVerified, where: { source: "${with.source}" }, timeout: "${with.patience}" }
            """;

    private static final String HEAD =
            "application: shop\nenvironment: production\nvars: { api: 'https://shop.example' }\n";

    private static String indented(String yaml, int by) {
        return yaml.indent(by);
    }

    private static String plan(String steps) {
        return HEAD + "fragments:\n  webhook:\n" + indented(WEBHOOK, 4) + "phases:\n  - name: only\n    steps:\n"
                + indented(steps, 6);
    }

    private static Plan read(PlanFile file) {
        return switch (PlanReader.read(file, new FakeOperations())) {
            case Reading.Valid valid -> valid.plan();
            case Reading.Invalid invalid -> throw new AssertionError("The plan is not valid: " + invalid.errors());
        };
    }

    private static Plan read(String yaml) {
        return read(PlanFile.of(yaml));
    }

    private static List<String> errors(PlanFile file) {
        return switch (PlanReader.read(file, new FakeOperations())) {
            case Reading.Valid valid -> List.of();
            case Reading.Invalid invalid ->
                invalid.errors().stream()
                        .map(error ->
                                "%d:%d %s: %s".formatted(error.line(), error.column(), error.path(), error.message()))
                        .toList();
        };
    }

    private static String order(Plan plan) {
        return plan.phases().getFirst().steps().stream()
                .map(step -> step.name() + step.needs())
                .collect(joining(" "));
    }

    @Test
    void theStepsOfAFragmentStandWhereItIsUsedWithWhatIsHandedIn() {
        // When
        var plan = read(plan("""
                - { uses: webhook, name: stripe, with: { source: stripe, headers: { Stripe-Signature: test }, patience: 30m } }
                """));

        // Then
        assertThat(order(plan)).isEqualTo("stripe-refuses[] stripe-takes[stripe-refuses]");
        var refuses = (Action.VerifyCheck)
                plan.step(new StepRef("only", "stripe-refuses")).action();
        assertThat(refuses.check().http().orElseThrow().url()).isEqualTo("${api}/webhooks/stripe");
        assertThat(refuses.check().http().orElseThrow().headers()).isEqualTo(Map.of("Stripe-Signature", "test"));
        var takes = plan.step(new StepRef("only", "stripe-takes"));
        assertThat(takes.timeout()).isEqualTo(Duration.ofMinutes(30));
        assertThat(((Action.Await) takes.action()).event().where()).isEqualTo(Map.of("source", "stripe"));
    }

    @Test
    void aParameterThatIsNotHandedInIsItsDefault() {
        // When
        var plan = read(plan("- { uses: webhook, with: { source: stripe } }"));

        // Then
        var refuses = (Action.VerifyCheck)
                plan.step(new StepRef("only", "webhook-refuses")).action();
        assertThat(refuses.check().http().orElseThrow().headers())
                .isEqualTo(Map.of("Content-Type", "application/json"));
        assertThat(plan.step(new StepRef("only", "webhook-takes")).timeout()).isEqualTo(Duration.ofHours(2));
    }

    /** Steps before and after, the fragment between them, and what each needs in the end. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{ name: a, run: deploy }; USE }; { name: b, run: deploy }                | a[] s-refuses[a] s-takes[s-refuses] b[s-takes]",
                "{ name: a, run: deploy }; USE }; { name: b, run: deploy, needs: [s] }    | a[] s-refuses[] s-takes[s-refuses] b[s-takes]",
                "{ name: a, run: deploy }; USE, needs: [a] }; { name: b, run: deploy }    | a[] s-refuses[a] s-takes[s-refuses] b[]",
                "{ name: a, run: deploy, needs: [] }; USE, if: failed(a) }                | a[] s-refuses[a] s-takes[s-refuses]",
            })
    void aFragmentIsOneStepToThoseAroundIt(String steps, String expected) {
        // Given
        var yaml = plan(
                ("- " + steps).replace("; ", "\n- ").replace("USE", "{ uses: webhook, name: s, with: { source: x }"));

        // Then
        assertThat(order(read(yaml))).isEqualTo(expected);
    }

    @Test
    void whoNeedsAFragmentNeedsAllOfItsLastSteps() {
        // When
        var plan = read(HEAD + """
                fragments:
                  apps:
                    steps:
                      - { name: prepare, run: deploy, needs: [] }
                      - { name: ios, run: deploy, needs: [prepare] }
                      - { name: android, run: deploy, needs: [prepare] }
                      - { name: notes, run: deploy }
                phases:
                  - name: only
                    steps:
                      - { name: build, run: deploy }
                      - { uses: apps }
                      - { name: publish, run: deploy }
                """);

        // Then
        assertThat(order(plan))
                .isEqualTo("build[] apps-prepare[build] apps-ios[apps-prepare] apps-android[apps-prepare] "
                        + "apps-notes[build] publish[apps-ios, apps-android, apps-notes]");
    }

    @Test
    void insideAFragmentItsStepsKnowEachOtherByTheirShortNames() {
        // When
        var plan = read(HEAD + """
                fragments:
                  migrate:
                    steps:
                      - { name: dry-run, run: deploy, on-failure: continue }
                      - { name: real, run: deploy, if: succeeded(dry-run), with: { target: "${steps.dry-run.output.plan}" } }
                phases:
                  - name: only
                    steps:
                      - { name: dry-run, run: deploy }
                      - { uses: migrate, name: main, if: "dry-run && release.version != 0" }
                      - { uses: migrate, name: archive }
                """);

        // Then
        var real = plan.step(new StepRef("only", "main-real"));
        var used = new Guard.Is(Guard.Fact.BEGUN, new StepRef("only", "dry-run"));
        var own = new Guard.Is(Guard.Fact.SUCCEEDED, new StepRef("only", "main-dry-run"));
        assertThat(real.condition()).hasValueSatisfying(guard -> {
            assertThat(guard).isInstanceOf(Guard.And.class);
            assertThat(((Guard.And) guard).guards().getFirst())
                    .isInstanceOfSatisfying(
                            Guard.And.class,
                            it -> assertThat(it.guards().getFirst()).isEqualTo(used));
            assertThat(((Guard.And) guard).guards().getLast()).isEqualTo(own);
        });
        assertThat(((Action.Run) real.action()).with())
                .isEqualTo(Map.of("target", "${steps.only.main-dry-run.output.plan}"));
        assertThat(plan.phases().getFirst().steps())
                .extracting(Step::name)
                .containsExactly("dry-run", "main-dry-run", "main-real", "archive-dry-run", "archive-real");
    }

    @Test
    void aStoredFragmentIsUsedByItsNameAndKeptWithThePlan() {
        // Given
        var stored = "fragment: webhook\n" + WEBHOOK;
        var file = PlanFile.of(
                        HEAD + "phases: [ { name: only, steps: [ { uses: webhook@2, with: { source: stripe } } ] } ]")
                .with(name -> Optional.of(stored).filter(it -> name.equals("webhook@2")));

        // When
        var reading = PlanReader.read(file, new FakeOperations());

        // Then
        assertThat(reading).isInstanceOfSatisfying(Reading.Valid.class, valid -> {
            assertThat(valid.fragments()).isEqualTo(Map.of("webhook@2", stored));
            assertThat(order(valid.plan())).isEqualTo("webhook-refuses[] webhook-takes[webhook-refuses]");
        });
    }

    @Test
    void theFilesOwnFragmentGoesBeforeAStoredOne() {
        // Given
        var file = PlanFile.of(plan("- { uses: webhook, with: { source: stripe } }"))
                .with(name -> Optional.of("fragment: webhook\nsteps: []"));

        // Then
        assertThat(errors(file)).isEmpty();
    }

    @Test
    void aMistakeInTheFilesOwnFragmentIsToldThere() {
        // Given
        var file = PlanFile.of(HEAD + """
                fragments:
                  smoke:
                    parameters: { path: {} }
                    steps:
                      - { name: serves, check: { http: "${api}${with.path}", expect: ["[STATUS] = 200"] }, tiemout: 3s }
                phases: [ { name: only, steps: [ { uses: smoke, with: { path: /a } } ] } ]
                """);

        // Then
        assertThat(errors(file))
                .hasSize(2)
                .anyMatch(it -> it.startsWith("8:71 fragments.smoke.steps[0].check.expect[0]: "))
                .contains("8:92 fragments.smoke.steps[0].tiemout: 'tiemout' is unknown; did you mean 'timeout'?");
    }

    @Test
    void aMistakeInAStoredFragmentIsToldWhereItIsUsed() {
        // Given
        var file = PlanFile.of(HEAD + "phases: [ { name: only, steps: [ { uses: smoke } ] } ]")
                .with(name -> Optional.of("fragment: smoke\nsteps:\n  - { name: serves, run: depoly }\n"));

        // Then
        assertThat(errors(file))
                .containsExactly(
                        "4:42 phases[0].steps[0].uses: The fragment 'smoke', line 3: steps[0].run: The operation 'depoly' is unknown; did you mean 'deploy'?");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{ uses: webhok, with: { source: x } } | 20:17 phases[0].steps[0].uses: The fragment 'webhok' is unknown; did you mean 'webhook'?",
                "{ uses: webhook } | 20:9 phases[0].steps[0]: The fragment 'webhook' wants 'with: { source: … }'",
                "{ uses: webhook, with: { source: x, paht: y } } | 20:45 phases[0].steps[0].with.paht: 'paht' is unknown; did you mean 'path'?",
                "{ uses: webhook, with: { source: x }, timeout: 3m } | 20:47 phases[0].steps[0].timeout: 'timeout' is unknown; there are: if, name, needs, uses, with",
                "{ uses: webhook, name: Stripe, with: { source: x } } | 20:32 phases[0].steps[0].name: 'Stripe' must be 1 to 63 lower-case letters, digits, dashes or underscores",
                "{ uses: webhook, with: { source: [x] } } | 14:24 fragments.webhook.steps: ${with.source} is more than a text; let it stand alone",
                "{ uses: webhook, with: { source: x, patience: soon } } | 20:55 fragments.webhook.steps[1].await.timeout: 'soon' is not a duration; write it like 500ms, 30s, 15m, 2h, 14d or 1h30m",
            })
    void whatIsWrongWithAUseIsTold(String use, String expected) {
        assertThat(errors(PlanFile.of(plan("- " + use)))).first().isEqualTo(expected);
    }

    @Test
    void namesMustDifferAlsoWithThoseOfFragments() {
        assertThat(errors(PlanFile.of(plan("""
                - { name: webhook-refuses, run: deploy }
                - { uses: webhook, with: { source: x } }
                - { uses: webhook, with: { source: y } }
                """))))
                .contains(
                        "22:17 phases[0].steps[2].uses: There is a step 'webhook' above already; give this one a 'name' of its own")
                .anyMatch(it -> it.contains("There is a step 'webhook-refuses' above already; names must differ"));
    }

    @Test
    void aFragmentCannotGrowAPlanWithoutEnd() {
        // Given
        var steps = IntStream.range(0, 60)
                .mapToObj("      - { name: s%d, run: deploy }\n"::formatted)
                .collect(joining());
        var uses = IntStream.range(0, 5_000)
                .mapToObj("      - { uses: many, name: u%d }\n"::formatted)
                .collect(joining());
        var file = PlanFile.of(
                HEAD + "fragments:\n  many:\n    steps:\n" + steps + "phases:\n  - name: only\n    steps:\n" + uses);

        // Then
        assertThat(errors(file)).containsExactly("1:1 : A plan may have at most 500 steps; this one has more");
    }

    private static final String USED_OFTEN = HEAD
            + IntStream.range(0, 400)
                    .mapToObj("{ uses: much, name: u%d }"::formatted)
                    .collect(joining(", ", "phases: [ { name: only, steps: [ ", " ] } ]"));

    @Test
    void aStoredFragmentIsLookedForOnce() {
        // Given
        var asked = new AtomicInteger();
        var much = "# why\n".repeat(170_000) + "fragment: much\nsteps: [ { name: a, run: deploy } ]\n";
        var file = PlanFile.of(USED_OFTEN).with(name -> {
            asked.incrementAndGet();
            return Optional.of(much);
        });

        // When
        var errors = errors(file);

        // Then: once for the names, and once for the plan
        assertThat(errors).isEmpty();
        assertThat(asked).hasValue(2);
    }

    @Test
    void aLongFragmentCannotBeUsedOften() {
        // Given
        var much = "fragment: much\nsteps: [ { name: a, run: deploy, with: { x: [ %s ] } } ]\n"
                .formatted("1, ".repeat(5_000));

        // Then
        assertThat(errors(PlanFile.of(USED_OFTEN).with(name -> Optional.of(much))))
                .isNotEmpty()
                .allMatch(it -> it.endsWith("With its fragments the plan has more than 1048576 characters"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ", "})
    void neitherATextNorAListCanGrowWithoutEnd(String between) {
        // Given
        var file = PlanFile.of(HEAD + """
                fragments:
                  much:
                    parameters: { x: {} }
                    steps: [ { name: a, run: deploy, with: { all: [%s] } } ]
                phases: [ { name: only, steps: [ { uses: much, with: { x: %s } } ] } ]
                """.formatted(("${with.x}" + between).repeat(50_000), "y".repeat(100_000)));

        // Then
        assertThat(errors(file))
                .containsExactly(
                        "7:12 fragments.much.steps: With its fragments the plan has more than 1048576 characters");
    }

    @Test
    void aParameterCannotGrowAPlanWithoutEnd() {
        // Given
        var steps = IntStream.range(0, 100)
                .mapToObj(n -> "      - { name: s%d, run: deploy, with: { target: '%s' } }\n"
                        .formatted(n, "${with.x}".repeat(20)))
                .collect(joining());
        var file = PlanFile.of(HEAD + "fragments:\n  many:\n    parameters: { x: {} }\n    steps:\n" + steps
                + "phases: [ { name: only, steps: [ { uses: many, with: { x: %s } } ] } ]\n"
                        .formatted("y".repeat(1_000)));

        // Then
        assertThat(errors(file))
                .containsExactly(
                        "8:7 fragments.many.steps: With its fragments the plan has more than 1048576 characters");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "fragment: smoke\\nsteps: [ { name: a, run: x } ] | -",
                "fragment: other\\nsteps: [ { name: a, run: x } ] | 1:11 fragment: The fragment is called 'other', but the address says 'smoke'; make them agree",
                "steps: [ { name: a, run: x } ] | 1:1 : 'fragment' is missing",
                "fragment: smoke | 1:1 : 'steps' is missing",
                "fragment: smoke\\nsteps: [] | 2:8 steps: At least one step is needed",
                "fragment: smoke\\nsteps: [ { run: x } ] | 2:10 steps[0]: 'name' is missing",
                "fragment: smoke\\nsteps: [ { name: a, runs: x } ] | 2:21 steps[0].runs: 'runs' is unknown; did you mean 'run'?",
                "fragment: smoke\\nsteps: [ { name: a, uses: x } ] | 2:21 steps[0].uses: A fragment uses no other fragment",
                "fragment: smoke\\nparameters: { 1st: {} }\\nsteps: [ { name: a, run: x } ] | 2:15 parameters.1st: A parameter's name must be letters, digits, dashes and underscores, at most 63",
                "fragment: smoke\\nparameters: { a: { defualt: 1 } }\\nsteps: [ { name: a, run: x } ] | 2:20 parameters.a.defualt: 'defualt' is unknown; did you mean 'default'?",
                "fragment: smoke\\nphases: []\\nsteps: [ { name: a, run: x } ] | 2:1 phases: 'phases' is unknown; there are: description, fragment, parameters, steps",
            })
    void aFragmentIsJudgedAsFarAsItCanBeAlone(String yaml, String expected) {
        // When
        var errors = FragmentReader.check(yaml.replace("\\n", "\n"), "smoke").stream()
                .map(error -> "%d:%d %s: %s".formatted(error.line(), error.column(), error.path(), error.message()))
                .toList();

        // Then
        assertThat(errors).isEqualTo(expected.equals("-") ? List.of() : List.of(expected));
    }
}
