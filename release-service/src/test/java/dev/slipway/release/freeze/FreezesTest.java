package dev.slipway.release.freeze;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.startsWith;

import dev.slipway.devstack.testing.InfrastructureResource;
import dev.slipway.event.ReleaseEvent.ResumeRequested;
import dev.slipway.release.Api;
import dev.slipway.release.lifecycle.EventBus;
import dev.slipway.release.lifecycle.Sweeps;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Freezes and stops, and the releases that they hold up. */
@QuarkusTest
@QuarkusTestResource(InfrastructureResource.class)
class FreezesTest {

    private static final String AWAITS = """
            phases:
              - name: mobile
                steps:
                  - { name: build, await: { event: Built } }
                  - { name: asks, await: { event: Asked } }
            rollback: { steps: [ { name: revert, await: { event: Reverted } } ] }
            """;

    @Inject
    Jdbi jdbi;

    @Inject
    Sweeps sweeps;

    @Inject
    EventBus bus;

    private static LocalDateTime now() {
        return LocalDateTime.now(ZoneOffset.UTC).truncatedTo(ChronoUnit.SECONDS);
    }

    private static Response set(Map<String, String> freeze) {
        return Api.call().body(freeze).post("/api/v1/freezes");
    }

    /** A window that holds until then. */
    private static String frozen(String application, LocalDateTime to) {
        return set(Map.of(
                        "kind",
                        "WINDOW",
                        "application",
                        application,
                        "reason",
                        "Holidays",
                        "from",
                        now().minusDays(1).toString(),
                        "to",
                        to.toString(),
                        "zone",
                        "UTC"))
                .then()
                .statusCode(201)
                .body("holds", equalTo(true))
                .extract()
                .path("id");
    }

    private static String stopped(String application) {
        return set(Map.of("kind", "STOP", "application", application, "reason", "Payments are down"))
                .then()
                .statusCode(201)
                .extract()
                .path("id");
    }

    private static Response lift(String freeze) {
        return Api.call().body(Map.of("reason", "It is over")).post("/api/v1/freezes/%s/lift".formatted(freeze));
    }

    private static String asked(String application, Map<String, String> more) {
        var body = new HashMap<>(Map.of("application", application, "environment", "staging", "version", "1.0.0"));
        body.putAll(more);
        var id = Api.call()
                .body(body)
                .post("/api/v1/releases")
                .then()
                .statusCode(202)
                .extract()
                .<String>path("id");
        await().atMost(Duration.ofSeconds(20))
                .until(() -> Api.status(id).getList("accepted").isEmpty());
        return id;
    }

    private static String application() {
        var application = Api.application();
        Api.store(application, AWAITS);
        return application;
    }

    // ---- windows ----

    @Test
    void noReleaseBeginsInAFreezeAndTheStatusSaysWhyAndUntilWhen() {
        // Given
        var application = application();
        var to = now().plusHours(3);
        frozen(application, to);

        // When
        var id = asked(application, Map.of());

        // Then
        var status = Api.status(id);
        assertThat(status.getString("state")).isEqualTo("QUEUED");
        assertThat(status.getString("waitingFor[1].what")).isEqualTo("the end of a freeze: Holidays (set by operator)");
        assertThat(status.getString("waitingFor[1].until"))
                .isEqualTo(to.toInstant(ZoneOffset.UTC).toString());
        assertThat(status.getString("waitingFor[1].then")).isEqualTo("it begins when it is its turn");
        assertThat(sweeps.forgotten()).doesNotContain(UUID.fromString(id));
    }

    @Test
    void aReleaseBeginsWhenTheFreezeIsOver() {
        // Given
        var application = application();
        var to = now().plusSeconds(8);
        frozen(application, to);

        // When
        var id = asked(application, Map.of());

        // Then
        assertThat(Api.status(id).getString("state")).isEqualTo("QUEUED");
        Api.awaitState(id, "RUNNING");
        assertThat(Instant.parse(Api.status(id).getString("startedAt"))).isAfterOrEqualTo(to.toInstant(ZoneOffset.UTC));
    }

