package dev.slipway.release.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.startsWith;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.slipway.devstack.testing.InfrastructureResource;
import dev.slipway.event.EventJson;
import dev.slipway.messaging.Statements;
import dev.slipway.messaging.TraceParent;
import dev.slipway.messaging.TryAgainException;
import dev.slipway.release.Api;
import dev.slipway.release.engine.Input;
import dev.slipway.release.journal.Journal;
import dev.slipway.release.journal.Journal.Cause;
import dev.slipway.release.journal.Journal.Entry;
import dev.slipway.release.lifecycle.EventBus;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import jakarta.inject.Inject;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What happened to releases, and how it is shown. */
@QuarkusTest
@QuarkusTestResource(InfrastructureResource.class)
class JournalTest {

    private static final String AWAITS = """
            phases:
              - name: migration
                steps:
                  - { name: backup, await: { event: BackupDone } }
                  - { name: upgrade, await: { event: MigrationDone } }
            """;

    /** For the time of its backup. */
    private static final String FAILS = """
            phases:
              - name: migration
                steps: [ { name: backup, await: { event: BackupDone, timeout: %s }, on-failure: ask } ]
            rollback: { steps: [ { name: revert, await: { event: Reverted } } ] }
            """;

    @Inject
    EventBus bus;

    @Inject
    Journal journal;

    @Inject
    Jdbi jdbi;

    private static String succeeded() {
        var id = Api.release(Api.application(), AWAITS);
        Api.report(id, "BackupDone");
        Api.report(id, "MigrationDone");
        Api.awaitState(id, "SUCCEEDED");
        return id;
    }

    // ---- who, what, when, why, from where ----

    @Test
    void theJournalBeginsWithTheRequest() {
        // Given
        var application = Api.application();
        Api.store(application, AWAITS);

        // When
        String id = Api.call()
                .header("X-Forwarded-For", "203.0.113.7")
                .body(Map.of(
                        "application", application,
                        "environment", "staging",
                        "version", "1.4.0",
                        "commit", "c0ffee",
                        "committedAt", "2026-03-14T09:26:53Z",
                        "reason", "the checkout answers 500"))
                .post("/api/v1/releases")
                .path("id");

        // Then
        Api.call()
                .get("/api/v1/releases/%s/journal".formatted(id))
                .then()
                .body("items[0].releaseId", equalTo(id))
                .body("items[0].application", equalTo(application))
                .body("items[0].environment", equalTo("staging"))
                .body("items[0].seq", equalTo(0))
                .body("items[0].at", equalTo(Api.status(id).getString("requestedAt")))
                .body("items[0].actor", equalTo("operator"))
                // What anybody may write into a header counts only if a trusted proxy wrote it.
                .body("items[0].origin", equalTo("127.0.0.1"))
                .body("items[0].reason", equalTo("the checkout answers 500"))
                .body("items[0].eventSource", equalTo("/release-service"))
                .body("items[0].input.input", equalTo("Requested"))
                .body("items[0].input.commit", equalTo("c0ffee"))
                .body("items[0].input.committedAt", equalTo("2026-03-14T09:26:53Z"))
                .body("items[0].changes[0].to", equalTo("QUEUED"))
                .body("items[0].changes[0].text", equalTo("1.4.0 was asked for by operator"));
        assertThat(Api.status(id).getString("committedAt")).isEqualTo("2026-03-14T09:26:53Z");
    }

    @ParameterizedTest
    @CsvSource({"2999-01-01T00:00:00Z, is in the future", "yesterday, must be a time"})
    void aCommitWasMadeAtSomeTimeInThePast(String committedAt, String detail) {
        Api.call()
                .body(Map.of("application", "a", "environment", "b", "version", "1", "committedAt", committedAt))
                .post("/api/v1/releases")
                .then()
                .statusCode(400)
                .body("detail", startsWith("'committedAt' " + detail));
    }

    @ParameterizedTest
    @CsvSource({
        "RUNNING, pause, PauseAsked",
        "PAUSED, retry, RetryAsked",
        "PAUSED, rollback, RollbackAsked",
        "PAUSED, abort, AbortAsked",
    })
    void aCallIsToldWithItsCallerAndItsReason(String state, String call, String input) {
        // Given
        var id = Api.release(Api.application(), FAILS.formatted(state.equals("PAUSED") ? "100ms" : "30m"));
        Api.awaitState(id, state);

        // When
        Api.act(id, call, Map.of("reason", "the provider said so")).then().statusCode(202);

        // Then
        assertToldWithReason(id, input);
    }

