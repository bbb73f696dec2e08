package dev.slipway.release.plan.format;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.event.Subject;
import dev.slipway.release.plan.FakeOperations;
import dev.slipway.release.plan.Guard;
import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.Plan.Cause;
import dev.slipway.release.plan.Plan.Phase;
import dev.slipway.release.plan.Step;
import dev.slipway.release.plan.Step.Action;
import dev.slipway.release.plan.Step.Approval;
import dev.slipway.release.plan.Step.Awaited;
import dev.slipway.release.plan.Step.OnFailure;
import dev.slipway.release.plan.StepRef;
import dev.slipway.release.plan.format.PlanReader.Reading;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a plan may say, and what it means. */
class PlanReaderTest {

    /** The plan of the design. */
    static final String SOLACORE = """
            application: solacore
            environment: production
            vars: { api: "https://api.solacore.app" }

            phases:
              - name: infrastructure
                steps:
                  - name: certificate
                    check: { tls: api.solacore.app, expect: ["[CERTIFICATE_EXPIRATION] > 14d"] }
              - name: configuration
                steps:
                  - name: production-variables
                    await: { event: ConfigurationVerified, timeout: 30m }
              - name: migration
                steps:
                  - name: backup
                    await: { event: BackupDone, timeout: 30m }
                  - name: upgrade
                    run: github.workflow
                    with: { workflow: migrate.yml }
                    until: { event: MigrationDone, timeout: 15m }
              - name: webhooks
                steps:
                  - name: stripe-refuses-a-bad-signature
                    check: { http: POST ${api}/webhooks/stripe, headers: { Stripe-Signature: test }, body: '{"type":"test"}', expect: ["[STATUS] == 400"] }
                  - name: stripe-test-event
                    await: { event: WebhookVerified, where: { source: stripe }, timeout: 2h }
              - name: smoke
                steps:
                  - name: auth-needs-a-token
                    check: { http: POST ${api}/auth/google, expect: ["[STATUS] == 401"] }
              - name: mobile
                steps:
                  - name: build
                    await: { event: MobileBuildDone, timeout: 3h }
              - name: go-live
                steps:
                  - name: approval
                    approve: { by: release-managers }
                  - name: soak
                    watch: { for: 15m, monitors: [health, ready, live] }

            monitors:
              - { name: health, http: "${api}/health", every: 30s, timeout: 5s, expect: ["[BODY].status == healthy"], degraded-after: 2 }
              - { name: ready, http: "${api}/health/ready", every: 30s, timeout: 5s, expect: ["[STATUS] == 200"], degraded-after: 3 }
              - { name: live, http: "${api}/health/live", every: 30s, timeout: 5s, expect: ["[STATUS] == 200"], degraded-after: 5 }

            rollback:
              when: [health-degraded, step-failed]
              within: 5m
              steps:
                - { name: revert-app, run: railway.rollback }
                - { name: downgrade-schema, run: github.workflow, with: { workflow: downgrade.yml }, until: { event: MigrationReverted }, if: migration.upgrade }
                - { name: verify, check: { http: "${api}/health", expect: ["[BODY].status == healthy"] } }
                - { name: restore-backup, run: neon.restore, if: failed(downgrade-schema), approve: { by: on-call } }

            notify:
              - { channel: slack, on: [release, health] }
            """;

    private static final String STEP = """
            application: shop
            environment: production
            phases:
              - name: only
                steps:
                  - { name: first, await: { event: FirstDone } }
                  - { name: it, %s }
            monitors: [ { name: health, http: "https://shop.example/health", expect: ["[STATUS] == 200"] } ]
            rollback: { steps: [ { name: revert, run: revert } ] }
            """;

    private static Plan read(String yaml) {
        return switch (PlanReader.read(yaml, new FakeOperations())) {
            case Reading.Valid valid -> valid.plan();
            case Reading.Invalid invalid -> throw new AssertionError("The plan is not valid: " + invalid.errors());
        };
    }

    private static Step step(String of) {
        return read(STEP.formatted(of)).step(new StepRef("only", "it"));
    }

