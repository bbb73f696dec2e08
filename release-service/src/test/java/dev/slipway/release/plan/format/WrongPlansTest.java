package dev.slipway.release.plan.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.slipway.release.plan.FakeOperations;
import dev.slipway.release.plan.format.PlanReader.Reading;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is said of a plan that is wrong: what, where, and what to do about it. */
class WrongPlansTest {

    /** A plan whose second step, from line 7, column 7 on, is given. */
    static final String STEP = """
            application: shop
            environment: production
            phases:
              - name: only
                steps:
                  - { name: first, await: { event: FirstDone } }
                  - { name: it, %s }
            """;

    private static final String HEAD = """
            application: shop
            environment: production
            """;

    private static final String TAIL = """
            application: shop
            environment: production
            phases: [ { name: only, steps: [ { name: it, run: deploy } ] } ]
            """;

    private static List<PlanError> errorsOf(String yaml) {
        return switch (PlanReader.read(yaml, new FakeOperations())) {
            case Reading.Valid valid -> List.of();
            case Reading.Invalid invalid -> invalid.errors();
        };
    }

    private static List<String> shown(String yaml) {
        return errorsOf(yaml).stream()
                .map(error -> "%d:%d %s: %s".formatted(error.line(), error.column(), error.path(), error.message()))
                .toList();
    }