    @Test
    void whoResumesSaysWhyToo() {
        // Given
        var id = Api.release(Api.application(), AWAITS);
        Api.awaitState(id, "RUNNING");
        Api.act(id, "pause", "{}").then().statusCode(202);
        Api.awaitState(id, "PAUSED");

        // When
        Api.act(id, "resume", Map.of("comment", "the provider said so")).then().statusCode(202);

        // Then
        assertToldWithReason(id, "ResumeAsked");
    }

    private static void assertToldWithReason(String id, String input) {
        var entry = "items.find { it.input.input == '%s' }.".formatted(input);
        await().untilAsserted(() -> Api.call()
                .get("/api/v1/releases/%s/journal".formatted(id))
                .then()
                .body(entry + "actor", equalTo("operator"))
                .body(entry + "origin", equalTo("127.0.0.1"))
                .body(entry + "reason", equalTo("the provider said so")));
    }

    @Test
    void anEventIsToldWithItsSource() {
        // Given
        var application = Api.application();
        var id = Api.release(application, AWAITS);
        Api.awaitStep(id, "migration.backup", "WAITING");

        // When
        bus.publishRaw("slipway.releases", application + "/staging", "BackupDone", "{}");

        // Then
        Api.awaitStep(id, "migration.upgrade", "WAITING");
        Api.call()
                .get("/api/v1/releases/%s/journal".formatted(id))
                .then()
                .body("items[-1].actor", equalTo("tests"))
                .body("items[-1].origin", equalTo("kafka/tests"))
                .body("items[-1].eventSource", equalTo("/tests"));
    }

    // ---- pages ----

    @Test
    void theJournalIsReadPageByPageTheOldestFirst() {
        // Given
        var address = "/api/v1/releases/%s/journal".formatted(succeeded());

        // When
        var first = Api.call().queryParam("limit", 3).get(address).jsonPath();
        var second = Api.call()
                .queryParam("limit", 3)
                .queryParam("cursor", first.getString("next"))
                .get(address)
                .jsonPath();

        // Then
        assertThat(first.getList("items.seq")).isEqualTo(List.of(0, 1, 2));
        assertThat(second.getList("items.seq")).isEqualTo(List.of(3));
        assertThat(second.getString("next")).isNull();
        assertThat(first.getString("items[1].input.input")).isEqualTo("TurnCame");
        assertThat(first.getString("items[2].input.event")).isEqualTo("BackupDone");
        assertThat(first.getString("items[2].changes[0].step.step")).isEqualTo("backup");
    }

    @ParameterizedTest
    @ValueSource(strings = {"cursor=x", "cursor=-2", "limit=0", "limit=501", "limit=abc", "cursor=%00"})
    void aWrongPageIsRefused(String query) {
        Api.call()
                .urlEncodingEnabled(false)
                .get("/api/v1/releases/%s/journal?%s".formatted(succeeded(), query))
                .then()
                .statusCode(400)
                .contentType("application/problem+json");
    }

    // ---- JSON Lines ----

    @ParameterizedTest
    @ValueSource(strings = {"application/jsonl", "application/x-ndjson"})
    void theJournalIsExportedAsJsonLines(String type) {
        // Given
        var id = succeeded();
        var address = "/api/v1/releases/%s/journal".formatted(id);

        // When
        var lines = Api.call().accept(type).get(address);

        // Then
        assertThat(lines.statusCode()).isEqualTo(200);
        assertThat(lines.contentType()).startsWith(type);
        assertThat(read(lines))
                .containsExactlyElementsOf(
                        tree(Api.call().get(address).asString()).path("items"));
    }

    @ParameterizedTest
    @CsvSource({"*/*, application/json", "application/*, application/json", "text/html, application/problem+json"})
    void whoDoesNotAskForLinesGetsAPage(String accepted, String type) {
        // When
        var answer = Api.call().accept(accepted).get("/api/v1/releases/%s/journal".formatted(succeeded()));

        // Then
        assertThat(answer.contentType()).startsWith(type);
    }

