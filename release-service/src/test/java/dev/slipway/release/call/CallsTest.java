package dev.slipway.release.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.startsWith;

import dev.slipway.devstack.testing.InfrastructureResource;
import dev.slipway.http.Idempotency;
import dev.slipway.release.Api;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.http.ContentType;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What people and CI ask of releases, and how they are answered. */
@QuarkusTest
@QuarkusTestResource(InfrastructureResource.class)
class CallsTest {

    @Inject
    Jdbi jdbi;

    @TestHTTPResource
    URI service;

    private static final String AWAITS = """
            phases:
              - name: migration
                steps:
                  - { name: backup, await: { event: BackupDone } }
                  - { name: approval, approve: { by: us, self-approval: true } }
            """;

    private static final String FAILS = """
            phases:
              - name: migration
                steps: [ { name: backup, await: { event: BackupDone, timeout: 100ms }, on-failure: ask } ]
            rollback: { steps: [ { name: revert, await: { event: Reverted } } ] }
            """;

    /** A body that is right for every call. */
    private static final Map<String, String> ANYTHING =
            Map.of("type", "BackupDone", "step", "migration.backup", "reason", "so");

    private static String running() {
        var id = Api.release(Api.application(), AWAITS);
        Api.awaitStep(id, "migration.backup", "WAITING");
        return id;
    }

    // ---- tokens ----

    @ParameterizedTest
    @CsvSource({
        "GET, /api/v1/releases",
        "POST, /api/v1/releases",
        "GET, /api/v1/releases/0195a000-0000-7000-8000-000000000001",
        "GET, /api/v1/releases/0195a000-0000-7000-8000-000000000001/journal",
        "GET, /api/v1/releases/0195a000-0000-7000-8000-000000000001/stream",
        "POST, /api/v1/releases/0195a000-0000-7000-8000-000000000001/approve",
        "POST, /api/v1/releases/0195a000-0000-7000-8000-000000000001/events",
        "GET, /api/v1/plans/shop/staging",
        "PUT, /api/v1/plans/shop/staging",
        "POST, /api/v1/plans/validate",
    })
    void nothingIsAnsweredWithoutAToken(String method, String path) {
        RestAssured.given()
                .contentType(ContentType.JSON)
                .request(method, path)
                .then()
                .statusCode(401);
        RestAssured.given()
                .contentType(ContentType.JSON)
                .header("Authorization", "Bearer wrong")
                .request(method, path)
                .then()
                .statusCode(401);
    }

    // ---- what cannot be stored ----

    @ParameterizedTest
    @ValueSource(
            strings = {"{\"version\":\"1\\u0000\"}", "{\"comment\":\"\\ud800\"}", "{\"data\":{\"deep\":[\"\\udc00\"]}}"
            })
    void aBodyThatTheDatabaseCannotStoreIsABadRequest(String body) {
        // When
        var answer = Api.call().contentType(ContentType.JSON).body(body).post("/api/v1/releases");

        // Then
        answer.then().statusCode(400).body("detail", containsString("NUL"));
    }