    @Test
    void thePlanOfTheDesignIsValid() {
        // When
        var plan = read(SOLACORE);

        // Then
        assertThat(plan.subject()).isEqualTo(new Subject("solacore", "production"));
        assertThat(plan.vars()).containsExactly(entry("api", "https://api.solacore.app"));
        assertThat(plan.phases())
                .extracting(Phase::name)
                .containsExactly(
                        "infrastructure", "configuration", "migration", "webhooks", "smoke", "mobile", "go-live");
        assertThat(plan.monitors()).containsOnlyKeys("health", "ready", "live");
        assertThat(plan.notifications()).singleElement().satisfies(rule -> {
            assertThat(rule.channel()).isEqualTo("slack");
            assertThat(rule.on()).containsExactly("release", "health");
        });
        var rollback = plan.rollback().orElseThrow();
        assertThat(rollback.when()).containsExactlyInAnyOrder(Cause.HEALTH_DEGRADED, Cause.STEP_FAILED);
        assertThat(rollback.within()).isEqualTo(Duration.ofMinutes(5));
        assertThat(rollback.steps())
                .extracting(Step::name)
                .containsExactly("revert-app", "downgrade-schema", "verify", "restore-backup");
    }

    @Test
    void anOperationsStepHasItsSettingsItsReportAndItsTime() {
        // When
        var upgrade = read(SOLACORE).step(new StepRef("migration", "upgrade"));

        // Then
        assertThat(upgrade.action()).isEqualTo(new Action.Run("github.workflow", Map.of("workflow", "migrate.yml")));
        assertThat(upgrade.until()).contains(new Awaited("MigrationDone", Map.of()));
        assertThat(upgrade.timeout()).isEqualTo(Duration.ofMinutes(15));
        assertThat(upgrade.needs()).containsExactly("backup");
    }

    @Test
    void aStepOfTheWayBackMayHaveAConditionAndAnApproval() {
        // When
        var plan = read(SOLACORE);

        // Then
        var restore = plan.step(new StepRef("rollback", "restore-backup"));
        assertThat(restore.condition())
                .contains(new Guard.Is(Guard.Fact.FAILED, new StepRef("rollback", "downgrade-schema")));
        assertThat(restore.approval())
                .contains(new Approval("on-call", Optional.empty(), Duration.ofHours(24), 1, false));
        assertThat(plan.step(new StepRef("rollback", "downgrade-schema")).condition())
                .contains(new Guard.Is(Guard.Fact.BEGUN, new StepRef("migration", "upgrade")));
    }