    static Stream<Arguments> steps() {
        return Stream.of(
                arguments(
                        "await: { event: Done }, tiemout: 3m",
                        "7:45 phases[0].steps[1].tiemout: 'tiemout' is unknown; did you mean 'timeout'?"),
                arguments(
                        "timeout: 3m",
                        "7:9 phases[0].steps[1]: A step needs one of check, await, run, approve, watch, release"),
                arguments(
                        "run: deploy, await: { event: Done }",
                        "7:9 phases[0].steps[1]: A step does one thing, but this one has await, run; make several steps of it (only run and approve go together)"),
                arguments("await: {}", "7:28 phases[0].steps[1].await: 'event' is missing"),
                arguments(
                        "await: Done",
                        "7:28 phases[0].steps[1].await: must be an object ('key: value' lines), but is a text"),
                arguments(
                        "await: [Done]",
                        "7:28 phases[0].steps[1].await: must be an object ('key: value' lines), but is a list"),
                arguments(
                        "await: ",
                        "7:27 phases[0].steps[1].await: must be an object ('key: value' lines), but is empty"),
                arguments(
                        "await: { event: done }",
                        "7:37 phases[0].steps[1].await.event: An event's name is letters and digits and begins with a capital: MigrationDone"),
                arguments(
                        "await: { event: [Done] }",
                        "7:37 phases[0].steps[1].await.event: must be a text, but is a list"),
                arguments(
                        "await: { event: Done, timeout: soon }",
                        "7:52 phases[0].steps[1].await.timeout: 'soon' is not a duration; write it like 500ms, 30s, 15m, 2h, 14d or 1h30m"),
                arguments(
                        "await: { event: Done, timeout: 0s }",
                        "7:52 phases[0].steps[1].await.timeout: must be more than nothing and at most 30d"),
                arguments(
                        "await: { event: Done, timeout: 31d }",
                        "7:52 phases[0].steps[1].await.timeout: must be more than nothing and at most 30d"),
                arguments(
                        "await: { event: Done, where: stripe }",
                        "7:50 phases[0].steps[1].await.where: must be an object ('key: value' lines), but is a text"),
                arguments(
                        "run: depoly",
                        "7:26 phases[0].steps[1].run: The operation 'depoly' is unknown; did you mean 'deploy'?"),
                arguments(
                        "run: something-else",
                        "7:26 phases[0].steps[1].run: The operation 'something-else' is unknown; there are: deploy, downgrade, github.workflow, neon.restore, railway.rollback, revert"),
                arguments(
                        "run: deploy, with: { target: [a] }", "7:40 phases[0].steps[1].with: 'target' must be a text"),
                arguments(
                        "run: deploy, with: prod",
                        "7:40 phases[0].steps[1].with: must be an object ('key: value' lines), but is a text"),
                arguments(
                        "run: deploy, with: { target: '${apj}' }",
                        "7:50 phases[0].steps[1].with.target: ${apj}: 'apj' is unknown; there are: release.application, release.commit, release.environment, release.id, release.version"),
                arguments(
                        "run: deploy, with: { target: ${apj}/x }",
                        "7:50 phases[0].steps[1].with.target: ${apj}: 'apj' is unknown; there are: release.application, release.commit, release.environment, release.id, release.version"),
                arguments(
                        "run: deploy, with: { more: { deep: ['${release.versoin}'] } }",
                        "7:48 phases[0].steps[1].with.more: ${release.versoin}: 'release.versoin' is unknown; did you mean 'release.version'?"),
                arguments(
                        "run: deploy, with: { secret: '${secrets.lower}' }",
                        "7:50 phases[0].steps[1].with.secret: ${secrets.lower}: A secret's name is capitals, digits and underscores"),
                arguments(
                        "await: { event: Done }, with: { a: b }",
                        "7:51 phases[0].steps[1].with: 'with' goes with 'run'"),
                arguments(
                        "await: { event: Done }, until: { event: Done }",
                        "7:52 phases[0].steps[1].until: 'until' goes with 'run'; to wait for an event alone, use 'await'"),
                arguments(
                        "release: { application: shop, environment: production }",
                        "7:30 phases[0].steps[1].release: A release cannot be part of one of its own environment, which would wait for it; name another application or environment"),
                arguments("approve: {}", "7:30 phases[0].steps[1].approve: 'by' is missing"),
                arguments(
                        "check: { expect: ['[STATUS] == 200'] }",
                        "7:28 phases[0].steps[1].check: A check needs either http or tls"),
                arguments(
                        "check: { http: 'http://x', tls: x, expect: ['[STATUS] == 200'] }",
                        "7:28 phases[0].steps[1].check: A check needs either http or tls"),
                arguments(
                        "check: { tls: x, body: x, expect: ['[CONNECTED] == true'] }",
                        "7:28 phases[0].steps[1].check: headers and body go with http"),
                arguments(
                        "check: { http: 'http://x' }",
                        "7:28 phases[0].steps[1].check: 'expect' is missing: say what must hold, such as [\"[STATUS] == 200\"]"),
                arguments(
                        "check: { http: 'GTE http://x', expect: ['[STATUS] == 200'] }",
                        "7:36 phases[0].steps[1].check.http: 'GTE' is unknown; there are: DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"),
                arguments(
                        "check: { http: 'shop.example', expect: ['[STATUS] == 200'] }",
                        "7:36 phases[0].steps[1].check.http: The URL must begin with http:// or https://"),
                arguments(
                        "check: { http: 'GET http://x y', expect: ['[STATUS] == 200'] }",
                        "7:36 phases[0].steps[1].check.http: must be a URL, or a method and a URL: 'POST https://…'"),
                arguments(
                        "watch: { for: 5m, monitors: [helth] }",
                        "7:50 phases[0].steps[1].watch.monitors[0]: The monitor 'helth' is unknown; there are none"),
                arguments(
                        "watch: { for: 5m, monitors: [] }",
                        "7:49 phases[0].steps[1].watch.monitors: A watch needs at least one monitor"),
                arguments(
                        "watch: { for: 5m, monitors: health }",
                        "7:49 phases[0].steps[1].watch.monitors: must be a list ('- item' lines), but is a text"),
                arguments("watch: { for: 5m }", "7:28 phases[0].steps[1].watch: 'monitors' is missing"),
                arguments(
                        "run: deploy, needs: [second]",
                        "7:42 phases[0].steps[1].needs[0]: The step 'second' does not stand above this one in its phase; these do: first"),
                arguments(
                        "run: deploy, needs: [it]",
                        "7:42 phases[0].steps[1].needs[0]: The step 'it' does not stand above this one in its phase; these do: first"),
                arguments(
                        "run: deploy, on-failure: rollback",
                        "7:46 phases[0].steps[1].on-failure: 'rollback' is unknown; did you mean 'roll-back'?"),
                arguments(
                        "run: deploy, on-failure: roll-back",
                        "7:46 phases[0].steps[1].on-failure: There is no way back to go; add 'rollback' to the plan"),
                arguments(
                        "run: deploy, if: only.frist",
                        "7:38 phases[0].steps[1].if: The condition 'only.frist' cannot be read: The step 'only.frist' is unknown; did you mean 'only.first'?"),
                arguments(
                        "run: deploy, if: 'failed(first'",
                        "7:38 phases[0].steps[1].if: The condition 'failed(first' cannot be read: ')' is missing at the end"),
                arguments(
                        "run: deploy, if: inputs.x == 1",
                        "7:38 phases[0].steps[1].if: The condition 'inputs.x == 1' cannot be read: 'inputs.x' is unknown; there are: release.application, release.commit, release.environment, release.id, release.version"),
                arguments(
                        "run: deploy, if: first == 1",
                        "7:38 phases[0].steps[1].if: The condition 'first == 1' cannot be read: 'first' is no value; there are inputs.…, vars.…, release.… and steps.….output.…"),
                arguments(
                        "run: deploy, retry: 3",
                        "7:41 phases[0].steps[1].retry: must be an object ('key: value' lines), but is a text"),
                arguments("run: deploy, retry: {}", "7:41 phases[0].steps[1].retry: 'attempts' is missing"),
                arguments(
                        "run: deploy, retry: { attempts: 1 }",
                        "7:53 phases[0].steps[1].retry.attempts: must be a whole number from 2 to 20"),
                arguments(
                        "run: deploy, retry: { attempts: 21 }",
                        "7:53 phases[0].steps[1].retry.attempts: must be a whole number from 2 to 20"),
                arguments(
                        "run: deploy, retry: { attempts: 3, backoff: 10m, max-backoff: 1m }",
                        "7:41 phases[0].steps[1].retry: 'max-backoff' is shorter than 'backoff'"),
                arguments(
                        "await: { event: Done }, retry: { attempts: 3 }",
                        "7:52 phases[0].steps[1].retry: 'retry' goes with 'check' and 'run'"),
                arguments(
                        "await: { event: StepSucceeded }",
                        "7:37 phases[0].steps[1].await.event: StepSucceeded is told by Slipway itself; a step can await a report, or WebhookVerified"),
                arguments(
                        "run: deploy, with: { target: '${steps.first.output}' }",
                        "7:50 phases[0].steps[1].with.target: ${steps.first.output}: What a step gave is written ${steps.upgrade.output.revision}"),
                arguments(
                        "run: deploy, with: { target: '${steps.it.output.x}' }",
                        "7:50 phases[0].steps[1].with.target: ${steps.it.output.x}: The step only.it does not stand above this one"),
                arguments(
                        "run: deploy, with: { target: '${steps.frist.output.x}' }",
                        "7:50 phases[0].steps[1].with.target: ${steps.frist.output.x}: The step 'frist' is unknown; did you mean 'first'?"),
                arguments(
                        "await: { event: Done, where: { run: '${steps.first.output.run}' } }",
                        "7:57 phases[0].steps[1].await.where.run: ${steps.first.output.run}: What a step gave cannot be referred to here"),
                arguments(
                        "run: deploy, needs: [first, first]",
                        "7:49 phases[0].steps[1].needs[1]: The step 'first' stands there twice; keep one"),
                arguments("run: deploy, if: [first]", "7:38 phases[0].steps[1].if: must be a text, but is a list"));
    }

