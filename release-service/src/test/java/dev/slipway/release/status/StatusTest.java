package dev.slipway.release.status;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.startsWith;

import dev.slipway.devstack.testing.Infrastructure;
import dev.slipway.devstack.testing.InfrastructureResource;
import dev.slipway.release.Api;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is shown of releases. */
@QuarkusTest
@QuarkusTestResource(InfrastructureResource.class)
class StatusTest {

    private static final String AWAITS = """
            phases:
              - name: migration
                steps:
                  - { name: backup, await: { event: BackupDone, timeout: 30m } }
                  - { name: upgrade, await: { event: MigrationDone } }
            rollback: { steps: [ { name: revert, await: { event: Reverted } } ] }
            """;

    @TestHTTPResource
    URI service;

    @Inject
    Jdbi jdbi;

    // ---- the status ----

    @Test
    void theStatusSaysWhatIsAwaitedSinceWhenUntilWhenAndWhatThen() {
        // When
        var id = Api.release(Api.application(), AWAITS);
        Api.awaitStep(id, "migration.backup", "WAITING");

        // Then
        Api.call()
                .get("/api/v1/releases/" + id)
                .then()
                .body("state", equalTo("RUNNING"))
                .body("phases[0].state", equalTo("WAITING"))
                .body("phases[0].startedAt", notNullValue())
                .body("phases[0].steps[1].state", equalTo("PENDING"))
                .body("phases[0].steps[1].startedAt", nullValue())
                .body("waitingFor", hasSize(1))
                .body("waitingFor[0].step", equalTo("migration.backup"))
                .body("waitingFor[0].what", equalTo("the event BackupDone"))
                .body("waitingFor[0].since", notNullValue())
                .body("waitingFor[0].until", notNullValue())
                .body("waitingFor[0].then", equalTo("the step times out, and the release fails"))
                .body("rollback", nullValue());
    }

    @Test
    void thePhasesOfAReleaseThatWentBackSayHowFarTheyCame() {
        // Given
        var id = Api.release(Api.application(), AWAITS);
        Api.report(id, "BackupDone");
        Api.awaitStep(id, "migration.upgrade", "WAITING");

        // When
        Api.act(id, "rollback", Map.of("reason", "customers complain")).then().statusCode(202);

        // Then
        Api.awaitStep(id, "rollback.revert", "WAITING");
        Api.call()
                .get("/api/v1/releases/" + id)
                .then()
                .body("state", equalTo("ROLLING_BACK"))
                .body("phases", hasSize(1))
                .body("phases[0].state", equalTo("CANCELLED"))
                .body("phases[0].steps[0].state", equalTo("SUCCEEDED"))
                .body("rollback.reason", equalTo("customers complain"))
                .body("rollback.until", notNullValue());
    }

    @Test
    void theEndOfAReleaseThatDidNotSucceedSaysWhatIsLeftToDo() {
        // Given
        var id = Api.release(Api.application(), AWAITS);
        Api.report(id, "BackupDone");
        Api.awaitStep(id, "migration.upgrade", "WAITING");

        // When
        Api.act(id, "abort", Map.of()).then().statusCode(202);

        // Then
        Api.awaitState(id, "ABORTED");
        assertThat(Api.status(id).getString("toDo"))
                .isEqualTo(
                        "Nothing was rolled back. See whether what was done may stay; if not, and no later release has"
                                + " begun, roll it back.");
    }

