package dev.slipway.release.dryrun;

import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.ok;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.serverError;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.Fault;
import dev.slipway.release.dryrun.Explanation.ExplainedApproval;
import dev.slipway.release.dryrun.Explanation.ExplainedRetry;
import dev.slipway.release.dryrun.Explanation.ExplainedStep;
import dev.slipway.release.dryrun.Explanation.ExplainedWait;
import dev.slipway.release.dryrun.Explanation.Kind;
import dev.slipway.release.dryrun.Explanation.Needed;
import dev.slipway.release.dryrun.Explanation.NeededChannel;
import dev.slipway.release.dryrun.Explanation.NeededSecret;
import dev.slipway.release.dryrun.Explanation.Presence;
import dev.slipway.release.dryrun.Outlook.Asked;
import dev.slipway.release.dryrun.Outlook.Wanted;
import dev.slipway.release.engine.ReleaseState;
import dev.slipway.release.operation.GithubConfig;
import dev.slipway.release.operation.GithubWorkflow;
import dev.slipway.release.operation.HttpExchange;
import dev.slipway.release.operation.OperationCatalogue;
import dev.slipway.release.operation.Secrets;
import dev.slipway.release.plan.FakeOperations;
import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.Plan.Cause;
import dev.slipway.release.plan.Step.OnFailure;
import dev.slipway.release.plan.format.PlanReader;
import dev.slipway.release.plan.format.PlanReader.Reading;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a dry run says. */
class DryRunTest {

    private static final String TOKEN = "Bearer of-the-caller";

    private static final String PLAN = """
            application: shop
            environment: production
            inputs:
              strategy: { options: [rolling, blue-green], required: true }
              note: { required: true }
              replicas: { type: number, required: true }
              quick: { type: boolean, required: true }
            vars: { api: "https://api.shop.example" }
            phases:
              - name: migration
                description: The schema
                steps:
                  - name: certificate
                    description: Is renewed in time
                    check: { tls: api.shop.example, expect: ["[CERTIFICATE_EXPIRATION] > 14d"] }
                    retry: { attempts: 3, backoff: 10s }
                  - { name: backup, await: { event: BackupDone, where: { of: "${release.version}" }, timeout: 30m } }
                  - name: upgrade
                    run: github.workflow
                    with: { workflow: migrate.yml, inputs: { version: "${release.version}", key: "${secrets.DEPLOY}" } }
                    until: { event: MigrationDone, timeout: 15m }
                    if: inputs.strategy == rolling
                  - name: announce
                    run: deploy
                    with: { target: "${secrets.ANNOUNCE} ${steps.upgrade.output.revision}" }
                    if: steps.upgrade.output.revision > 3
                    on-failure: continue
                  - { name: apology, approve: { by: nobody }, if: failed(upgrade) }
              - name: go-live
                steps:
                  - { name: approval, approve: { by: release-managers, approvals: 2, self-approval: true, text: "Is ${release.version} fine?", timeout: 2h } }
                  - { name: soak, watch: { for: 15m, monitors: [health] } }
            monitors:
              - name: health
                http: "${api}/health"
                headers: { Authorization: "Bearer ${secrets.HEALTH}" }
                expect: ["[STATUS] == 200"]
            rollback:
              when: [step-failed]
              within: 10m
              steps:
                - { name: verify, check: { http: "POST ${api}/health", body: "${secrets.HEALTH}", expect: ["[BODY] == ${release.version}"] } }
                - { name: restore, run: revert, if: failed(verify), approve: { by: on-call, timeout: 5m } }
            notify:
              - { channel: slack, on: [release, health] }
              - { channel: log, on: [release] }
            """;

    private final WireMockServer neighbours =
            new WireMockServer(wireMockConfig().dynamicPort());

    @BeforeEach
    void start() {
        neighbours.start();
        answers("/api/v1/secrets", okJson("{\"items\": [\"HEALTH\"]}"));
        answers("/api/v1/channels", okJson("""
                {"items": [
                  {"name": "log", "kind": "the notifier's log", "configured": true},
                  {"name": "slack", "kind": "Slack", "configured": false, "problem": "Set SLACK_WEBHOOK_URL"}]}
                """));
    }