    @Test
    void aMonitorIsACheckWithThresholds() {
        // When
        var health = read(SOLACORE).monitors().get("health").monitor();

        // Then
        assertThat(health.every()).isEqualTo(Duration.ofSeconds(30));
        assertThat(health.degradedAfter()).isEqualTo(2);
        assertThat(health.recoveredAfter()).isEqualTo(1);
        assertThat(health.check().timeout()).isEqualTo(Duration.ofSeconds(5));
        assertThat(health.check().http().orElseThrow().method()).isEqualTo("GET");
        assertThat(health.check().expect()).containsExactly("[BODY].status == healthy");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "await: { event: Done }                                             | PT24H",
                "await: { event: Done, timeout: 30m }                               | PT30M",
                "await: { event: Done }, timeout: 1h30m                             | PT1H30M",
                "run: deploy                                                        | PT15M",
                "run: deploy, timeout: 3m                                           | PT3M",
                "run: deploy, until: { event: Done }                                | PT15M",
                "run: deploy, until: { event: Done, timeout: 40m }                  | PT40M",
                "check: { tls: shop.example, expect: ['[CONNECTED] == true'] }      | PT1M10S",
                "check: { tls: shop.example, expect: ['[CONNECTED] == true'], timeout: 2s } | PT1M2S",
            })
    void howLongAStepMayTakeFollowsFromWhatItDoesUnlessItIsSaid(String step, Duration expected) {
        assertThat(step(step).timeout()).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "approve: { by: us }                           | PT24H",
                "approve: { by: us, timeout: 2h }              | PT2H",
                "approve: { by: us }, timeout: 3h              | PT3H",
                "run: deploy, approve: { by: us }, timeout: 3h | PT24H",
            })
    void howLongAnApprovalIsAwaited(String step, Duration expected) {
        assertThat(step(step).approval().orElseThrow().timeout()).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"fail, FAIL", "continue, CONTINUE", "roll-back, ROLL_BACK", "ask, ASK"})
    void aStepMaySayWhatBecomesOfTheReleaseIfItFails(String text, OnFailure expected) {
        assertThat(step("run: deploy, on-failure: " + text).onFailure()).contains(expected);
    }

    @Test
    void aStepNeedsTheOneAboveUnlessItSaysOtherwise() {
        assertThat(step("run: deploy").needs()).containsExactly("first");
        assertThat(step("run: deploy, needs: []").needs()).isEmpty();
        assertThat(step("run: deploy, needs: [first]").needs()).containsExactly("first");
    }

    @ParameterizedTest
    @CsvSource({
        "https://shop.example/x, GET, https://shop.example/x",
        "POST https://shop.example/x, POST, https://shop.example/x",
        "'  DELETE   http://shop.example ', DELETE, http://shop.example",
        "HEAD ${release.version}, HEAD, ${release.version}",
    })
    void aCallIsAMethodAndAUrl(String http, String method, String url) {
        // When
        var action = step("check: { http: '%s', expect: ['[STATUS] == 200'] }".formatted(http))
                .action();

        // Then
        assertThat(action).isInstanceOfSatisfying(Action.VerifyCheck.class, verify -> {
            assertThat(verify.check().http().orElseThrow().method()).isEqualTo(method);
            assertThat(verify.check().http().orElseThrow().url()).isEqualTo(url);
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{ http: ${api}/health, expect: [\"[STATUS] == 200\"] }",
                "{ http: GET ${api}/health, expect: [\"[STATUS] == 200\"] }",
                "{ http: \"${api}/health\", expect: [\"[STATUS] == 200\"] }",
            })
    void aReferenceNeedsNoQuotesEvenBetweenBraces(String check) {
        // When
        var plan = read("""
                application: shop
                environment: production
                vars: { api: "https://shop.example" }
                phases: [ { name: only, steps: [ { name: it, check: %s } ] } ]
                """.formatted(check));

        // Then
        var verify = (Action.VerifyCheck) plan.step(new StepRef("only", "it")).action();
        assertThat(verify.check().http().orElseThrow().url()).isEqualTo("${api}/health");
    }

    @Test
    void settingsOfAnOperationAreReadAsJson() {
        // When
        var action = step("""
                run: revert, with: { text: a, quoted: "7", number: 7, yes: true, none: null, big: 12345678901234567890, half: 0.5, list: [1, { deep: x }] }""").action();

        // Then
        assertThat(((Action.Run) action).with())
                .isEqualTo(Map.of(
                        "text", "a",
                        "quoted", "7",
                        "number", 7L,
                        "yes", true,
                        "none", "null",
                        "big", "12345678901234567890",
                        "half", "0.5",
                        "list", List.of(1L, Map.of("deep", "x"))));
    }

    @Test
    void aTextMayReferToVariablesTheReleaseAndSecrets() {
        // When
        var plan = read("""
                application: shop
                environment: production
                vars: { Api_1: "https://shop.example" }
                phases:
                  - name: only
                    steps:
                      - name: it
                        run: revert
                        with: { a: "${Api_1}", b: "${vars.Api_1}", c: "${release.version} ${release.id} ${release.commit}", d: ["${secrets.TOKEN_2}"] }
                """);

        // Then
        assertThat(plan.steps()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {1022, 1023, 1024, 1025, 2046, 2047, 2048, 2049, 2050})
    void anEmojiIsReadWhereverItStands(int at) {
        // Given: the YAML library's buffer ends near
        var plan = """
                #%s\uD83D\uDE80
                application: shop
                environment: production
                phases: [ { name: only, steps: [ { name: it, run: deploy } ] } ]
                """.formatted("-".repeat(at - 1));

        // When
        var read = read(plan);

        // Then
        assertThat(read.steps()).hasSize(1);
    }

    @Test
    void aPlanWithoutAWayBackNeverStartsOne() {
        // When
        var plan = read("""
                application: shop
                environment: production
                phases: [ { name: only, steps: [ { name: it, run: deploy } ] } ]
                """);

        // Then
        assertThat(plan.rollback()).isEmpty();
        assertThat(plan.rollsBackWhen(Cause.STEP_FAILED)).isFalse();
    }

    @Test
    void theSettingsOfAChannelAreKept() {
        // When
        var plan = read("""
                application: shop
                environment: production
                phases: [ { name: only, steps: [ { name: it, run: deploy } ] } ]
                notify: [ { channel: email, on: [release], to: { address: "ops@shop.example" } } ]
                """);

        // Then
        assertThat(plan.notifications().getFirst().to()).isEqualTo(Map.of("address", "ops@shop.example"));
    }
}
