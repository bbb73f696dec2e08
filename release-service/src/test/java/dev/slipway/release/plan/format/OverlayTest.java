package dev.slipway.release.plan.format;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.event.Subject;
import dev.slipway.release.plan.FakeOperations;
import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.Plan.Phase;
import dev.slipway.release.plan.Step;
import dev.slipway.release.plan.Step.Action;
import dev.slipway.release.plan.StepRef;
import dev.slipway.release.plan.format.PlanReader.Reading;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Plans for several environments in one file. */
class OverlayTest {

    private static final String FILE = """
            application: shop
            vars: { host: shop.example, api: "https://${host}" }
            phases:
              - name: rollout
                steps:
                  - { name: approval, approve: { by: release-managers } }
                  - { name: deploy, run: deploy, with: { target: "${host}", size: { replicas: 4, memory: 2G } }, timeout: 10m }
                  - name: serves
                    check: { http: "${api}/health", expect: ["[STATUS] == 200", "[RESPONSE_TIME] < 300ms"] }
              - name: mobile
                steps: [ { name: build, await: { event: MobileBuildDone } } ]
            monitors:
              - { name: health, http: "${api}/health", every: 30s, expect: ["[STATUS] == 200"] }
              - { name: ready, http: "${api}/ready", expect: ["[STATUS] == 200"] }
            rollback: { within: 5m, steps: [ { name: revert, run: revert } ] }
            notify: [ { channel: slack, on: [release, health] } ]
            environments:
              production: ~
              staging:
                vars: { host: staging.shop.example }
                phases:
                  mobile: ~
                  rollout:
                    steps:
                      approval: ~
                      deploy: { with: { size: { replicas: 1 } }, timeout: ~, on-failure: continue }
                      serves: { check: { expect: ["[STATUS] == 200"] } }
                monitors:
                  health: { every: 10s }
                  ready: ~
                rollback: ~
                notify: [ { channel: log, on: [release] } ]
            """;

    private static Plan plan(String environment) {
        return switch (PlanReader.read(PlanFile.of(FILE).in(environment), new FakeOperations())) {
            case Reading.Valid valid -> valid.plan();
            case Reading.Invalid invalid -> throw new AssertionError("The plan is not valid: " + invalid.errors());
        };
    }

    private static Step step(String environment, String name) {
        return plan(environment).step(new StepRef("rollout", name));
    }

    @Test
    void aFileSaysWhichEnvironmentsItHasPlansFor() {
        assertThat(PlanReader.environments(FILE)).containsExactly("production", "staging");
        assertThat(PlanReader.environments("environment: staging")).isEmpty();
    }

    @Test
    void whereNothingIsDifferentThePlanIsTheOneForAll() {
        // When
        var plan = plan("production");

        // Then
        assertThat(plan.subject()).isEqualTo(new Subject("shop", "production"));
        assertThat(plan.steps()).hasSize(5);
        assertThat(plan.rollback()).isPresent();
    }

    @Test
    void whatIsDifferentTakesThePlaceOfWhatItNames() {
        // When
        var plan = plan("staging");

        // Then
        assertThat(plan.subject()).isEqualTo(new Subject("shop", "staging"));
        assertThat(plan.vars()).isEqualTo(Map.of("host", "staging.shop.example", "api", "https://${host}"));
        assertThat(plan.monitors().get("health").monitor().every()).isEqualTo(Duration.ofSeconds(10));
        assertThat(plan.monitors().get("health").monitor().check().expect()).containsExactly("[STATUS] == 200");
        assertThat(step("staging", "deploy").onFailure()).contains(Step.OnFailure.CONTINUE);
    }

    @Test
    void whatIsLeftOutIsNotThere() {
        // When
        var plan = plan("staging");

        // Then
        assertThat(plan.phases()).extracting(Phase::name).containsExactly("rollout");
        assertThat(plan.phases().getFirst().steps()).extracting(Step::name).containsExactly("deploy", "serves");
        assertThat(plan.monitors()).containsOnlyKeys("health");
        assertThat(plan.rollback()).isEmpty();
        assertThat(step("staging", "deploy").timeout()).isEqualTo(Duration.ofMinutes(15));
    }

