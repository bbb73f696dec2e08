package dev.slipway.release.operation;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.containing;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import dev.slipway.condition.Condition;
import dev.slipway.condition.Observation;
import dev.slipway.devstack.testing.InfrastructureResource;
import dev.slipway.event.CheckEvent.CheckCompleted;
import dev.slipway.event.Evidence;
import dev.slipway.release.Api;
import dev.slipway.release.lifecycle.EventBus;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The way back of {@code plans/vocilia.yaml}, at a Railway that does not go back. */
@QuarkusTest
@QuarkusTestResource(InfrastructureResource.class)
class RailwayRollbackTest {

    private static final Path PLANS = Path.of("../plans");

    /** What of the plan is Railway's, in less time; CI only reports what its workflows do. */
    private static final String TRIAL = """
              trial:
                vars: { railway: "%1$s/graphql/v2", backend: "%1$s" }
                inputs: { provision: { default: false } }
                phases:
                  infrastructure: ~
                  configuration: ~
                  monitoring: ~
                  database:
                    steps:
                      healthy: ~
                      daily-backups: ~
                      backup-protection: ~
                      pooling: ~
                      row-level-security: ~
                      backup: { run: ~, with: ~, until: ~, await: { event: BackupDone } }
                      migrate: { run: ~, with: ~, until: ~, await: { event: MigrationDone } }
                  deployment:
                    steps:
                      serving-customer: ~
                      serving-business: ~
                      serving-admin: ~
                      backend: { run: ~, with: ~, until: ~, await: { event: DeploymentDone } }
                      customer: ~
                      business: ~
                      admin: ~
                  validation: ~
                  go-live: ~
                rollback:
                  steps:
                    backend: { timeout: %2$s }
                    backend-done: { retry: { attempts: 2, backoff: 100ms } }
                    customer: ~
                    business: ~
                    admin: ~
                    verify: { needs: [downgrade-schema] }
                    verify-customer: ~
                    verify-business: ~
                    verify-admin: ~
            """;

    private final WireMockServer railway = new WireMockServer(wireMockConfig().dynamicPort());
    private final String application = Api.application();

    @Inject
    EventBus bus;

    @Inject
    HttpExchange http;

    @BeforeEach
    void start() throws IOException {
        railway.start();
        System.setProperty("SLIPWAY_SECRET_RAILWAY_TOKEN", "t0p-s3cr3t");
        answers("{ id canRollback }", okJson("""
                {"data":{"deployments":{"edges":[{"node":{"id":"before","canRollback":true}}]}}}"""));
        answers("{ id }", okJson("""
                {"data":{"deployments":{"edges":[{"node":{"id":"new"}}]}}}"""));
        railway.stubFor(get(urlEqualTo("/health")).willReturn(okJson("{}")));
        for (var fragment : List.of("measured", "vercel-serving", "vercel-rollback")) {
            store("fragments/" + fragment, Files.readString(PLANS.resolve("fragments/%s.yaml".formatted(fragment))));
        }
    }

    @AfterEach
    void stop() {
        System.clearProperty("SLIPWAY_SECRET_RAILWAY_TOKEN");
        railway.stop();
    }

    private static void store(String address, String yaml) {
        Api.call()
                .contentType("application/yaml")
                .body(yaml)
                .put("/api/v1/" + address)
                .then()
                .statusCode(200);
    }