    @Test
    void theJournalOfAReleaseThatIsNotThereIsAProblemToWhoAsksForLinesToo() {
        Api.call()
                .accept("application/jsonl")
                .get("/api/v1/releases/%s/journal".formatted(UUID.randomUUID()))
                .then()
                .statusCode(404)
                .contentType("application/problem+json");
    }

    @Test
    void theJournalsOfAnEnvironmentAreExportedReleaseByRelease() {
        // Given
        var application = Api.application();
        var first = Api.release(application, AWAITS);
        Api.awaitState(first, "RUNNING");
        var second = Api.ask(application, "2");
        Api.act(first, "abort", "{}").then().statusCode(202);
        Api.awaitStep(second, "migration.backup", "WAITING");

        // When
        var lines = read(exported("application=%s&environment=staging".formatted(application)));

        // Then
        assertThat(lines)
                .extracting(
                        line -> line.path("releaseId").asText(),
                        line -> line.path("seq").asInt())
                .containsExactly(tuple(first, 0), tuple(first, 1), tuple(first, 2), tuple(second, 0), tuple(second, 1));
        assertThat(read(exported("application=%s&environment=production".formatted(application))))
                .isEmpty();
    }

    @Test
    void anExportIsOfATime() {
        // Given
        var id = succeeded();
        var application = Api.status(id).getString("application");
        var all = read(exported("application=" + application));
        var from = all.get(1).path("at").asText();
        var to = all.get(3).path("at").asText();

        // When
        var lines = read(exported("application=%s&from=%s&to=%s".formatted(application, from, to)));

        // Then
        assertThat(lines).isEqualTo(all.subList(1, 3));
        assertThat(read(exported("application=%s&from=2999-01-01T00:00:00Z".formatted(application))))
                .isEmpty();
        assertThat(read(exported("application=%s&to=2000-01-01T00:00:00Z".formatted(application))))
                .isEmpty();
    }

    @Test
    void aLongJournalIsExportedWhole() {
        // Given: more entries than are read at once
        var id = Api.release(Api.application(), AWAITS);
        Api.awaitStep(id, "migration.backup", "WAITING");
        var last = 450;
        var cause = new Cause("tests", "kafka/tests", "/tests", "1", TraceParent.start());
        append(LongStream.rangeClosed(2, last)
                .mapToObj(seq ->
                        new Entry(UUID.fromString(id), seq, Instant.now(), cause, new Input.TimeCame("t"), List.of()))
                .toList());

        // When
        var lines = read(Api.call().accept("application/jsonl").get("/api/v1/releases/%s/journal".formatted(id)));

        // Then
        assertThat(lines)
                .extracting(line -> line.path("seq").asInt())
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(0, last).boxed().toList());
    }

    @Test
    void aSecondWriterOfAnEntryIsToldToTryAgain() {
        // Given
        var id = UUID.fromString(Api.release(Api.application(), AWAITS));
        Api.awaitStep(id.toString(), "migration.backup", "WAITING");
        var cause = new Cause("tests", "kafka/tests", "/tests", "1", TraceParent.start());

        // When
        assertThatThrownBy(() ->
                        append(List.of(new Entry(id, 0, Instant.now(), cause, new Input.TimeCame("t"), List.of()))))

                // Then
                .isInstanceOf(TryAgainException.class);
    }

    private void append(List<Entry> entries) {
        jdbi.useTransaction(handle -> {
            var statements = new Statements(handle);
            journal.append(statements, entries);
            statements.send();
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"from=x", "to=-999999999-01-01T00:00:00Z", "application=%00", "environment=%00"})
    void aWrongExportIsRefused(String query) {
        assertThat(exported(query).statusCode()).isEqualTo(400);
    }

    private static Response exported(String query) {
        return Api.call().urlEncodingEnabled(false).accept("application/jsonl").get("/api/v1/journal?" + query);
    }

    private static List<JsonNode> read(Response lines) {
        return lines.asString().lines().map(JournalTest::tree).toList();
    }

    private static JsonNode tree(String json) {
        try {
            return EventJson.mapper().readTree(json);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}