    private void answers(String path, ResponseDefinitionBuilder answer) {
        neighbours.stubFor(get(path).withHeader("Authorization", equalTo(TOKEN)).willReturn(answer));
    }

    @AfterEach
    void stop() {
        neighbours.stop();
    }

    private record Config(URI healthProbe, URI notifier, Duration timeout) implements DryRunConfig {}

    private record Github(URI apiUrl, Optional<String> token, Optional<String> repository) implements GithubConfig {}

    private Explanation explain(String yaml) throws InterruptedException {
        return dryRun().explain(wanted(yaml), Optional.of(TOKEN));
    }

    private DryRun dryRun() {
        var settings = new SmallRyeConfigBuilder()
                .withSources(new PropertiesConfigSource(Map.of("SLIPWAY_SECRET_DEPLOY", "s3cret"), "test", 100))
                .build();
        var github = new Github(URI.create("http://localhost"), Optional.empty(), Optional.of("shop/shop"));
        var url = URI.create(neighbours.baseUrl());
        var preparations = new Preparations(
                new Secrets(settings),
                new OperationCatalogue(List.of(new GithubWorkflow(new HttpExchange(), github))),
                new Neighbours(new Config(URI.create(url + "/"), url, Duration.ofSeconds(5))));
        return new DryRun(preparations);
    }

    private static Wanted wanted(String yaml) {
        return Wanted.of(plan(yaml), Optional.empty(), Asked.NOTHING, Instant.now());
    }

    private static Plan plan(String yaml) {
        return switch (PlanReader.read(yaml, new FakeOperations())) {
            case Reading.Valid valid -> valid.plan();
            case Reading.Invalid invalid -> throw new AssertionError("The plan is not valid: " + invalid.errors());
        };
    }

