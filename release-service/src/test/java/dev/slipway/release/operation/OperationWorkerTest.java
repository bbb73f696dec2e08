package dev.slipway.release.operation;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static com.github.tomakehurst.wiremock.stubbing.Scenario.STARTED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.tomakehurst.wiremock.WireMockServer;
import dev.slipway.devstack.testing.InfrastructureResource;
import dev.slipway.event.Evidence;
import dev.slipway.event.HealthEvent.HealthDegraded;
import dev.slipway.messaging.Statements;
import dev.slipway.release.Api;
import dev.slipway.release.lifecycle.EventBus;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.jdbi.v3.core.ConnectionFactory;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Operations as a running service works on them, at a provider that answers in its own way. */
@QuarkusTest
@QuarkusTestResource(InfrastructureResource.class)
class OperationWorkerTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String SECRET = "t0p-s3cr3t-value";

    private final WireMockServer provider = new WireMockServer(wireMockConfig().dynamicPort());

    @Inject
    EventBus bus;

    @Inject
    OperationQueue queue;

    @Inject
    Jdbi jdbi;

    @Inject
    OperationCatalogue catalogue;

    @Inject
    Secrets secrets;

    @Inject
    OperationConfig config;

    @Inject
    Clock clock;

    @BeforeEach
    void start() {
        provider.start();
        System.setProperty("SLIPWAY_SECRET_DEPLOY_TOKEN", SECRET);
    }

    @AfterEach
    void stop() {
        System.clearProperty("SLIPWAY_SECRET_DEPLOY_TOKEN");
        provider.stop();
    }

    private String deploy(String with) {
        return Api.release(Api.application(), """
                vars: { api: "%s" }
                phases:
                  - name: go-live
                    steps:
                      - name: deploy
                        run: http
                        with: { url: "${api}/deploy"%s }
                """.formatted(provider.baseUrl(), with));
    }

    @Test
    void degradedHealthHaulsTheReleaseBackByHttpCalls() {
        // Given
        provider.stubFor(post(urlEqualTo("/deploy")).willReturn(okJson("{}")));
        provider.stubFor(post(urlEqualTo("/rollback")).willReturn(okJson("{}")));
        var application = Api.application();
        var id = Api.release(application, """
                vars: { api: "%s" }
                phases:
                  - name: go-live
                    steps:
                      - { name: deploy, run: http, with: { url: "${api}/deploy" } }
                      - { name: soak, watch: { for: 15m, monitors: [health] } }
                monitors:
                  - { name: health, http: "${api}/health", expect: ["[STATUS] == 200"] }
                rollback:
                  when: [health-degraded]
                  steps:
                    - { name: revert-app, run: http, with: { url: "${api}/rollback", body: { from: "${release.version}" } } }
                """.formatted(provider.baseUrl()));
        Api.awaitStep(id, "go-live.soak", "RUNNING");

        // When
        bus.publish(
                application + "/staging",
                new HealthDegraded(
                        Optional.of(UUID.fromString(id)), "health", Instant.now(), 2, Evidence.of("[STATUS] was 500")));

        // Then
        Api.awaitState(id, "ROLLED_BACK");
        assertThat(Api.step(id, "rollback.revert-app")).isEqualTo("SUCCEEDED");
        assertThat(Api.status(id).getString("reason")).isEqualTo("The monitor health is degraded: [STATUS] was 500");
        provider.verify(
                1,
                postRequestedFor(urlEqualTo("/rollback"))
                        .withHeader("Idempotency-Key", equalTo(id + "/rollback/revert-app/1"))
                        .withRequestBody(equalTo("{\"from\":\"1.0.0\"}")));
    }

    @Test
    void anOverloadedProviderIsAskedAgainUnderTheSameKey() {
        // Given
        provider.stubFor(post(urlEqualTo("/deploy"))
                .inScenario("overload")
                .whenScenarioStateIs(STARTED)
                .willSetStateTo("over")
                .willReturn(aResponse().withStatus(503)));
        provider.stubFor(post(urlEqualTo("/deploy"))
                .inScenario("overload")
                .whenScenarioStateIs("over")
                .willReturn(okJson("{}")));

        // When
        var id = deploy("");

        // Then
        Api.awaitState(id, "SUCCEEDED");
        provider.verify(
                2,
                postRequestedFor(urlEqualTo("/deploy"))
                        .withHeader("Idempotency-Key", equalTo(id + "/go-live/deploy/1")));
    }

    @Test
    void whatAnOperationMeetsWithIsToldInTheStatus() {
        // When
        var id = putOff();

        // Then
        assertThat(Api.status(id).getString("phases[0].steps[0].waitingFor.what"))
                .isEqualTo("the operation http to end: " + answered503());
        Api.act(id, "abort", Map.of()).then().statusCode(202);
    }

    @Test
    void aStatusHasChangedWhenAnOperationMeetsWithSomethingElse() {
        // Given
        var id = putOff();
        var address = "/api/v1/releases/" + id;
        var before = Api.call().get(address);

        // When
        jdbi.useHandle(handle -> handle.execute(
                "UPDATE operation SET setback = 'no connection (try 2)' WHERE release_id = ?", UUID.fromString(id)));

        // Then
        var after = Api.call().header("If-None-Match", before.header("ETag")).get(address);
        assertThat(after.statusCode()).isEqualTo(200);
        assertThat(after.jsonPath().getString("waitingFor[0].what"))
                .isEqualTo("the operation http to end: no connection (try 2)");
        assertThat(after.jsonPath().getLong("revision"))
                .isEqualTo(before.jsonPath().getLong("revision"));
        Api.act(id, "abort", Map.of()).then().statusCode(202);
    }

    @Test
    void whatCouldNotBeDoneInItsTimeSaysWhatItMetWith() {
        // Given
        var id = putOff();

        // When
        jdbi.useHandle(handle -> handle.execute(
                "UPDATE operation SET until = now() - interval '1s', next_attempt_at = now() WHERE release_id = ?",
                UUID.fromString(id)));

        // Then
        Api.awaitState(id, "FAILED");
        assertThat(Api.evidence(id, "go-live.deploy").get("summary"))
                .isEqualTo("It could not be done in its time: " + answered503());
    }

    /** Has a release begun whose provider asks for patience, and is not asked again for a minute. */
    private String putOff() {
        provider.stubFor(post(urlEqualTo("/deploy"))
                .willReturn(aResponse().withStatus(503).withHeader("Retry-After", "60")));
        var id = deploy("");
        Api.awaitWaitingFor(id, "the operation http to end: " + answered503());
        return id;
    }

    private String answered503() {
        return "POST %s/deploy answered 503 (try 1)".formatted(provider.baseUrl());
    }

    @Test
    void aRefusalFailsTheStepWithTheAnswerAsEvidence() {
        // Given
        provider.stubFor(post(urlEqualTo("/deploy"))
                .willReturn(aResponse().withStatus(409).withBody("a deployment is under way")));

        // When
        var id = deploy("");

        // Then
        Api.awaitState(id, "FAILED");
        assertThat(Api.evidence(id, "go-live.deploy").get("details").toString())
                .contains("409")
                .contains("a deployment is under way");
        provider.verify(1, postRequestedFor(urlEqualTo("/deploy")));
    }

    @Test
    void aSecretIsSentButNeverShown() {
        // Given: a provider that says back what it was sent
        provider.stubFor(post(urlEqualTo("/deploy"))
                .willReturn(okJson("{\"token\": \"%s\", \"url\": \"/%s\"}".formatted(SECRET, SECRET))));

        // When
        var id = deploy("""
                , headers: { Authorization: "Bearer ${secrets.DEPLOY_TOKEN}" }, expect: ["[BODY].token == x"]""");

        // Then
        Api.awaitState(id, "FAILED");
        provider.verify(
                1, postRequestedFor(urlEqualTo("/deploy")).withHeader("Authorization", equalTo("Bearer " + SECRET)));
        assertThat(Api.journal(id)).contains("•••").doesNotContain(SECRET);
        assertThat(Api.status(id).prettify()).contains("•••").doesNotContain(SECRET);
        var stored =
                jdbi.withHandle(handle -> handle.createQuery("SELECT settings::text FROM operation WHERE key LIKE :key")
                        .bind("key", id + "%")
                        .mapTo(String.class)
                        .one());
        assertThat(stored).contains("${secrets.DEPLOY_TOKEN}").doesNotContain(SECRET);
    }

    @Test
    void aMissingSecretIsSaidWithTheMendAndNothingIsSent() {
        // When
        var id = deploy(", headers: { Authorization: \"${secrets.NOT_SET}\" }");

        // Then
        Api.awaitState(id, "FAILED");
        assertThat(Api.status(id).getString("reason"))
                .isEqualTo(
                        "go-live.deploy: The secret NOT_SET is not set; set SLIPWAY_SECRET_NOT_SET for release-service");
        assertThat(provider.getAllServeEvents()).isEmpty();
    }

    @Test
    void anOperationWhoseHolderIsGoneIsTakenOverUnderTheSameKey() {
        // Given: a replica that took the operation, and vanished before it was done
        provider.stubFor(post(urlEqualTo("/deploy")).willReturn(okJson("{}")));
        var id = Api.release(Api.application(), """
                phases:
                  - name: go-live
                    steps: [ { name: approval, approve: { by: us } } ]
                """);

        // When
        var key = id + "/go-live/elsewhere/1";
        jdbi.useHandle(handle -> handle.execute(
                """
                INSERT INTO operation (key, release_id, subject, kind, settings, state, until, attempts,
                    first_attempt_at, next_attempt_at, lease_owner, lease_until, trace)
                VALUES (?, ?, 'some/where', 'http', ?::jsonb, 'RUNNING', now() + interval '1 hour', 1,
                    now() - interval '1 minute', now() - interval '1 minute', ?, now() - interval '1 second',
                    '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')
                """,
                key,
                UUID.fromString(id),
                "{\"url\": \"%s/deploy\"}".formatted(provider.baseUrl()),
                UUID.randomUUID()));

        // Then
        await().atMost(PATIENCE).until(() -> state(key).equals("SUCCEEDED"));
        provider.verify(1, postRequestedFor(urlEqualTo("/deploy")).withHeader("Idempotency-Key", equalTo(key)));
    }

    @Test
    void anOperationThatTakesLongerThanTheLeaseIsDoneOnce() {
        // Given
        provider.stubFor(post(urlEqualTo("/slow")).willReturn(okJson("{}").withFixedDelay(8_000)));

        // When: the lease is renewed meanwhile
        var id = Api.release(Api.application(), """
                phases:
                  - name: go-live
                    steps: [ { name: deploy, run: http, with: { url: "%s/slow" } } ]
                """.formatted(provider.baseUrl()));

        // Then
        Api.awaitState(id, "SUCCEEDED");
        provider.verify(1, postRequestedFor(urlEqualTo("/slow")));
    }

    @Test
    void anOperationThatIsUnknownHereIsRefused() {
        // When
        var key = UUID.randomUUID() + "/x/y/1";
        jdbi.useHandle(handle -> handle.execute("""
                INSERT INTO operation (key, release_id, subject, kind, settings, state, until, next_attempt_at, trace)
                VALUES (?, ?, 'some/where', 'abandoned', '{}', 'PENDING', now() + interval '1 hour', now(),
                    '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')
                """, key, UUID.randomUUID()));

        // Then
        await().atMost(PATIENCE).until(() -> state(key).equals("FAILED"));
    }

    @Test
    void anOperationIsNotDoneAfterItsTime() {
        // When
        var key = UUID.randomUUID() + "/x/y/1";
        jdbi.useHandle(handle ->
                handle.execute("""
                INSERT INTO operation (key, release_id, subject, kind, settings, state, until, next_attempt_at, trace)
                VALUES (?, ?, 'some/where', 'http', ?::jsonb, 'PENDING', now() - interval '1 second', now(),
                    '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')
                """, key, UUID.randomUUID(), "{\"url\": \"%s/deploy\"}".formatted(provider.baseUrl())));

        // Then
        await().atMost(PATIENCE).until(() -> state(key).equals("FAILED"));
        assertThat(provider.getAllServeEvents()).isEmpty();
    }

    @Test
    void anOperationThatNobodyWorksOnIsCancelledWhetherItWasAttemptedBeforeOrNot() {
        // Given
        var fresh = pending(0);
        var attempted = pending(1);

        // When
        jdbi.useTransaction(handle -> {
            var statements = new Statements(handle);
            queue.cancel(statements, List.of(fresh, attempted));
            statements.send();
        });

        // Then
        assertThat(state(fresh)).isEqualTo("CANCELLED");
        assertThat(state(attempted)).isEqualTo("CANCELLED");
    }

    @Test
    void whatIsAbortedIsNotAttemptedAgainWhenItsProviderIsBack() {
        // Given
        provider.stubFor(post(urlEqualTo("/deploy"))
                .willReturn(aResponse().withStatus(503).withHeader("Retry-After", "1")));
        var id = Api.release(Api.application(), """
                phases:
                  - name: go-live
                    steps: [ { name: deploy, run: http, with: { url: "%s/deploy" } } ]
                """.formatted(provider.baseUrl()));
        await().atMost(PATIENCE).until(() -> !provider.getAllServeEvents().isEmpty());

        // When
        assertThat(Api.act(id, "abort", Map.of()).statusCode()).isEqualTo(202);
        Api.awaitState(id, "ABORTED");
        var attempts = provider.getAllServeEvents().size();

        // Then
        await().atMost(PATIENCE)
                .until(() -> state(id + "/go-live/deploy/1").equals("CANCELLED")
                        || state(id + "/go-live/deploy/1").equals("FAILED"));
        await().during(Duration.ofSeconds(2))
                .atMost(PATIENCE)
                .until(() -> provider.getAllServeEvents().size() <= attempts);
    }

    @Test
    void anErrorDoesNotEndTheWorker() {
        // Given: not an exception, as when a class cannot be loaded
        var attempts = new AtomicInteger();
        ConnectionFactory broken = () -> {
            attempts.incrementAndGet();
            throw new LinkageError("A class is not what it was");
        };
        var worker = new OperationWorker(queue, catalogue, secrets, Jdbi.create(broken), config, clock);

        // When
        worker.start(new StartupEvent());

        // Then
        try {
            await().atMost(PATIENCE).until(() -> attempts.get() > 1);
        } finally {
            worker.stop(new ShutdownEvent());
        }
    }

    /** An operation that is not due for an hour. */
    private String pending(int attempts) {
        var key = UUID.randomUUID() + "/x/y/1";
        jdbi.useHandle(handle -> handle.execute("""
                INSERT INTO operation (key, release_id, subject, kind, settings, state, until, attempts,
                    next_attempt_at, trace)
                VALUES (?, ?, 'some/where', 'http', '{}', 'PENDING', now() + interval '2 hours', ?,
                    now() + interval '1 hour', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')
                """, key, UUID.randomUUID(), attempts));
        return key;
    }

    private String state(String key) {
        return jdbi.withHandle(handle -> handle.createQuery("SELECT state FROM operation WHERE key = :key")
                .bind("key", key)
                .mapTo(String.class)
                .one());
    }
}