    @ParameterizedTest
    @MethodSource("steps")
    void aWrongStep(String step, String error) {
        assertThat(shown(STEP.formatted(step))).containsExactly(error);
    }

    static Stream<Arguments> plans() {
        return Stream.of(
                arguments("", List.of("1:1 : It is empty")),
                arguments("# nothing but a comment\n", List.of("1:1 : It is empty")),
                arguments("just text", List.of("1:1 : must be an object ('key: value' lines), but is a text")),
                arguments(HEAD, List.of("1:1 : 'phases' is missing")),
                arguments(
                        "phases: [ { name: only, steps: [ { name: it, run: deploy } ] } ]",
                        List.of("1:1 : 'application' is missing", "1:1 : 'environment' is missing")),
                arguments(
                        TAIL.replace("shop", "Shop"),
                        List.of(
                                "1:14 application: must be 1 to 63 lower-case letters, digits, dots, dashes or underscores")),
                arguments(
                        TAIL + "monitor: []\n", List.of("4:1 monitor: 'monitor' is unknown; did you mean 'monitors'?")),
                arguments(TAIL + "environment: staging\n", List.of("4:1 environment: stands there twice; keep one")),
                arguments(TAIL + "? [a]\n: b\n", List.of("4:3 ?: A key must be a text")),
                arguments(
                        TAIL + "vars: { 1a: x }\n",
                        List.of(
                                "4:9 vars.1a: A variable's name must be letters, digits, dashes and underscores, at most 63")),
                arguments(
                        TAIL + "vars: { a: \"${b}\", b: x }\n",
                        List.of(
                                "4:12 vars.a: ${b}: 'b' is unknown; there are: release.application, release.commit, release.environment, release.id, release.version")),
                arguments(
                        TAIL + "vars: { a: \"${secrets.A}\" }\n",
                        List.of(
                                "4:12 vars.a: ${secrets.A}: a secret may stand in headers, a body or the settings of an operation")),
                arguments(
                        TAIL
                                + "vars: { a: %s, b: \"%s\", c: \"%s\" }\n"
                                        .formatted("x".repeat(100), "${a}".repeat(90), "${b}${b}"),
                        List.of(
                                "4:7 vars: The variable 'c' could have more than 10000 characters with all that it refers to")),
                arguments(
                        TAIL + "inputs: { 1st: {}, a: { type: integer }, b: { type: choice } }\n",
                        List.of(
                                "4:11 inputs.1st: An input's name must be letters, digits, dashes and underscores, at most 63",
                                "4:31 inputs.a.type: 'integer' is unknown; there are: boolean, choice, number, string",
                                "4:45 inputs.b: A choice needs 'options'")),
                arguments(
                        TAIL + "inputs: { a: { type: number, default: many }, b: { type: boolean, default: 'no' } }\n",
                        List.of(
                                "4:39 inputs.a.default: must be a number, but is 'many'",
                                "4:76 inputs.b.default: must be true or false, but is 'no'")),
                arguments(
                        TAIL + "inputs: { a: { options: [x, x], default: y }, b: { type: number, options: [x] } }\n",
                        List.of(
                                "4:29 inputs.a.options[1]: The option 'x' stands there twice; keep one",
                                "4:42 inputs.a.default: 'y' is unknown; there are: x",
                                "4:75 inputs.b.options: 'options' goes with 'type: choice'")),
                arguments(
                        TAIL
                                + "inputs: { a: { required: true, default: x }, b: { required: maybe, default: '${x}' } }\n",
                        List.of(
                                "4:41 inputs.a.default: What is required needs no default",
                                "4:61 inputs.b.required: must be true or false",
                                "4:77 inputs.b.default: may have no '${', and no '$' at its end: it could be taken for a reference")),
                arguments(
                        TAIL
                                + "contacts: [ { role: On-call }, { role: CTO, contact: cto@shop.example, avialable: always } ]\n",
                        List.of(
                                "4:13 contacts[0]: 'contact' is missing",
                                "4:72 contacts[1].avialable: 'avialable' is unknown; did you mean 'available'?")),
                arguments(
                        HEAD + """
                                monitors:
                                  - { name: slow, level: warn, http: 'http://x', expect: ['[STATUS] == 1'] }
                                  - { name: errors, level: warning, http: 'http://x', expect: ['[STATUS] == 1'] }
                                phases:
                                  - { name: only, steps: [ { name: soak, watch: { for: 5m, monitors: [errors] } } ] }
                                """,
                        List.of(
                                "4:26 monitors[0].level: 'warn' is unknown; did you mean 'warning'?",
                                "7:70 phases[0].steps[0].watch.monitors: A watch of nothing but warnings could not fail; add a monitor that is critical")),
                arguments(TAIL + "vars: { a: [] }\n", List.of("4:12 vars.a: must be a text, but is a list")),
                arguments(TAIL + "monitors: [ { name: m, http: 'http://x', expect: ['[STATUS] === 1'] } ]\n", null),
                arguments(
                        TAIL
                                + "monitors: [ { name: m, http: 'http://x', expect: ['[STATUS] == 1'], degraded-after: 0 } ]\n",
                        List.of("4:85 monitors[0].degraded-after: must be a whole number from 1 to 999")),
                arguments(
                        TAIL + """
                                monitors:
                                  - { name: m, http: 'http://x', expect: ['[STATUS] == 1'] }
                                  - { name: m, http: 'http://y', expect: ['[STATUS] == 1'] }
                                """,
                        List.of("6:13 monitors[1].name: There is a monitor 'm' above already; names must differ")),
                arguments(
                        TAIL + "rollback: { when: [sometimes], steps: [ { name: a, run: revert } ] }\n",
                        List.of(
                                "4:20 rollback.when[0]: 'sometimes' is unknown; there are: health-degraded, step-failed")),
                arguments(
                        HEAD + """
                                monitors: [ { name: m, http: 'http://x', expect: ['[STATUS] == 1'] } ]
                                phases:
                                  - name: only
                                    steps: [ { name: soak, watch: { for: 5m, monitors: [m] }, timeout: 1h } ]
                                """,
                        List.of(
                                "6:72 phases[0].steps[0].timeout: 'timeout' does not go with 'watch', which takes as long as its 'for' says")),
                arguments(
                        HEAD + """
                                monitors: [ { name: m, http: 'http://x', expect: ['[STATUS] == 1'] } ]
                                phases: [ { name: only, steps: [ { name: soak, watch: { for: 5m, monitors: [m, m] } } ] } ]
                                """,
                        List.of(
                                "4:80 phases[0].steps[0].watch.monitors[1]: The monitor 'm' stands there twice; keep one")),
                arguments(TAIL + "rollback: { when: [] }\n", List.of("4:11 rollback: 'steps' is missing")),
                arguments(
                        TAIL + "rollback: { steps: [ { name: a, run: revert, on-failure: fail } ] }\n",
                        List.of(
                                "4:58 rollback.steps[0].on-failure: does not go with a step of the way back, which goes on without it")),
                arguments(
                        TAIL + "notify: [ { channel: slack, on: [relase] } ]\n",
                        List.of("4:34 notify[0].on[0]: 'relase' is unknown; did you mean 'release'?")),
                arguments(TAIL + "notify: [ { on: [release] } ]\n", List.of("4:11 notify[0]: 'channel' is missing")),
                arguments(HEAD + "phases: []\n", List.of("3:9 phases: A plan needs at least one phase")),
                arguments(
                        HEAD + "phases: none\n", List.of("3:9 phases: must be a list ('- item' lines), but is a text")),
                arguments(
                        HEAD + "phases: [ { steps: [ { name: it, run: deploy } ] } ]\n",
                        List.of("3:11 phases[0]: 'name' is missing")),
                arguments(
                        HEAD + "phases: [ { name: rollback, steps: [ { name: it, run: deploy } ] } ]\n",
                        List.of(
                                "3:19 phases[0].name: 'rollback' is the name of the way back; choose another for the phase")),
                arguments(
                        HEAD + "phases: [ { name: only, steps: [] } ]\n",
                        List.of("3:32 phases[0].steps: At least one step is needed")),
                arguments(
                        HEAD + "phases: [ { name: only, steps: it } ]\n",
                        List.of("3:32 phases[0].steps: must be a list ('- item' lines), but is a text")),
                arguments(
                        HEAD + """
                        phases:
                          - { name: a, steps: [ { name: it, run: deploy }, { name: it, run: deploy } ] }
                          - { name: a, steps: [ { name: it, run: deploy } ] }
                        """,
                        List.of(
                                "4:60 phases[0].steps[1].name: There is a step 'it' above already; names must differ",
                                "5:13 phases[1].name: There is a phase 'a' above already; names must differ")),
                arguments(
                        HEAD + """
                        phases:
                          - { name: a, steps: [ { name: it, run: deploy } ] }
                          - { name: b, steps: [ { name: it, run: deploy } ] }
                          - { name: c, steps: [ { name: last, run: deploy, if: it } ] }
                        """,
                        List.of(
                                "6:56 phases[2].steps[0].if: The condition 'it' cannot be read: There are several steps 'it'; say which: a.it, b.it")),
                arguments(
                        "application: &a shop\nenvironment: *a\n",
                        List.of("2:14 : Aliases ('*name') are not supported; write it out, or use vars")),
                arguments("a: " + "[".repeat(21) + "]".repeat(21), List.of("1:23 : It is nested more than 20 deep")),
                arguments(
                        TAIL.replace("run: deploy", "approve: { by: \"a\\0\", text: \"\\uD800\" }"),
                        List.of(
                                "3:61 phases[0].steps[0].approve.by: has a NUL character or half of a surrogate pair; leave it out",
                                "3:74 phases[0].steps[0].approve.text: has a NUL character or half of a surrogate pair; leave it out")),
                arguments(
                        TAIL.replace("run: deploy", "run: deploy, with: { \"\\0\": x }"),
                        List.of(
                                "3:67 phases[0].steps[0].with.?: has a NUL character or half of a surrogate pair; leave it out")),
                arguments("application: shop\n\tenvironment: x\n", null),
                arguments("application: 'shop\n", null),
                arguments("application: shop\nenvironment: [\n", null),
                arguments("a: b: c", null));
    }