    @Test
    void aFilterThatTheDatabaseCannotReadIsABadRequest() {
        // When
        var answer = Api.call().urlEncodingEnabled(false).get("/api/v1/releases?application=%00");

        // Then
        answer.then().statusCode(400);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /api/v1/releases?limit=%zz",
        "GET, /api/v1/releases?application={a}",
        "GET, /api/v1/releases?application=%ff%fe",
        "GET, /api/v1/releases?application=%ed%a0%80",
        "GET, /api/v1/releases?cursor=;;&cursor=&&",
        "GET, /api/v1/releases/%00",
        "GET, /api/v1/releases/..%2f..",
        "GET, /api/v1/journal?from=%00",
        "POST, /api/v1/releases?a={b}",
        "POST, /api/v1/releases%zz",
        "POST, /api/v1/releases/%00/approve",
    })
    void whateverTheAddressIsItIsNoFaultOfOurs(String method, String address) throws IOException {
        assertThat(Api.rawStatus(service, method, address)).isBetween(200, 499);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[", "{\"a\":", "1"})
    void aBodyThatIsTooDeepOrHasATooLongNumberIsABadRequest(String part) {
        var answer = Api.call().body("{\"data\":" + part.repeat(100_000)).post("/api/v1/releases");

        answer.then().statusCode(400).body("detail", startsWith("The body is not JSON: "));
    }

    // ---- asking for a release ----

    @Test
    void aReleaseThatIsAskedForCanBeSeenAtOnce() {
        // Given
        var application = Api.application();
        Api.store(application, AWAITS);

        // When
        var answer = Api.call()
                .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
                .body(Map.of(
                        "application", application, "environment", "staging", "version", "1.4.0", "commit", "c0ff"))
                .post("/api/v1/releases");

        // Then
        answer.then()
                .statusCode(202)
                .header("Location", matchesPattern(".*/api/v1/releases/[0-9a-f-]{36}"))
                .body("id", notNullValue())
                .body("application", equalTo(application))
                .body("environment", equalTo("staging"))
                .body("version", equalTo("1.4.0"));
        Api.call()
                .get(answer.header("Location"))
                .then()
                .statusCode(200)
                .body("version", equalTo("1.4.0"))
                .body("commit", equalTo("c0ff"))
                .body("phases[0].steps[0].name", equalTo("backup"));
        String id = answer.path("id");
        Api.awaitStep(id, "migration.backup", "WAITING");
        assertThat(Api.journal(id)).contains("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{ | 400 | The body is not JSON: line 1",
                "[] | 400 | The body must be a JSON object",
                "{} | 400 | 'application' is missing",
                "{\"application\":\"shop\"} | 400 | 'environment' is missing",
                "{\"application\":\"shop\",\"environment\":\"staging\"} | 400 | 'version' is missing",
                "{\"application\":\"shop\",\"environment\":\"staging\",\"version\":7} | 400 | 'version' must be a text",
                "{\"application\":\"shop\",\"environment\":\"staging\",\"version\":\" \"} | 400 | 'version' must be a text",
                "{\"application\":\"Shop\",\"environment\":\"staging\",\"version\":\"1\"} | 400 | The application 'Shop' must be",
                "{\"application\":\"no-plan\",\"environment\":\"staging\",\"version\":\"1\"} | 422 | There is no plan for no-plan/staging; store one first",
            })
    void aWrongRequestIsAnsweredWithAProblem(String body, int status, String detail) {
        Api.call()
                .body(body)
                .post("/api/v1/releases")
                .then()
                .statusCode(status)
                .contentType("application/problem+json")
                .body("status", equalTo(status))
                .body("title", notNullValue())
                .body("detail", startsWith(detail));
    }

    @Test
    void aVersionHasItsLimit() {
        Api.call()
                .body(Map.of("application", "a", "environment", "b", "version", "1".repeat(201)))
                .post("/api/v1/releases")
                .then()
                .statusCode(400)
                .body("detail", equalTo("'version' may have at most 200 characters"));
    }

    // ---- Idempotency-Key ----

    @Test
    void theSameKeyGetsTheSameAnswer() {
        // Given
        var application = Api.application();
        Api.store(application, AWAITS);
        var body = Map.of("application", application, "environment", "staging", "version", "1.4.0");
        var key = UUID.randomUUID().toString();

        // When
        var first = Api.call().header("Idempotency-Key", key).body(body).post("/api/v1/releases");
        var second = Api.call().header("Idempotency-Key", key).body(body).post("/api/v1/releases");

        // Then
        first.then().statusCode(202);
        second.then().statusCode(202);
        assertThat(second.asString()).isEqualTo(first.asString());
        assertThat(second.header("Location")).isEqualTo(first.header("Location"));
        assertThat(releasesOf(application)).hasSize(1);
    }

    @Test
    void theSameKeyForAnotherRequestIsRefused() {
        // Given
        var application = Api.application();
        Api.store(application, AWAITS);
        var key = UUID.randomUUID().toString();
        Api.call()
                .header("Idempotency-Key", key)
                .body(Map.of("application", application, "environment", "staging", "version", "1"))
                .post("/api/v1/releases");

        // When
        var other = Api.call()
                .header("Idempotency-Key", key)
                .body(Map.of("application", application, "environment", "staging", "version", "2"))
                .post("/api/v1/releases");

        // Then
        other.then()
                .statusCode(422)
                .body("detail", equalTo("This Idempotency-Key was used for another request; use a new key"));
        assertThat(releasesOf(application)).hasSize(1);
    }

    @Test
    void aKeyWhoseRequestWasRefusedMayBeUsedAgain() {
        // Given
        var application = Api.application();
        var key = UUID.randomUUID().toString();
        var body = Map.of("application", application, "environment", "staging", "version", "1");
        Api.call()
                .header("Idempotency-Key", key)
                .body(body)
                .post("/api/v1/releases")
                .then()
                .statusCode(422);
        Api.store(application, AWAITS);

        // When
        var again = Api.call().header("Idempotency-Key", key).body(body).post("/api/v1/releases");

        // Then
        again.then().statusCode(202);
    }

    @Test
    void repeatsAtTheSameTimeGetTheAnswerOfTheOneThatIsCarriedOut() throws Exception {
        // Given: more than there are connections to the database
        var application = Api.application();
        Api.store(application, AWAITS);
        var key = UUID.randomUUID().toString();
        Callable<String> call = () -> {
            var answer = Api.call()
                    .header("Idempotency-Key", key)
                    .body("""
                            {"application": "%s", "environment": "staging", "version": "1"}""".formatted(application))
                    .post("/api/v1/releases");
            return "%d %s %s".formatted(answer.statusCode(), answer.header("Location"), answer.asString());
        };

        // When
        try (var threads = Executors.newFixedThreadPool(30)) {
            var answers =
                    threads.invokeAll(Stream.generate(() -> call).limit(30).toList());

            // Then
            var different = new HashSet<String>();
            for (var answer : answers) {
                different.add(answer.get());
            }
            assertThat(different).hasSize(1).allMatch(answer -> answer.startsWith("202 "));
        }
        assertThat(releasesOf(application)).hasSize(1);
    }

    @Test
    void aKeyForDifferentRequestsAtTheSameTimeIsGoodForOneOfThem() throws Exception {
        // Given
        var application = Api.application();
        Api.store(application, AWAITS);
        var key = UUID.randomUUID().toString();

        // When
        try (var threads = Executors.newFixedThreadPool(8)) {
            var answers = threads.invokeAll(IntStream.range(0, 8)
                    .<Callable<Integer>>mapToObj(i -> () -> Api.call()
                            .header("Idempotency-Key", key)
                            .body(Map.of("application", application, "environment", "staging", "version", "1." + i))
                            .post("/api/v1/releases")
                            .statusCode())
                    .toList());

            // Then
            var statuses = new ArrayList<Integer>();
            for (var answer : answers) {
                statuses.add(answer.get());
            }
            assertThat(statuses).containsExactlyInAnyOrder(202, 422, 422, 422, 422, 422, 422, 422);
        }
        assertThat(releasesOf(application)).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"events", "approve", "pause", "resume", "retry", "abort", "rollback"})
    void aRepeatIsAnsweredAsTheFirstThoughItCouldNotBeDoneAnyMore(String what) {
        // Given
        var key = UUID.randomUUID().toString();
        var id = ready(what);
        var body = what.equals("events") ? Map.of("type", "BackupDone") : Map.of("reason", "so");
        var address = "/api/v1/releases/%s/%s".formatted(id, what);
        var first = Api.call().header("Idempotency-Key", key).body(body).post(address);
        first.then().statusCode(202);
        await().until(() -> Api.status(id).getList("accepted").isEmpty());
        Api.act(id, "abort", "{}");
        await().until(() -> List.of("ABORTED", "FAILED", "ROLLED_BACK", "SUCCEEDED")
                .contains(Api.status(id).getString("state")));

        // When
        var again = Api.call().header("Idempotency-Key", key).body(body).post(address);
        var another = Api.call().header("Idempotency-Key", key).body(body).post(address + "?dryRun=true");

        // Then
        assertThat(again.statusCode()).isEqualTo(202);
        assertThat(again.asString()).isEqualTo(first.asString());
        assertThat(again.header("Location")).isEqualTo(first.header("Location"));
        assertThat(another.statusCode()).isEqualTo(422);
    }

    /** A release of which may be asked what is to be asked. */
    private static String ready(String what) {
        var id = Api.release(Api.application(), what.equals("retry") || what.equals("rollback") ? FAILS : AWAITS);
        switch (what) {
            case "retry", "rollback" -> Api.awaitState(id, "PAUSED");
            case "approve" -> {
                Api.report(id, "BackupDone");
                Api.awaitStep(id, "migration.approval", "WAITING");
            }
            case "resume" -> {
                Api.awaitState(id, "RUNNING");
                Api.act(id, "pause", "{}").then().statusCode(202);
                Api.awaitState(id, "PAUSED");
            }
            default -> Api.awaitStep(id, "migration.backup", "WAITING");
        }
        return id;
    }

    @Test
    void anAnswerOutlivesTheService() {
        // Given
        var key = UUID.randomUUID().toString();
        var answer = new Idempotency.Answer(202, Optional.of("/there"), "{}");
        jdbi.useTransaction(handle ->
                new Idempotency(Clock.systemUTC()).once(handle, "ci", Optional.of(key), "request", () -> answer));

        // When
        var after = jdbi.inTransaction(
                handle -> new Idempotency(Clock.systemUTC()).once(handle, "ci", Optional.of(key), "request", () -> {
                    throw new IllegalStateException("It is carried out again");
                }));

        // Then
        assertThat(after).isEqualTo(answer);
    }

    @Test
    void aKeyIsEachCallersOwn() {
        // Given
        var key = UUID.randomUUID().toString();
        jdbi.useTransaction(handle -> new Idempotency(Clock.systemUTC())
                .once(handle, "ci", Optional.of(key), "one", () -> new Idempotency.Answer(202, Optional.empty(), "1")));

        // When
        var answer = jdbi.inTransaction(handle -> new Idempotency(Clock.systemUTC())
                .once(handle, "us", Optional.of(key), "two", () -> new Idempotency.Answer(202, Optional.empty(), "2")));

        // Then
        assertThat(answer.body()).isEqualTo("2");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 256})
    void aKeyHasItsLimits(int length) {
        Api.call()
                .header("Idempotency-Key", length == 0 ? " " : "k".repeat(length))
                .body(Map.of("application", "a", "environment", "b", "version", "1"))
                .post("/api/v1/releases")
                .then()
                .statusCode(400)
                .body("detail", containsString("Idempotency-Key"));
    }

    private static List<String> releasesOf(String application) {
        return Api.call()
                .queryParam("application", application)
                .get("/api/v1/releases")
                .jsonPath()
                .getList("items.id");
    }

    // ---- reports ----

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"type\":\"BackupDone\"} | 202 |",
                "{\"type\":\"dev.slipway.BackupDone.v1\",\"data\":{\"size\":1}} | 202 |",
                "{\"type\":\"BackupDone\",\"data\":null} | 202 |",
                "{} | 400 | 'type' is missing",
                "{\"type\":\"backup done\"} | 400 | 'type' must be an event's name",
                "{\"type\":\"BackupDone\",\"data\":[]} | 400 | 'data' must be an object",
                "{\"type\":\"BackupDonne\"} | 422 | No step of this release's plan awaits BackupDonne; it awaits BackupDone",
                "{\"type\":\"ReleaseSucceeded\"} | 422 | ReleaseSucceeded is told by Slipway itself",
                "{\"type\":\"HealthDegraded\"} | 422 | HealthDegraded is told by Slipway itself",
                "{\"type\":\"WebhookVerified\"} | 422 | WebhookVerified is told by Slipway itself",
                "{\"type\":\"ApprovalGiven\",\"data\":{\"by\":\"me\"}} | 422 | ApprovalGiven is told by Slipway itself",
            })
    void aReportIsAcceptedIfAStepAwaitsIt(String body, int status, String detail) {
        // Given
        var id = running();

        // When
        var answer = Api.act(id, "events", body);

        // Then
        answer.then().statusCode(status);
        if (status == 202) {
            Api.awaitStep(id, "migration.backup", "SUCCEEDED");
        } else {
            assertThat(answer.jsonPath().getString("detail")).startsWith(detail);
        }
    }

    @Test
    void aReportCannotBeMadeForAnotherReleaseThanTheAddressSays() {
        // Given
        var id = running();
        var other = running();

        // When
        Api.act(id, "events", Map.of("type", "BackupDone", "data", Map.of("releaseId", other)))
                .then()
                .statusCode(202);

        // Then
        Api.awaitStep(id, "migration.backup", "SUCCEEDED");
        assertThat(Api.step(other, "migration.backup")).isEqualTo("WAITING");
    }

    // ---- people ----

    @ParameterizedTest
    @ValueSource(strings = {"events", "approve", "reject", "pause", "resume", "retry", "skip", "abort", "rollback"})
    void whatIsAskedOfAReleaseThatIsNotThereIsNotFound(String what) {
        Api.act(UUID.randomUUID().toString(), what, ANYTHING)
                .then()
                .statusCode(404)
                .contentType("application/problem+json")
                .body("detail", startsWith("There is no release "));
        Api.act("latest", what, ANYTHING)
                .then()
                .statusCode(404)
                .body("detail", equalTo("There is no release 'latest'; an id is a UUID"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"events", "approve", "reject", "pause", "resume", "retry", "skip", "abort"})
    void whatIsAskedOfAReleaseThatHasEndedIsAConflict(String what) {
        // Given
        var id = running();
        Api.act(id, "abort", Map.of("reason", "wrong version")).then().statusCode(202);
        Api.awaitState(id, "ABORTED");

        // When
        var answer = Api.act(id, what, ANYTHING);

        // Then
        answer.then().statusCode(409).body("detail", startsWith("The release has ended as ABORTED"));
        assertThat(Api.status(id).getString("reason")).isEqualTo("wrong version");
    }

    @ParameterizedTest
    @ValueSource(strings = {"events", "approve", "reject", "pause", "resume", "retry", "skip", "abort", "rollback"})
    void aBodyThatIsNotJsonIsRefused(String what) {
        Api.act(running(), what, "{\"a").then().statusCode(400).body("detail", startsWith("The body is not JSON"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "approve | No step awaits approval now; the release's status says what it waits for",
                "resume | The release is RUNNING, so it cannot be resumed",
                "retry | No failed step waits for a decision; a step that does has 'on-failure: ask' in the plan",
                "rollback | The release cannot be rolled back: its plan has no way back; abort it, and add 'rollback' to the plan for the next one",
            })
    void whatCannotBeDoneNowIsAConflict(String what, String detail) {
        Api.act(running(), what, "").then().statusCode(409).body("detail", equalTo(detail));
    }

    @Test
    void anApprovalMayNameItsStep() {
        // Given
        var id = running();
        Api.report(id, "BackupDone");
        Api.awaitStep(id, "migration.approval", "WAITING");

        // When
        var another = Api.act(id, "approve", Map.of("step", "backup"));
        var right = Api.act(id, "approve", Map.of("step", "migration.approval", "comment", "checked twice"));

        // Then
        another.then().statusCode(409).body("detail", startsWith("The step backup does not await approval now"));
        right.then().statusCode(202);
        Api.awaitState(id, "SUCCEEDED");
        assertThat(Api.journal(id)).contains("checked twice");
    }

    @Test
    void aReleaseIsPausedAndResumed() {
        // Given
        var id = running();

        // When
        Api.act(id, "pause", Map.of("reason", "lunch")).then().statusCode(202);
        Api.awaitState(id, "PAUSED");
        Api.act(id, "pause", "").then().statusCode(409);
        Api.act(id, "resume", "").then().statusCode(202);

        // Then
        Api.awaitState(id, "RUNNING");
        assertThat(Api.journal(id)).contains("lunch");
    }

    @Test
    void aFailedStepIsTriedAgainOrTheReleaseHauledBack() {
        // Given
        var id = Api.release(Api.application(), FAILS);
        Api.awaitState(id, "PAUSED");

        // When
        Api.act(id, "resume", "")
                .then()
                .statusCode(409)
                .body("detail", startsWith("A failed step waits for a decision"));
        Api.act(id, "retry", Map.of("step", "backup")).then().statusCode(202);
        await().atMost(Duration.ofSeconds(20))
                .until(() -> Api.status(id).getInt("phases[0].steps[0].attempt") == 2
                        && Api.status(id).getString("state").equals("PAUSED"));
        Api.act(id, "rollback", Map.of("reason", "no use")).then().statusCode(202);

        // Then
        Api.awaitStep(id, "rollback.revert", "WAITING");
        Api.report(id, "Reverted");
        Api.awaitState(id, "ROLLED_BACK");
        assertThat(Api.status(id).getString("rollback.reason")).isEqualTo("no use");
    }

    @Test
    void aCallUnderTheSameKeyActsOnce() {
        // Given
        var id = running();
        var key = UUID.randomUUID().toString();

        // When
        for (var i = 0; i < 2; i++) {
            Api.call()
                    .header("Idempotency-Key", key)
                    .body("{}")
                    .post("/api/v1/releases/%s/pause".formatted(id))
                    .then()
                    .statusCode(202);
        }

        // Then
        Api.awaitState(id, "PAUSED");
        assertThat(Api.journal(id).split("PauseAsked", -1)).hasSize(2);
    }
}