    /** What Railway answers to a request with this in it. */
    private void answers(String request, ResponseDefinitionBuilder answer) {
        railway.stubFor(post(urlEqualTo("/graphql/v2"))
                .withRequestBody(containing(request))
                .willReturn(answer));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "200 | {\"errors\":[{\"message\":\"Not Authorized\"}],\"data\":null} | FAILED | Not Authorized | 30s",
                "200 | {\"data\":{\"deploymentRollback\":false}} | FAILED | deploymentRollback == true (was false) | 30s",
                "400 | Problem processing request | FAILED | Problem processing request | 30s",
                "503 | no healthy upstream | TIMED_OUT | answered 503 (try 1) | 3s",
            })
    void aRollbackThatRailwayDoesNotTakeFailsAndTheSchemaStays(
            int status, String body, String state, String evidence, String patience) throws Exception {
        // Given
        answers(
                "deploymentRollback",
                aResponse().withStatus(status).withBody(body).withHeader("Retry-After", "60"));
        var id = released(patience);

        // When
        Api.act(id, "rollback", Map.of("reason", "Nobody can pay")).then().statusCode(202);

        // Then: the new version serves on, and needs its schema
        probe(id, "verify", 1);
        assertFailed(id, "backend", state, evidence);
        assertThat(Api.step(id, "rollback.backend-done")).isEqualTo("SKIPPED");
    }

    @ParameterizedTest
    @CsvSource({"back, FAILED", "back, CRASHED", "back, REMOVED", "new, SUCCESS"})
    void aRollbackWhoseDeploymentDoesNotServeFailsAndTheSchemaStays(String deployment, String status) throws Exception {
        // Given
        answers("deploymentRollback", okJson("""
                {"data":{"deploymentRollback":true}}"""));
        answers("{ id status }", okJson("""
                {"data":{"deployments":{"edges":[{"node":{"id":"%s","status":"%s"}}]}}}""".formatted(deployment, status)));
        var id = released("30s");

        // When
        Api.act(id, "rollback", Map.of("reason", "Nobody can pay")).then().statusCode(202);

        // Then
        probe(id, "backend-done", 1);
        probe(id, "backend-done", 2);
        probe(id, "verify", 1);
        assertFailed(id, "backend-done", "FAILED", status.equals("SUCCESS") ? "id != new" : "was " + status);
        assertThat(Api.step(id, "rollback.backend")).isEqualTo("SUCCEEDED");
        railway.verify(
                1, postRequestedFor(urlEqualTo("/graphql/v2")).withRequestBody(containing("deploymentRollback")));
    }

    /**
     * A release that can be rolled back.
     *
     * @param patience for how long Railway is asked to take the rollback
     */
    private String released(String patience) throws IOException {
        store(
                "plans/%s/trial".formatted(application),
                Files.readString(PLANS.resolve("vocilia.yaml"))
                                .replace("application: vocilia", "application: " + application)
                        + TRIAL.formatted(railway.baseUrl(), patience));
        String id = Api.call()
                .body(Map.of("application", application, "environment", "trial", "version", "2.0.0"))
                .post("/api/v1/releases")
                .then()
                .statusCode(202)
                .extract()
                .path("id");
        Stream.of("BackupDone", "MigrationDone", "DeploymentDone").forEach(done -> Api.report(id, done));
        Api.awaitState(id, "SUCCEEDED");
        return id;
    }

    /** Makes a check of the way back, as health-probe does. */
    private void probe(String id, String step, int attempt) throws Exception {
        var requested = bus.check("%s/rollback/%s/%d".formatted(id, step, attempt));
        var check = requested.check();
        var call = check.http().orElseThrow();
        var answer = http.call(call.method(), call.url(), call.headers(), call.body());
        var seen = Observation.answered(answer.status(), answer.time(), answer.body());
        var unmet = check.expect().stream()
                .map(condition -> Condition.parse(condition).evaluate(seen))
                .filter(outcome -> !outcome.satisfied())
                .map(outcome -> "%s (was %s)".formatted(outcome.condition(), outcome.actual()))
                .toList();
        bus.publish(
                application + "/trial",
                new CheckCompleted(
                        requested.checkId(), requested.releaseId(), unmet.isEmpty(), Evidence.of("unmet: " + unmet)));
    }

    /** That the way back failed by a step, and that status and journal say so. */
    private static void assertFailed(String id, String step, String state, String evidence) {
        Api.awaitState(id, "ROLLBACK_FAILED");
        assertThat(Api.status(id).getString("reason"))
                .isEqualTo(step + " did not succeed, and no later step mended that");
        assertThat(Api.status(id).getString("toDo")).contains("act now");
        assertThat(Api.step(id, "rollback." + step)).isEqualTo(state);
        assertThat(Api.evidence(id, "rollback." + step).toString()).contains(evidence);
        assertThat(Api.step(id, "rollback.downgrade-schema")).isEqualTo("SKIPPED");
        assertThat(Api.step(id, "rollback.restore-backup")).isEqualTo("SKIPPED");

        var journal = Api.call()
                .get("/api/v1/releases/%s/journal?limit=500".formatted(id))
                .jsonPath();
        var ofTheStep = "items.changes.flatten().findAll { it.step?.phase == 'rollback' && it.step?.step == '%s' }";
        assertThat(journal.getList(ofTheStep.formatted(step)).getLast().toString())
                .contains(state, evidence);
        assertThat(journal.getString("items[-1].changes[-1].to")).isEqualTo("ROLLBACK_FAILED");
        assertThat(journal.getString("items[-1].changes[-1].text"))
                .isEqualTo(Api.status(id).getString("reason"));
        Api.call()
                .get("/api/v1/releases/%s/journal/verification".formatted(id))
                .then()
                .body("differences", empty());

        Api.act(id, "rollback", Map.of())
                .then()
                .statusCode(409)
                .body("detail", containsString("ask for a release of the version that is to run"));
    }
}