    @ParameterizedTest
    @MethodSource("plans")
    void aWrongPlan(String yaml, List<String> errors) {
        // When
        var shown = shown(yaml);

        // Then
        if (errors == null) {
            // The words are those of the library that reads YAML or conditions.
            assertThat(shown).hasSize(1);
            assertThat(errorsOf(yaml).getFirst().line()).isPositive();
            assertThat(errorsOf(yaml).getFirst().message()).isNotBlank();
        } else {
            assertThat(shown).containsExactlyElementsOf(errors);
        }
    }

    @Test
    void allThatIsWrongIsToldAtOnceInTheOrderOfTheFile() {
        assertThat(shown("""
                application: Shop
                environment: production
                phases:
                  - name: only
                    steps:
                      - name: deploy
                        run: depoly
                        tiemout: 3m
                      - name: soak
                        watch: { for: never, monitors: [health] }
                rollback:
                  within: 5 minutes
                  steps: [ { name: revert } ]
                """))
                .extracting(error -> error.substring(0, error.indexOf(": ")))
                .containsExactly(
                        "1:14 application",
                        "7:14 phases[0].steps[0].run",
                        "8:9 phases[0].steps[0].tiemout",
                        "10:23 phases[0].steps[1].watch.for",
                        "10:41 phases[0].steps[1].watch.monitors[0]",
                        "12:11 rollback.within",
                        "13:12 rollback.steps[0]");
    }