    @Test
    void aReleaseBeginsWhenTheFreezeIsLifted() {
        // Given
        var application = application();
        var freeze = frozen(application, now().plusHours(3));
        var id = asked(application, Map.of());

        // When
        lift(freeze).then().statusCode(200).body("holds", equalTo(false)).body("lifted.by", equalTo("operator"));

        // Then
        Api.awaitState(id, "RUNNING");
        lift(freeze).then().statusCode(409).body("detail", startsWith("It was lifted already"));
    }

    @Test
    void aReleaseThatWasLetPassBeginsBeforeThoseThatWereNot() {
        // Given
        var application = application();
        frozen(application, now().plusHours(3));
        var ordinary = asked(application, Map.of("priority", "HOTFIX"));

        // When
        var urgent = asked(application, Map.of("optOut", "Customers cannot pay"));

        // Then
        Api.awaitState(urgent, "RUNNING");
        assertThat(Api.status(urgent).getString("optOut.reason")).isEqualTo("Customers cannot pay");
        assertThat(Api.status(ordinary).getString("state")).isEqualTo("QUEUED");
        Api.act(urgent, "abort", "{}").then().statusCode(202);
        Api.act(ordinary, "opt-out", Map.of())
                .then()
                .statusCode(400)
                .body("detail", equalTo("'reason' is missing; say why"));
        Api.act(ordinary, "opt-out", Map.of("reason", "That too")).then().statusCode(202);
        Api.awaitState(ordinary, "RUNNING");
        assertThat(Api.journal(ordinary)).contains("No freeze holds it up any more, says operator: That too");
    }

    @Test
    void aFreezeHoldsUpNeitherWhatHasBegunNorAWayBack() {
        // Given
        var application = application();
        var id = asked(application, Map.of());
        Api.awaitState(id, "RUNNING");

        // When
        frozen(application, now().plusHours(3));
        Api.report(id, "Built");
        Api.awaitStep(id, "mobile.asks", "WAITING");
        Api.report(id, "Asked");
        Api.awaitState(id, "SUCCEEDED");
        Api.act(id, "rollback", "{}").then().statusCode(202);

        // Then
        Api.awaitStep(id, "rollback.revert", "WAITING");
    }

    @Test
    void aFreezeIsAboutTheEnvironmentsThatItNames() {
        // Given
        var application = application();
        var other = application();
        set(Map.of(
                        "kind", "WINDOW",
                        "application", application,
                        "environment", "production",
                        "reason", "Holidays",
                        "from", now().minusDays(1).toString(),
                        "to", now().plusDays(1).toString(),
                        "zone", "UTC"))
                .then()
                .statusCode(201);
        frozen(other, now().plusHours(1));

        // When
        var here = asked(application, Map.of());
        var there = asked(other, Map.of());

        // Then
        Api.awaitState(here, "RUNNING");
        assertThat(Api.status(there).getString("state")).isEqualTo("QUEUED");
    }

    // ---- stops ----

    @Test
    void whereTheLineIsStoppedWhatRunsIsPausedAndGoesOnByHandWhenItRunsAgain() {
        // Given
        var application = application();
        var id = asked(application, Map.of());
        Api.awaitState(id, "RUNNING");

        // When
        var stop = stopped(application);

        // Then
        Api.awaitState(id, "PAUSED");
        assertThat(Api.status(id).getString("reason")).isNull();
        assertThat(Api.status(id).getList("waitingFor.what"))
                .contains("somebody to start the line again: Payments are down (stopped by operator)");
        Api.act(id, "resume", "{}")
                .then()
                .statusCode(409)
                .body("detail", startsWith("The line is stopped by operator: Payments are down. Start it again"));
        lift(stop).then().statusCode(200);
        Api.act(id, "resume", "{}").then().statusCode(202);
        Api.awaitState(id, "RUNNING");
    }