    @Test
    void objectsAreMergedToAnyDepthAndPlainListsAreReplaced() {
        // When
        var deploy = (Action.Run) step("staging", "deploy").action();
        var serves = (Action.VerifyCheck) step("staging", "serves").action();

        // Then
        assertThat(deploy.with())
                .isEqualTo(Map.of("target", "${host}", "size", Map.of("replicas", 1L, "memory", "2G")));
        assertThat(serves.check().expect()).containsExactly("[STATUS] == 200");
        assertThat(plan("staging").notifications()).singleElement().satisfies(rule -> {
            assertThat(rule.channel()).isEqualTo("log");
            assertThat(rule.on()).isEqualTo(List.of("release"));
        });
    }

    @Test
    void theOrderIsThatOfWhatIsLeft() {
        assertThat(step("production", "deploy").needs()).containsExactly("approval");
        assertThat(step("staging", "deploy").needs()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "staging: { phases: { rolout: ~ } } | 5:22 environments.staging.phases.rolout: 'rolout' is unknown; did you mean 'rollout'?; what one environment alone has stands in the plan for all, and is left out by '~' elsewhere",
                "staging: { phases: { rollout: { steps: { smoke: { run: deploy } } } } } | 5:42 environments.staging.phases.rollout.steps.smoke: 'smoke' is unknown; there are: it; what one environment alone has stands in the plan for all, and is left out by '~' elsewhere",
                "staging: { monitors: ~ } | 5:12 environments.staging.monitors: There is nothing to leave out: 'monitors' is unknown; there are: application, environments, phases",
                "staging: { application: other } | 5:12 environments.staging.application: 'application' is the same for all environments",
                "staging: text | 5:10 environments.staging: must be an object ('key: value' lines), or '~' if nothing is different",
                "staging: { phases: { rollout: { steps: { it: { runs: x } } } } } | 5:48 phases[0].steps[0].runs: 'runs' is unknown; did you mean 'run'?",
                "staging: { phases: { rollout: { steps: { it: { run: depoly } } } } } | 5:53 phases[0].steps[0].run: The operation 'depoly' is unknown; did you mean 'deploy'?",
                "production: {} | 4:15 environments: The environment 'staging' is unknown; there are: production",
                "Staging: {}, staging: { vars: [] } | 5:31 vars: must be an object ('key: value' lines), but is a list",
            })
    void whatIsWrongWithAnEnvironmentIsToldInItsPlace(String environments, String expected) {
        // Given
        var yaml = """
                application: shop
                phases:
                  - { name: rollout, steps: [ { name: it, run: deploy } ] }
                environments: {
                %s }
                """.formatted(environments);

        // When
        var reading = PlanReader.read(PlanFile.of(yaml).in("staging"), new FakeOperations());

        // Then
        assertThat(((Reading.Invalid) reading).errors())
                .extracting(
                        error -> "%d:%d %s: %s".formatted(error.line(), error.column(), error.path(), error.message()))
                .containsExactly(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "environments: []                                       | environments: must be an object: an environment's name, and what is different there",
                "environments: {}                                       | environments: must be an object: an environment's name, and what is different there",
                "environment: staging\\nenvironments: { staging: ~ }     | environment: 'environment' and 'environments' do not go together; keep one",
                "environments: { staging: ~, production: ~ }            | environments: There are plans for staging, production here; say for which",
            })
    void aFileIsForOneEnvironmentOrForSeveral(String head, String expected) {
        // Given
        var yaml = "application: shop\nphases: [ { name: a, steps: [ { name: it, run: deploy } ] } ]\n"
                + head.replace("\\n", "\n");

        // When
        var reading = PlanReader.read(PlanFile.of(yaml), new FakeOperations());

        // Then
        assertThat(((Reading.Invalid) reading).errors())
                .extracting(error -> error.path() + ": " + error.message())
                .containsExactly(expected);
    }
}