    @Test
    void aPlanThatIsWrongInTwentyWaysGetsTwentyMessagesThatSayTheMend() {
        assertThat(shown("""
                application: Solacore
                environment: production
                vars: { api: "https://api.solacore.app", host: "${hots}" }
                phases:
                  - name: infrastructure
                    steps:
                      - name: certificate
                        check: { tls: "api.solacore.app", expect: ["[CERTIFICATE_EXPIRY] > 14d"] }
                      - name: database
                        check: { http: FETCH ${api}/health, expect: ["[STATUS] == 200"] }
                  - name: migration
                    steps:
                      - name: backup
                        await: { event: backup-done, timeout: 30 minutes }
                      - name: upgrade
                        run: github.worfklow
                        until: { event: MigrationDone, timeout: 45d }
                      - name: deploy
                        needs: [upgrde]
                        run: deploy
                        with: { target: "${release.verison}" }
                        retry: { attempts: 0 }
                      - name: deploy
                        await: { event: StepSucceeded }
                  - name: go-live
                    steps:
                      - name: soak
                        watch: { for: 15m, monitors: [helth] }
                        timeout: 20m
                      - name: approval
                        approve: { text: Is it fine? }
                        if: suceeded(soak)
                        on-failure: rollback
                monitors:
                  - { name: health, http: "${api}/health", expect: ["[STATUS] == 200"], degraded_after: 2 }
                rollback:
                  when: [health-degrade]
                  steps: [ { name: revert, run: revert } ]
                """))
                .containsExactly(
                        "1:14 application: must be 1 to 63 lower-case letters, digits, dots, dashes or underscores",
                        "3:48 vars.host: ${hots}: 'hots' is unknown; there are: api, release.application, release.commit, release.environment, release.id, release.version",
                        "8:52 phases[0].steps[0].check.expect[0]: The condition '[CERTIFICATE_EXPIRY] > 14d' asks for [CERTIFICATE_EXPIRY], which is unknown; did you mean [CERTIFICATE_EXPIRATION]? There are [STATUS], [RESPONSE_TIME], [BODY], [CERTIFICATE_EXPIRATION], [CONNECTED], [IP]",
                        "10:24 phases[0].steps[1].check.http: 'FETCH' is unknown; did you mean 'PATCH'?",
                        "14:25 phases[1].steps[0].await.event: An event's name is letters and digits and begins with a capital: MigrationDone",
                        "14:47 phases[1].steps[0].await.timeout: '30 minutes' is not a duration; write it like 500ms, 30s, 15m, 2h, 14d or 1h30m",
                        "16:14 phases[1].steps[1].run: The operation 'github.worfklow' is unknown; did you mean 'github.workflow'?",
                        "17:49 phases[1].steps[1].until.timeout: must be more than nothing and at most 30d",
                        "19:17 phases[1].steps[2].needs[0]: The step 'upgrde' does not stand above this one in its phase; these do: backup, upgrade",
                        "21:25 phases[1].steps[2].with.target: ${release.verison}: 'release.verison' is unknown; did you mean 'release.version'?",
                        "22:28 phases[1].steps[2].retry.attempts: must be a whole number from 2 to 20",
                        "23:15 phases[1].steps[3].name: There is a step 'deploy' above already; names must differ",
                        "24:25 phases[1].steps[3].await.event: StepSucceeded is told by Slipway itself; a step can await a report, or WebhookVerified",
                        "28:39 phases[2].steps[0].watch.monitors[0]: The monitor 'helth' is unknown; did you mean 'health'?",
                        "29:18 phases[2].steps[0].timeout: 'timeout' does not go with 'watch', which takes as long as its 'for' says",
                        "31:18 phases[2].steps[1].approve: 'by' is missing",
                        "32:13 phases[2].steps[1].if: The condition 'suceeded(soak)' cannot be read: 'suceeded(…)' is unknown; there are begun(…), succeeded(…), failed(…), timed-out(…), skipped(…)",
                        "33:21 phases[2].steps[1].on-failure: 'rollback' is unknown; did you mean 'roll-back'?",
                        "35:73 monitors[0].degraded_after: 'degraded_after' is unknown; did you mean 'degraded-after'?",
                        "37:10 rollback.when[0]: 'health-degrade' is unknown; did you mean 'health-degraded'?");
    }