    @Test
    void whoMayNotStartTheLineAgainIsToldSo() {
        // Given
        var application = application();
        var id = asked(application, Map.of());
        Api.awaitState(id, "RUNNING");
        stopped(application);
        Api.awaitState(id, "PAUSED");

        // When
        var operator = Api.act(id, "resume", "{}");
        var ada = Api.callAs("ada").body("{}").post("/api/v1/releases/%s/resume".formatted(id));

        // Then
        var advice = "or let this release pass (POST /api/v1/releases/%s/opt-out)".formatted(id);
        operator.then().statusCode(409).body("detail", endsWith(advice));
        ada.then()
                .statusCode(409)
                .body("detail", endsWith(advice + ": that needs the role 'freezes', which 'ada' has not"));
    }

    @Test
    void aResumeThatWasAcceptedJustBeforeAStopDoesNotGoOn() {
        // Given
        var application = application();
        var id = asked(application, Map.of());
        Api.awaitState(id, "RUNNING");
        stopped(application);
        Api.awaitState(id, "PAUSED");

        // When: it comes after the stop
        bus.publish(application + "/staging", new ResumeRequested(UUID.fromString(id), "ada", Optional.empty()));

        // Then
        await().atMost(Duration.ofSeconds(20))
                .until(() -> Api.journal(id)
                        .contains("ada asked to resume, but the line is stopped by operator: Payments are down"));
        assertThat(Api.status(id).getString("state")).isEqualTo("PAUSED");
    }

    @Test
    void aStopOutlastsTheTimeThatAPauseMayTake() {
        // Given
        var application = Api.application();
        Api.store(application, AWAITS + "pause: { timeout: 1s }");
        var id = asked(application, Map.of());
        Api.awaitState(id, "RUNNING");

        // When
        var stop = stopped(application);

        // Then
        await().atMost(Duration.ofSeconds(20))
                .until(() -> Api.journal(id)
                        .contains("It stays paused: the line is stopped by operator: Payments are down"));
        assertThat(Api.status(id).getString("state")).isEqualTo("PAUSED");
        lift(stop).then().statusCode(200);
        Api.awaitState(id, "FAILED");
        assertThat(Api.status(id).getString("reason")).isEqualTo("It was paused for more than 1s");
        Api.call()
                .get("/api/v1/releases/%s/journal/verification".formatted(id))
                .then()
                .body("differences", hasSize(0));
    }

    @Test
    void whereTheLineIsStoppedNothingBeginsAndAWayBackIsGone() {
        // Given
        var application = application();
        var id = asked(application, Map.of());
        Api.awaitState(id, "RUNNING");
        var stop = stopped(application);
        Api.awaitState(id, "PAUSED");

        // When
        Api.act(id, "rollback", "{}").then().statusCode(202);

        // Then
        Api.awaitStep(id, "rollback.revert", "WAITING");
        Api.report(id, "Reverted");
        Api.awaitState(id, "ROLLED_BACK");
        var next = asked(application, Map.of());
        assertThat(Api.status(next).getString("state")).isEqualTo("QUEUED");
        lift(stop).then().statusCode(200);
        Api.awaitState(next, "RUNNING");
    }

    @Test
    void aReleaseThatWasLetPassGoesOnThoughTheLineIsStopped() {
        // Given
        var application = application();
        var id = asked(application, Map.of());
        Api.awaitState(id, "RUNNING");
        stopped(application);
        Api.awaitState(id, "PAUSED");

        // When
        Api.act(id, "opt-out", Map.of("reason", "This mends it")).then().statusCode(202);
        await().atMost(Duration.ofSeconds(20))
                .until(() -> Api.status(id).getString("optOut.by"), it -> "operator".equals(it));
        Api.act(id, "resume", "{}").then().statusCode(202);

        // Then
        Api.awaitState(id, "RUNNING");
        stopped(application);
        Api.report(id, "Built");
        Api.awaitStep(id, "mobile.asks", "WAITING");
        assertThat(Api.status(id).getString("state")).isEqualTo("RUNNING");
    }