    @Test
    void whatIsApprovedInAPauseSaysThatItWaitsForTheReleaseToGoOn() {
        // Given
        var id = Api.release(Api.application(), """
                phases:
                  - name: go-live
                    steps: [ { name: deploy, run: http, with: { url: "http://127.0.0.1:1" }, approve: { by: us, self-approval: true } } ]
                """);
        Api.awaitStep(id, "go-live.deploy", "WAITING");
        Api.act(id, "pause", "{}").then().statusCode(202);
        Api.awaitState(id, "PAUSED");

        // When
        Api.act(id, "approve", "{}").then().statusCode(202);

        // Then
        Api.awaitStep(id, "go-live.deploy", "PENDING");
        Api.call()
                .get("/api/v1/releases/" + id)
                .then()
                .body("phases[0].steps[0].waitingFor.what", equalTo("the release to go on, approved by operator"))
                .body("phases[0].steps[0].evidence.summary", equalTo("Approved by operator"))
                .body("waitingFor.what", hasItem("the release to go on, approved by operator"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/journal", "/stream"})
    void aReleaseThatIsNotThereIsNotFound(String what) {
        Api.call()
                .get("/api/v1/releases/%s%s".formatted(UUID.randomUUID(), what))
                .then()
                .statusCode(404);
        Api.call().get("/api/v1/releases/latest" + what).then().statusCode(404);
    }

    // ---- lists ----

    @Test
    void releasesAreListedTheNewestFirstPageByPage() {
        // Given
        var application = Api.application();
        Api.store(application, AWAITS);
        var ids = new ArrayList<String>();
        for (var version : List.of("1", "2", "3", "4", "5")) {
            ids.addFirst(Api.ask(application, version));
        }

        // When
        var listed = new ArrayList<String>();
        var cursor = "";
        while (cursor != null) {
            var request = Api.call().queryParam("application", application).queryParam("limit", 2);
            var page = (cursor.isEmpty() ? request : request.queryParam("cursor", cursor))
                    .get("/api/v1/releases")
                    .jsonPath();
            listed.addAll(page.getList("items.id"));
            cursor = page.getString("next");
        }

        // Then
        assertThat(listed).isEqualTo(ids);
    }

    @Test
    void releasesAreListedByStateAndEnvironment() {
        // Given
        var application = Api.application();
        var first = Api.release(application, AWAITS);
        Api.awaitState(first, "RUNNING");
        var second = Api.ask(application, "2");

        // Then
        assertThat(listed(application, "state", "RUNNING")).containsExactly(first);
        assertThat(listed(application, "state", "QUEUED")).containsExactly(second);
        assertThat(listed(application, "state", "FAILED")).isEmpty();
        assertThat(listed(application, "environment", "staging")).containsExactly(second, first);
        assertThat(listed(application, "environment", "production")).isEmpty();
    }

    @Test
    void releasesAreListedByVersionAndTime() {
        // Given
        var application = Api.application();
        var first = Api.release(application, AWAITS);
        var second = Api.ask(application, "2");
        var between = Api.status(second).getString("requestedAt");

        // Then
        assertThat(listed(application, "version", "2")).containsExactly(second);
        assertThat(listed(application, "version", "3")).isEmpty();
        assertThat(listed(application, "from", between)).containsExactly(second);
        assertThat(listed(application, "to", between)).containsExactly(first);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0-00000000-0000-0000-0000-000000000000",
                "999999999999999999-ffffffff-ffff-ffff-ffff-ffffffffffff",
                "1763640000000000-0195a000-0000-7000-8000-000000000001"
            })
    void aCursorOfNoReleaseIsAPlaceInTheListAllTheSame(String cursor) {
        Api.call()
                .queryParam("cursor", cursor)
                .queryParam("limit", 1)
                .get("/api/v1/releases")
                .then()
                .statusCode(200);
    }

    @Test
    void aFilterThatIsTooLongIsNoFaultOfOurs() {
        var longest = Api.call().queryParam("application", "a".repeat(3_000)).get("/api/v1/releases");
        var tooLong = Api.call().queryParam("application", "a".repeat(10_000)).get("/api/v1/releases");

        assertThat(longest.statusCode()).isEqualTo(400);
        assertThat(tooLong.statusCode()).isEqualTo(414);
    }

    private static List<String> listed(String application, String name, String value) {
        return Api.call()
                .queryParam("application", application)
                .queryParam(name, value)
                .get("/api/v1/releases")
                .jsonPath()
                .getList("items.id");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "limit=0 | 'limit' must be a whole number from 1 to 200",
                "limit=201 | 'limit' must be a whole number from 1 to 200",
                "limit=x | 'limit' must be a whole number from 1 to 200",
                "state=running | 'state' must be one of [QUEUED, RUNNING",
                "state=%00 | 'state' must be one of [QUEUED, RUNNING",
                "from=yesterday | 'from' must be a time of the years 1970 to 9999",
                "to=%2B1000000000-12-31T23:59:59Z | 'to' must be a time of the years 1970 to 9999",
                "application=%00 | 'application' must have 1 to 200 characters, none of them NUL",
                "version=1%00 | 'version' must have 1 to 200 characters, none of them NUL",
                "cursor=x | 'cursor' must be one that a page gave as 'next'",
                "cursor=%00 | 'cursor' must be one that a page gave as 'next'",
                "cursor=0195a000-0000-7000-8000-000000000001 | 'cursor' must be one that a page gave as 'next'",
                "cursor=9999999999999999999-0195a000-0000-7000-8000-000000000001 | 'cursor' must be one that a page",
            })
    void aWrongFilterIsRefused(String query, String detail) {
        Api.call()
                .urlEncodingEnabled(false)
                .get("/api/v1/releases?" + query)
                .then()
                .statusCode(400)
                .contentType("application/problem+json")
                .body("detail", startsWith(detail));
    }

    // ---- what is known already ----

    @Test
    void aStatusIsSentAgainWhenItHasChanged() {
        // Given
        var id = Api.release(Api.application(), AWAITS);
        Api.awaitStep(id, "migration.backup", "WAITING");
        await().until(() -> Api.status(id).getList("accepted").isEmpty());
        var address = "/api/v1/releases/" + id;
        var tag = Api.call().get(address).header("ETag");

        // When
        var unchanged = Api.call().header("If-None-Match", "\"1-x\", " + tag).get(address);
        Api.report(id, "BackupDone");
        Api.awaitStep(id, "migration.upgrade", "WAITING");
        var changed = Api.call().header("If-None-Match", tag).get(address);

        // Then
        assertThat(unchanged.statusCode()).isEqualTo(304);
        assertThat(unchanged.asString()).isEmpty();
        assertThat(unchanged.header("ETag")).isEqualTo(tag);
        assertThat(changed.statusCode()).isEqualTo(200);
        assertThat(changed.header("ETag")).isNotEqualTo(tag);
    }

    @Test
    void aStatusHasChangedWhenACallWasAccepted() {
        // Given: a call whose event nobody will handle
        var id = Api.release(Api.application(), AWAITS);
        Api.awaitStep(id, "migration.backup", "WAITING");
        await().until(() -> Api.status(id).getList("accepted").isEmpty());
        var address = "/api/v1/releases/" + id;
        var tag = Api.call().get(address).header("ETag");

        // When
        jdbi.useHandle(handle -> handle.execute(
                "INSERT INTO accepted (event_id, release_id, event, actor, origin, at) VALUES (?, ?, 'E', 'a', 'o', now())",
                UUID.randomUUID().toString(),
                UUID.fromString(id)));

        // Then
        Api.call()
                .header("If-None-Match", tag)
                .get(address)
                .then()
                .statusCode(200)
                .body("accepted.event", hasItem("E"));
    }

    @Test
    void aListIsSentAgainWhenItHasChanged() {
        // Given
        var application = Api.application();
        var id = Api.release(application, AWAITS);
        Api.awaitStep(id, "migration.backup", "WAITING");
        var address = "/api/v1/releases?application=" + application;
        var tag = Api.call().get(address).header("ETag");

        // When
        var unchanged = Api.call().header("If-None-Match", tag).get(address);
        Api.report(id, "BackupDone");
        Api.awaitStep(id, "migration.upgrade", "WAITING");
        var changed = Api.call().header("If-None-Match", tag).get(address);

        // Then
        assertThat(unchanged.statusCode()).isEqualTo(304);
        assertThat(changed.statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {"* | 304", "x | 200", "\" | 200", "W/ | 200", "W/\"\" | 200", ", | 200", "\"0\", | 200"})
    void aTagThatIsNoneIsNotKnown(String tag, int status) {
        // Given
        var id = Api.release(Api.application(), AWAITS);

        // Then
        Api.call()
                .header("If-None-Match", tag)
                .get("/api/v1/releases/" + id)
                .then()
                .statusCode(status);
    }

    // ---- live ----

    @Test
    void theStreamTellsWhatHappensAndHowItStandsThenToTheEnd() throws Exception {
        // Given
        var id = Api.release(Api.application(), AWAITS);
        Api.awaitStep(id, "migration.backup", "WAITING");
        var lines = listen(id, "");

        // When
        Api.report(id, "BackupDone");
        Api.awaitStep(id, "migration.upgrade", "WAITING");
        Api.report(id, "MigrationDone");

        // Then
        var told = lines.get(30, TimeUnit.SECONDS);
        assertThat(told).contains("event:status");
        assertThat(ids(told)).isSorted().endsWith("id:3");
        assertThat(data(told))
                .allSatisfy(data -> assertThat(data).contains(id))
                .last()
                .asString()
                .contains("\"state\":\"SUCCEEDED\"");
    }

    @Test
    void theStreamTellsWhenThePlaceInTheQueueHasChanged() throws Exception {
        // Given
        var application = Api.application();
        var active = Api.release(application, AWAITS);
        Api.awaitState(active, "RUNNING");
        var before = Api.ask(application, "2.0.0");
        var id = Api.ask(application, "3.0.0");
        Api.awaitWaitingFor(
                id, "its turn: the release %s of 1.0.0 is active; 1 release is before it".formatted(active));
        var heard = new CopyOnWriteArrayList<String>();
        var end = listen(id, "", heard::add);
        await().atMost(Duration.ofSeconds(30)).until(() -> data(heard).size() == 1);

        // When
        Api.act(before, "abort", Map.of()).then().statusCode(202);
        Api.awaitState(before, "ABORTED");

        // Then: before anything happens to it
        await().atMost(Duration.ofSeconds(30)).until(() -> data(heard).size() == 2);
        assertThat(data(heard))
                .satisfiesExactly(
                        told -> assertThat(told).contains("\"revision\":0", "is active; 1 release is before it"),
                        told -> assertThat(told).contains("\"revision\":0", "is active\""));
        Api.act(id, "abort", Map.of()).then().statusCode(202);
        end.get(30, TimeUnit.SECONDS);
    }

    @Test
    void whoComesBackIsToldWhatHappenedSinceAndHowItStandsNow() throws Exception {
        // Given
        var id = Api.release(Api.application(), AWAITS);
        Api.report(id, "BackupDone");
        Api.report(id, "MigrationDone");
        Api.awaitState(id, "SUCCEEDED");

        // When
        var told = listen(id, "1").get(20, TimeUnit.SECONDS);

        // Then
        assertThat(told.stream().filter(line -> line.startsWith("event:")))
                .containsExactly("event:entry", "event:entry", "event:status");
        assertThat(data(told).get(0)).contains("\"seq\":2", "\"event\":\"BackupDone\"");
        assertThat(data(told).get(1)).contains("\"seq\":3", "\"event\":\"MigrationDone\"");
        assertThat(data(told).get(2)).contains("\"revision\":3", "\"state\":\"SUCCEEDED\"");
        assertThat(ids(told)).as("the last entry's is the status's").containsExactly("id:2", "id:3");
    }

    @ParameterizedTest
    @CsvSource({"'', 1", "0, 3", "1, 2", "2, 0", "99, 0", "9223372036854775807, 0"})
    void theStreamOfAReleaseThatHasEndedTellsTheEndToWhoDoesNotKnowIt(String lastEventId, int expected)
            throws Exception {
        // Given
        var id = Api.release(Api.application(), AWAITS);
        Api.awaitState(id, "RUNNING");
        Api.act(id, "abort", "{}");
        Api.awaitState(id, "ABORTED");

        // When
        var told = listen(id, lastEventId).get(20, TimeUnit.SECONDS);

        // Then
        assertThat(data(told)).hasSize(expected);
    }

    @Test
    void whoListensIsAskedForAToken() {
        given().get("/api/v1/releases/%s/stream".formatted(UUID.randomUUID()))
                .then()
                .statusCode(401);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "-1", "1.5", "99999999999999999999"})
    void aLastEventIdThatIsNoneIsRefused(String lastEventId) {
        // Given
        var id = Api.release(Api.application(), AWAITS);

        // Then
        Api.call()
                .header("Last-Event-ID", lastEventId)
                .get("/api/v1/releases/%s/stream".formatted(id))
                .then()
                .statusCode(400);
    }

    private CompletableFuture<List<String>> listen(String id, String lastEventId) {
        return listen(id, lastEventId, _ -> {});
    }

    /** Hands each line over as it comes, and at the end all of them. */
    private CompletableFuture<List<String>> listen(String id, String lastEventId, Consumer<String> heard) {
        var request = HttpRequest.newBuilder(service.resolve("/api/v1/releases/%s/stream".formatted(id)))
                .header("Authorization", "Bearer " + Infrastructure.TOKEN)
                .header("Accept", "text/event-stream");
        if (!lastEventId.isEmpty()) {
            request.header("Last-Event-ID", lastEventId);
        }
        return HttpClient.newHttpClient()
                .sendAsync(request.build(), BodyHandlers.ofLines())
                .thenApplyAsync(answer -> answer.body().peek(heard).toList());
    }

    private static List<String> data(List<String> told) {
        return told.stream().filter(line -> line.startsWith("data:{")).toList();
    }

    private static List<String> ids(List<String> told) {
        return told.stream().filter(line -> line.startsWith("id:")).toList();
    }

    // ---- for machines ----

    @Test
    void theServiceSaysHowItIs() {
        given().get("/health")
                .then()
                .statusCode(200)
                .body("status", equalTo("healthy"))
                .body("database", equalTo("connected"));
        given().get("/health/ready").then().statusCode(200).body("ready", equalTo(true));
        given().get("/health/live").then().statusCode(200).body("live", equalTo(true));
    }

    @Test
    void theServiceIsMeasured() {
        // Given
        var id = Api.release(Api.application(), AWAITS);
        Api.awaitState(id, "RUNNING");

        // Then
        given().get("/metrics").then().statusCode(200).body(containsString("slipway_events_handled_total"));
    }

    @Test
    void theApiIsDescribed() {
        given().get("/openapi")
                .then()
                .statusCode(200)
                .body(containsString("/api/v1/releases/{id}/rollback"))
                .body(containsString("/api/v1/plans/{application}/{environment}"));
    }
}