    // ---- what is meant to harm ----

    @Test
    void aFewLinesThatWouldGrowToMillionsAreRefused() {
        // Given: https://en.wikipedia.org/wiki/Billion_laughs_attack
        var bomb = new StringBuilder("a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
        for (var name = 'b'; name <= 'i'; name++) {
            var last = "*" + (char) (name - 1);
            bomb.append("%c: &%c [%s]\n".formatted(name, name, String.join(", ", Collections.nCopies(9, last))));
        }

        // Then
        assertThat(shown(bomb.toString()))
                .containsExactly("2:8 : Aliases ('*name') are not supported; write it out, or use vars");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a: &a [*a]\n", "&a a: *a\n", "base: &b { x: 1 }\nit: { <<: *b }\n"})
    void anAnchorThatIsUsedIsRefused(String yaml) {
        assertThat(shown(yaml))
                .singleElement()
                .asString()
                .endsWith("Aliases ('*name') are not supported; write it out, or use vars");
    }

    @Test
    void anAnchorThatNobodyUsesDoesNoHarm() {
        assertThat(shown(TAIL.replace("phases: [", "phases: &all ["))).isEmpty();
    }

    @Test
    void aPlanOfNearlyAMegabyteIsRead() {
        // Given
        var comment = "# why it is so\n".repeat((PlanReader.MAX_LENGTH - TAIL.length()) / 15);

        // Then
        assertThat(shown(comment + TAIL)).isEmpty();
    }

    @Test
    void aLongVariableThatIsSaidAgainAndAgainIsRefused() {
        // Given: a megabyte that would be gigabytes
        var yaml = "vars: { v: '%s' }\n".formatted("x".repeat(9_000))
                + TAIL.replace("run: deploy", "run: deploy, with: { target: '%s' }".formatted("${v}".repeat(200_000)));

        // Then
        assertThat(shown(yaml))
                .containsExactly("1:1 : With all values filled in, the plan could have more than 10485760 characters");
    }

    @Test
    void whatIsNotKnownBeforeCountsAsLongAsItMayBecome() {
        // Given
        var yaml = "inputs: { i: {} }\n"
                + TAIL.replace(
                        "run: deploy", "run: deploy, with: { target: '%s' }".formatted("${inputs.i}".repeat(11_000)));

        // Then
        assertThat(shown(yaml))
                .containsExactly("1:1 : With all values filled in, the plan could have more than 10485760 characters");
    }

    static Stream<Arguments> tooManyNames() {
        return Stream.of(
                arguments("variables", names("v%d: x", "vars: { ", " }")),
                arguments("monitors", names("{ name: m%d, tls: x, expect: [] }", "monitors: [ ", " ]")),
                arguments("steps", names("{ name: A%d }", "rollback: { steps: [ ", " ] }")));
    }

    private static String names(String item, String before, String after) {
        return IntStream.range(0, 10_000)
                .mapToObj(item::formatted)
                .collect(Collectors.joining(", ", before, after + "\n"));
    }

    @ParameterizedTest
    @MethodSource("tooManyNames")
    void tooManyNamesAreOneMistake(String what, String names) {
        assertThat(shown(TAIL + names))
                .singleElement()
                .asString()
                .startsWith("1:1 : A plan may have at most 500 %s; this one has ".formatted(what));
    }

    @Test
    void aFileIsForAFewEnvironments() {
        // Given
        var yaml = TAIL.replace("environment: production\n", "") + names("e%d: ~", "environments: { ", " }");

        // Then
        assertThat(shown(yaml))
                .containsExactly("3:15 environments: A file may be for at most 20 environments; this one has 10000");
        assertThat(PlanReader.environments(yaml)).hasSize(20);
    }

    @Test
    void ofThousandsOfMistakesFiveHundredAreTold() {
        // Given: each of them has many names to guess from
        var yaml = names("v%d: x", "vars: { ", " }").replaceAll(", v500: x.* }", " }")
                + TAIL.replace("run: deploy", "run: deploy, with: {" + names("k%d: '${vx}'", "", " }"));

        // When
        var errors = shown(yaml);

        // Then
        assertThat(errors).hasSize(501);
        assertThat(errors.getFirst()).contains("with.k0: ${vx}: 'vx' is unknown; did you mean 'v0'?");
        assertThat(errors.getLast()).endsWith(" : There is more that is wrong; mend this first");
    }

    @Test
    void aTextFullOfBeginningsOfReferencesIsJustAText() {
        assertThat(shown(TAIL.replace(
                        "run: deploy", "run: deploy, with: { target: '%s' }".formatted("${".repeat(500_000) + "{"))))
                .isEmpty();
    }

    @Test
    void aConditionAsLongAsAFileIsRead() {
        // Given
        var asks = "first||".repeat(140_000);

        // Then
        assertThat(shown(STEP.formatted("run: deploy, if: '%s first'".formatted(asks))))
                .isEmpty();
        assertThat(shown(STEP.formatted("run: deploy, if: 'first%s'".formatted(" ".repeat(1_000_000)))))
                .isEmpty();
    }

    @Test
    void aKeyAsLongAsAFileIsToldInShort() {
        // Given
        var yaml = TAIL + "? %s\n: { a: 1, a: 1 }\n".formatted("k".repeat(500_000));

        // When
        var errors = shown(yaml);

        // Then
        assertThat(errors).hasSize(2).allMatch(error -> error.length() < 5_000);
        assertThat(errors.getFirst()).endsWith("A key may have at most 1000 characters");
    }

    @Test
    void tenThousandStepsAreOneMistake() {
        // Given
        var steps = IntStream.range(0, 10_000)
                .mapToObj("      - { name: s%d, run: depoly }\n"::formatted)
                .collect(Collectors.joining());

        // Then
        assertThat(shown(HEAD + "phases:\n  - name: only\n    steps:\n" + steps))
                .containsExactly("1:1 : A plan may have at most 500 steps; this one has more");
    }

    @Test
    void tenThousandStepsOfAFragmentAreOneMistake() {
        // Given
        var uses = IntStream.range(0, 1_000)
                .mapToObj("      - { uses: ten, name: u%d }\n"::formatted)
                .collect(Collectors.joining());
        var ten = IntStream.range(0, 10)
                .mapToObj("      - { name: s%d, run: deploy }\n"::formatted)
                .collect(Collectors.joining());

        // Then
        assertThat(shown(HEAD + "fragments:\n  ten:\n    steps:\n" + ten + "phases:\n  - name: only\n    steps:\n"
                        + uses))
                .containsExactly("1:1 : A plan may have at most 500 steps; this one has more");
    }

    @Test
    void oneMistakeIsToldOnce() {
        // Given: what else refers to the step would be right, were it not for the mistake in it
        var yaml = """
                application: shop
                environment: production
                phases:
                  - name: only
                    steps:
                      - { name: deploy, run: depoly }
                      - { name: announce, needs: [deploy], await: { event: Announced }, if: deploy }
                """;

        // Then
        assertThat(shown(yaml)).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "pause: 24h | 4:8 pause: must be an object ('key: value' lines), but is a text",
                "pause: { then: roll-back } | 4:16 pause.then: There is no way back to go; add 'rollback' to the plan",
                "pause: { then: go-on } | 4:16 pause.then: 'go-on' is unknown; there are: fail, roll-back",
                "pause: { tiemout: 1h } | 4:10 pause.tiemout: 'tiemout' is unknown; did you mean 'timeout'?",
            })
    void whatIsWrongWithAPauseIsTold(String pause, String error) {
        assertThat(shown(TAIL + pause)).containsExactly(error);
    }

    @Test
    void aPlanThatIsTooLongIsNotEvenRead() {
        assertThat(shown("#".repeat(PlanReader.MAX_LENGTH + 1)))
                .containsExactly("1:1 : It may have at most 1048576 characters");
    }

    @Test
    void aPlanHasAtMostFiveHundredSteps() {
        // Given
        var steps = IntStream.range(0, 501)
                .mapToObj("      - { name: s%d, run: deploy }\n"::formatted)
                .collect(Collectors.joining());

        // Then
        assertThat(shown(HEAD + "phases:\n  - name: only\n    steps:\n" + steps))
                .containsExactly("1:1 : A plan may have at most 500 steps; this one has more");
    }

    // ---- whatever the text ----

    @Provide
    Arbitrary<String> mutated() {
        var pieces = Arbitraries.of(
                "",
                " ",
                "\n",
                "\t",
                ":",
                "- ",
                "{",
                "}",
                "[",
                "]",
                "'",
                "\"",
                "&a ",
                "*a",
                "!!int x",
                "!!bool x",
                "!!set",
                "!x",
                "|",
                ">",
                "? ",
                "<<: ",
                "%YAML 9",
                "---\n",
                "...\n",
                "${",
                "${}",
                "#",
                "null",
                "~",
                "-",
                "99999999999999999999",
                "0",
                "\0",
                "\u2028",
                "\uD800",
                "ä",
                "@",
                "`");
        var cuts = Arbitraries.integers().between(0, PlanReaderTest.SOLACORE.length());
        return Arbitraries.integers()
                .between(1, 3)
                .flatMap(count -> net.jqwik.api.Combinators.combine(
                                pieces.list().ofSize(count),
                                cuts.list().ofSize(count),
                                Arbitraries.integers().between(0, 12).list().ofSize(count))
                        .as((inserted, at, dropped) -> {
                            var text = new StringBuilder(PlanReaderTest.SOLACORE);
                            for (var i = 0; i < count; i++) {
                                var from = Math.min(at.get(i), text.length());
                                text.replace(from, Math.min(from + dropped.get(i), text.length()), inserted.get(i));
                            }
                            return text.toString();
                        }));
    }

    @Property
    void aMutatedPlanIsValidOrItsErrorsAreToldInOrder(@ForAll("mutated") String yaml) {
        assertIsJudged(yaml);
    }

    @Property
    void anyTextIsValidOrItsErrorsAreToldInOrder(@ForAll String yaml) {
        assertIsJudged(yaml);
    }

    private static void assertIsJudged(String yaml) {
        switch (PlanReader.read(yaml, new FakeOperations())) {
            case Reading.Valid valid -> assertThat(valid.plan().steps()).isNotEmpty();
            case Reading.Invalid invalid -> {
                assertThat(invalid.errors()).isNotEmpty();
                assertThat(invalid.errors()).allSatisfy(error -> {
                    assertThat(error.message()).isNotBlank();
                    assertThat(error.line()).isPositive();
                    assertThat(error.column()).isPositive();
                });
                assertThat(invalid.errors())
                        .isSortedAccordingTo(
                                Comparator.comparingInt(PlanError::line).thenComparingInt(PlanError::column));
            }
        }
    }
}