    @Test
    void aStopMayEndByItself() {
        // Given
        var application = application();
        set(Map.of(
                        "kind",
                        "STOP",
                        "application",
                        application,
                        "reason",
                        "A moment",
                        "until",
                        Instant.now().plusSeconds(8).toString()))
                .then()
                .statusCode(201);

        // When
        var id = asked(application, Map.of());

        // Then
        assertThat(Api.status(id).getString("state")).isEqualTo("QUEUED");
        Api.awaitState(id, "RUNNING");
    }

    // ---- the calls ----

    @Test
    void freezesNeedARole() {
        // Given
        var freeze = frozen(Api.application(), now().plusHours(1));
        var id = asked(application(), Map.of());

        // When
        var set = Api.callAs("ci").body(Map.of("kind", "STOP", "reason", "so")).post("/api/v1/freezes");
        var lifted = Api.callAs("ci").body(Map.of("reason", "so")).post("/api/v1/freezes/%s/lift".formatted(freeze));
        var passed = Api.callAs("ci").body(Map.of("reason", "so")).post("/api/v1/releases/%s/opt-out".formatted(id));
        var asked = Api.callAs("ci")
                .body(Map.of("application", "shop", "environment", "staging", "version", "1", "optOut", "so"))
                .post("/api/v1/releases");
        var seen = Api.callAs("ci").get("/api/v1/freezes/" + freeze);

        // Then
        set.then().statusCode(403);
        lifted.then().statusCode(403);
        passed.then().statusCode(403);
        asked.then().statusCode(403).body("detail", containsString("'freezes'"));
        seen.then().statusCode(200).body("reason", equalTo("Holidays"));
    }

    @Test
    void theSameKeySetsAFreezeOnce() {
        // Given
        var key = UUID.randomUUID().toString();
        var application = Api.application();
        var body = Map.of("kind", "STOP", "application", application, "reason", "so");

        // When
        var first = Api.call().header("Idempotency-Key", key).body(body).post("/api/v1/freezes");
        var second = Api.call().header("Idempotency-Key", key).body(body).post("/api/v1/freezes");

        // Then
        first.then().statusCode(201).header("Location", containsString("/api/v1/freezes/" + first.path("id")));
        assertThat(second.asString()).isEqualTo(first.asString());
        assertThat(Api.call()
                        .get("/api/v1/freezes?application=" + application)
                        .jsonPath()
                        .getList("items.application"))
                .containsOnlyOnce(application);
    }

    @Test
    void freezesAreListedUntilTheyAreLifted() {
        // Given
        var application = Api.application();
        var freeze = frozen(application, now().plusHours(1));
        var other = frozen(Api.application(), now().plusHours(1));
        var list = "/api/v1/freezes?application=%s&environment=staging".formatted(application);

        // When
        Api.call().get(list).then().body("items.id", hasItem(freeze)).body("items.id", not(hasItem(other)));
        lift(freeze);

        // Then
        Api.call().get(list).then().statusCode(200).body("items.id", not(hasItem(freeze)));
        Api.call().get("/api/v1/freezes/" + freeze).then().body("lifted.reason", equalTo("It is over"));
    }