    private static ExplainedStep step(Explanation explanation, String name) {
        return Stream.concat(
                        explanation.phases().stream().flatMap(it -> it.steps().stream()),
                        explanation.rollback().stream().flatMap(it -> it.steps().stream()))
                .filter(it -> it.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void itSaysHowAReleaseWouldGoAndHowLongThatMayTake() throws InterruptedException {
        // When
        var explanation = explain(PLAN);

        // Then
        assertThat(explanation.endsAs()).isEqualTo(ReleaseState.SUCCEEDED);
        assertThat(explanation.reason()).isEmpty();
        // 4m of attempts, 30m for the backup, twice 15m for operations, 2h for the approval, 15m of watching
        assertThat(explanation.atMost()).isEqualTo("3h19m");
        assertThat(explanation.phases()).extracting("name").containsExactly("migration", "go-live");
        assertThat(explanation.phases().getFirst().description()).contains("The schema");
        assertThat(explanation.planVersion()).isEmpty();
    }

    @Test
    void requiredInputsThatNobodySaidAreAssumed() throws InterruptedException {
        // When
        var explanation = explain(PLAN);

        // Then
        assertThat(explanation.assumed()).containsExactly("strategy", "note", "replicas", "quick");
        assertThat(explanation.inputs())
                .isEqualTo(Map.of("strategy", "rolling", "note", "‹note›", "replicas", "1", "quick", "true"));
    }

    @Test
    void aStepSaysWhatItWouldDoAndWhatItWouldWaitFor() throws InterruptedException {
        // When
        var explanation = explain(PLAN);

        // Then
        var thenBack = "the step times out, and the release is rolled back";
        assertThat(step(explanation, "certificate"))
                .isEqualTo(new ExplainedStep(
                        "certificate",
                        Optional.of("Is renewed in time"),
                        Kind.CHECK,
                        "the certificate of api.shop.example",
                        List.of("[CERTIFICATE_EXPIRATION] > 14d"),
                        Map.of(),
                        List.of(),
                        Optional.empty(),
                        Needed.YES,
                        Optional.of("0s"),
                        List.of(new ExplainedWait("the answer of the check", "4m", thenBack)),
                        Optional.of(new ExplainedRetry(3, List.of("10s", "20s"))),
                        Optional.of(OnFailure.ROLL_BACK)));
        assertThat(step(explanation, "backup").what()).isEqualTo("BackupDone with of ‹version›");
        assertThat(step(explanation, "backup").after()).containsExactly("certificate");
        assertThat(step(explanation, "backup").beginsWithin()).contains("4m");
        assertThat(step(explanation, "upgrade").what()).isEqualTo("github.workflow, until MigrationDone");
        assertThat(step(explanation, "upgrade").with())
                .isEqualTo(Map.of(
                        "workflow",
                        "migrate.yml",
                        "inputs",
                        Map.of("version", "‹version›", "key", "${secrets.DEPLOY}")));
        assertThat(step(explanation, "upgrade").waits())
                .extracting(ExplainedWait::what)
                .containsExactly("the operation github.workflow to end", "the event MigrationDone");
        assertThat(step(explanation, "announce").onFailure()).contains(OnFailure.CONTINUE);
        assertThat(step(explanation, "approval").what()).isEqualTo("approval by release-managers");
        assertThat(step(explanation, "soak").what()).isEqualTo("health for 15m");
    }

    @Test
    void itSaysWhichStepsAreNeededAndWhy() throws InterruptedException {
        // When
        var explanation = explain(PLAN);

        // Then
        assertThat(step(explanation, "upgrade").needed()).isEqualTo(Needed.YES);
        assertThat(step(explanation, "upgrade").condition()).contains("inputs.strategy == rolling");
        assertThat(step(explanation, "announce").needed()).isEqualTo(Needed.DEPENDS);
        assertThat(step(explanation, "announce").condition()).contains("steps.migration.upgrade.output.revision > 3");
        assertThat(step(explanation, "apology").needed()).isEqualTo(Needed.NO);
        assertThat(step(explanation, "apology").condition()).contains("failed(migration.upgrade)");
        assertThat(step(explanation, "apology").beginsWithin()).isEmpty();
    }

    @Test
    void itSaysWhoMustApprove() throws InterruptedException {
        // When
        var explanation = explain(PLAN);

        // Then
        assertThat(explanation.approvals())
                .containsExactly(
                        new ExplainedApproval(
                                "go-live.approval",
                                "release-managers",
                                2,
                                true,
                                Optional.of("Is ‹version› fine?"),
                                "2h"),
                        new ExplainedApproval("rollback.restore", "on-call", 1, false, Optional.empty(), "5m"));
    }

    @Test
    void itSaysWhatTheWayBackWouldDo() throws InterruptedException {
        // When
        var rollback = explain(PLAN).rollback().orElseThrow();

        // Then
        assertThat(rollback.when()).isEqualTo(Set.of(Cause.STEP_FAILED));
        assertThat(rollback.within()).isEqualTo("10m");
        assertThat(rollback.atMost()).isEqualTo("1m10s");
        assertThat(rollback.endsAs()).isEqualTo(ReleaseState.ROLLED_BACK);
        assertThat(rollback.steps()).extracting("needed").containsExactly(Needed.YES, Needed.NO);
        assertThat(rollback.steps().getFirst().what()).isEqualTo("POST https://api.shop.example/health");
        assertThat(rollback.steps().getFirst().expect()).containsExactly("[BODY] == ‹version›");
        assertThat(rollback.steps().getFirst().onFailure()).isEmpty();
    }

    @Test
    void itSaysWhichSecretsAndChannelsAreMissingAndWhatToDoAboutIt() throws InterruptedException {
        // When
        var explanation = explain(PLAN);

        // Then
        assertThat(explanation.secrets())
                .containsExactly(
                        new NeededSecret(
                                "ANNOUNCE", "release-service", List.of("migration.announce"), Presence.MISSING),
                        new NeededSecret("DEPLOY", "release-service", List.of("migration.upgrade"), Presence.THERE),
                        new NeededSecret(
                                "HEALTH",
                                "health-probe",
                                List.of("rollback.verify", "the monitor health"),
                                Presence.THERE));
        assertThat(explanation.channels())
                .containsExactly(
                        new NeededChannel("slack", List.of("release", "health"), Presence.MISSING),
                        new NeededChannel("log", List.of("release"), Presence.THERE));
        assertThat(explanation.missing())
                .containsExactly(
                        "The secret ANNOUNCE is not set; set SLIPWAY_SECRET_ANNOUNCE for release-service: migration.announce",
                        "migration.upgrade: No token for GitHub: set SLIPWAY_GITHUB_TOKEN for release-service",
                        "The channel slack: Set SLACK_WEBHOOK_URL");
    }

    @Test
    void aSecretThatHealthProbeHasNotIsMissingThere() throws InterruptedException {
        // Given
        answers("/api/v1/secrets", okJson("{\"items\": [\"ANNOUNCE\"]}"));

        // When
        var explanation = explain(PLAN);

        // Then
        assertThat(explanation.missing())
                .contains(
                        "The secret HEALTH is not set; set SLIPWAY_SECRET_HEALTH for health-probe: rollback.verify, the monitor health");
    }

    @Test
    void aChannelThatIsNoneIsMissing() throws InterruptedException {
        // When
        var explanation = explain(PLAN.replace("channel: slack", "channel: slak"));

        // Then
        assertThat(explanation.missing()).contains("There is no channel 'slak'; the notifier has log, slack");
    }

    static Stream<ResponseDefinitionBuilder> noAnswers() {
        return Stream.of(serverError(), ok("not JSON"), ok("{}"), ok().withFault(Fault.EMPTY_RESPONSE));
    }

    @ParameterizedTest
    @MethodSource("noAnswers")
    void whatAServiceDoesNotSayIsUnknown(ResponseDefinitionBuilder answer) throws InterruptedException {
        // Given
        answers("/api/v1/secrets", answer);
        answers("/api/v1/channels", answer);

        // When
        var explanation = explain(PLAN);

        // Then
        assertThat(explanation.missing())
                .contains(
                        "health-probe did not say whether it has the secret HEALTH: rollback.verify, the monitor health",
                        "The notifier did not say whether it has the channel 'slack'");
        assertThat(explanation.channels()).extracting("presence").containsOnly(Presence.UNKNOWN);
    }

    @Test
    void whoExplainsSeveralPlansAsksOnce() throws InterruptedException {
        // When
        var all = dryRun().explain(Collections.nCopies(3, wanted(PLAN)), Optional.of(TOKEN));

        // Then
        assertThat(all).hasSize(3);
        assertThat(neighbours.getAllServeEvents()).hasSize(2);
    }

    @Test
    void aPlanThatNeedsNothingAsksNobody() throws InterruptedException {
        // When
        var explanation = explain("""
                application: shop
                environment: production
                phases: [ { name: only, steps: [ { name: it, run: deploy } ] } ]
                """);

        // Then
        assertThat(explanation.missing()).isEmpty();
        assertThat(explanation.secrets()).isEmpty();
        assertThat(explanation.rollback()).isEmpty();
        assertThat(neighbours.getAllServeEvents()).isEmpty();
    }

    @Test
    void aPlanThatCannotSucceedSaysSo() throws InterruptedException {
        // When
        var explanation = explain("""
                application: shop
                environment: production
                inputs: { build: { type: boolean } }
                phases:
                  - name: only
                    steps:
                      - { name: build, await: { event: Built }, if: inputs.build }
                      - { name: deploy, run: deploy, with: { target: "${steps.build.output.url}" } }
                """);

        // Then
        assertThat(explanation.endsAs()).isEqualTo(ReleaseState.FAILED);
        assertThat(explanation.reason())
                .contains("only.deploy: It cannot begin: no step gave ${steps.only.build.output.url}");
    }
}