    @Test
    void freezesThatAreOverAreNotListedAnyMore() {
        // Given: a window that comes once, one that comes again, and a stop
        var application = Api.application();
        var once = frozen(application, now().plusHours(1));
        var again = frozen(application, now().plusHours(1));
        var stop = stopped(application);

        // When: time goes by
        jdbi.useHandle(handle -> {
            handle.execute(
                    "UPDATE environment_freeze SET starts = starts - interval '9 days', ends = ends - interval '9 days'"
                            + " WHERE application = ?",
                    application);
            handle.execute("UPDATE environment_freeze SET rule = 'FREQ=MONTHLY' WHERE id = ?", UUID.fromString(again));
            handle.execute(
                    "UPDATE environment_freeze SET until = now() - interval '1 hour' WHERE id = ?",
                    UUID.fromString(stop));
        });

        // Then
        Api.call()
                .get("/api/v1/freezes?application=%s&environment=staging".formatted(application))
                .then()
                .body("items.id", hasItem(again))
                .body("items.id", not(hasItem(once)))
                .body("items.id", not(hasItem(stop)));
        Api.call().get("/api/v1/freezes/" + once).then().statusCode(200).body("holds", equalTo(false));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{ | 400 | ",
                "{\"kind\":\"STOP\",\"raeson\":\"so\"} | 400 | ",
                "{\"reason\":\"so\"} | 400 | 'kind' is missing: WINDOW or STOP",
                "{\"kind\":\"NAP\",\"reason\":\"so\"} | 400 | 'kind' must be one of [WINDOW, STOP]",
                "{\"kind\":\"STOP\"} | 400 | 'reason' is missing",
                "{\"kind\":\"STOP\",\"reason\":\" \"} | 400 | 'reason' must be a text of 1 to 1000 characters",
                "{\"kind\":\"STOP\",\"reason\":\"so\",\"application\":\"Shop\"} | 400 | 'application' must be 1 to 63",
                "{\"kind\":\"STOP\",\"reason\":\"so\",\"from\":\"2026-01-01T00:00\"} | 400 | A STOP has no 'from'",
                "{\"kind\":\"STOP\",\"reason\":\"so\",\"until\":\"2020-01-01T00:00:00Z\"} | 400 | 'until' is over already",
                "{\"kind\":\"WINDOW\",\"reason\":\"so\"} | 400 | 'from' is missing",
                "{\"kind\":\"WINDOW\",\"reason\":\"so\",\"from\":\"1 May\",\"to\":\"2026-01-01T00:00\",\"zone\":\"UTC\"} | 422 | 'from' must be a time on the clock",
                "{\"kind\":\"WINDOW\",\"reason\":\"so\",\"from\":\"2026-01-01T00:00\",\"to\":\"2026-01-02T00:00\",\"zone\":\"Mars\"} | 422 | 'zone' must be a time zone",
                "{\"kind\":\"WINDOW\",\"reason\":\"so\",\"from\":\"2020-01-01T00:00\",\"to\":\"2020-01-02T00:00\",\"zone\":\"UTC\"} | 422 | This window is over",
                "{\"kind\":\"WINDOW\",\"reason\":\"so\",\"from\":\"2020-01-01T00:00\",\"to\":\"2020-01-02T00:00\",\"zone\":\"UTC\",\"rule\":\"often\"} | 422 | 'rule' must be an RRULE",
                "{\"kind\":\"WINDOW\",\"reason\":\"so\",\"from\":\"2020-01-01T00:00\",\"to\":\"2020-01-02T00:00\",\"zone\":\"UTC\",\"rule\":\"FREQ=DAILY\",\"until\":\"2099-01-01T00:00:00Z\"} | 400 | 'until' is of a STOP",
            })
    void aWrongFreezeIsAnsweredWithAProblemAndNotSet(String body, int status, String detail) {
        var before =
                Api.call().get("/api/v1/freezes").jsonPath().getList("items").size();

        Api.call()
                .body(body)
                .post("/api/v1/freezes")
                .then()
                .statusCode(status)
                .contentType("application/problem+json")
                .body("detail", startsWith(detail == null ? "" : detail));

        assertThat(Api.call().get("/api/v1/freezes").jsonPath().getList("items"))
                .hasSize(before);
    }

    @Test
    void aFreezeThatIsNotThereIsNotFound() {
        Api.call().get("/api/v1/freezes/latest").then().statusCode(404);
        lift(UUID.randomUUID().toString()).then().statusCode(404).body("detail", startsWith("There is no freeze"));
    }
}
