package dev.slipway.release.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;

import dev.slipway.devstack.testing.InfrastructureResource;
import dev.slipway.release.Api;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Journals of releases that went through Kafka and PostgreSQL replay to what is stored of them. */
@QuarkusTest
@QuarkusTestResource(InfrastructureResource.class)
class VerificationTest {

    private static final String PLAN = """
            phases:
              - name: migration
                steps:
                  - { name: backup, await: { event: BackupDone, timeout: 30m }, on-failure: ask }
                  - { name: upgrade, await: { event: MigrationDone } }
              - name: go-live
                steps:
                  - { name: approval, approve: { by: us, self-approval: true } }
            rollback: { steps: [ { name: revert, await: { event: Reverted } } ] }
            """;

    @Inject
    Jdbi jdbi;

    @Inject
    EventBus bus;

    private static String release() {
        var id = Api.release(Api.application(), PLAN);
        Api.awaitStep(id, "migration.backup", "WAITING");
        return id;
    }

    private static void assertReplays(String id) {
        Api.call()
                .get("/api/v1/releases/%s/journal/verification".formatted(id))
                .then()
                .statusCode(200)
                .body("releaseId", equalTo(id))
                .body("differences", hasSize(0))
                .body("revision", equalTo(Api.status(id).getInt("revision")));
    }

    @Test
    void aReleaseThatSucceededReplays() {
        var id = release();
        Api.act(id, "events", """
                        {"type": "BackupDone", "data": {"size": 1.50, "rate": 1e3, "tiny": 1e-7, "long": 9007199254740993,
                         "none": null, "b": 1, "a": {"z": [1, {"y": 2}], "x": "\u00fc \ud83d\ude80"}}}""").then().statusCode(202);
        Api.report(id, "MigrationDone");
        Api.awaitStep(id, "go-live.approval", "WAITING");
        Api.act(id, "approve", Map.of("comment", "go")).then().statusCode(202);
        Api.awaitState(id, "SUCCEEDED");

        assertReplays(id);
    }

    @Test
    void aReleaseThatPeopleInterferedWithReplays() {
        var id = release();
        Api.act(id, "pause", Map.of("reason", "lunch")).then().statusCode(202);
        Api.awaitState(id, "PAUSED");
        Api.report(id, "MigrationDone");
        Api.act(id, "resume", "{}").then().statusCode(202);
        Api.awaitState(id, "RUNNING");
        bus.publishRaw("slipway.releases", Api.status(id).getString("application") + "/staging", "Nobody", "{}");
        Api.act(id, "rollback", Map.of("reason", "customers complain")).then().statusCode(202);
        Api.awaitStep(id, "rollback.revert", "WAITING");
        Api.report(id, "Reverted");
        Api.awaitState(id, "ROLLED_BACK");

        assertReplays(id);
    }

    @Test
    void aReleaseWhoseTimersFiredReplays() {
        var id = Api.release(Api.application(), PLAN.replace("30m", "100ms"));
        Api.awaitState(id, "PAUSED");
        Api.act(id, "retry", "{}").then().statusCode(202);
        Api.awaitStep(id, "migration.backup", "TIMED_OUT");
        Api.act(id, "abort", "{}").then().statusCode(202);
        Api.awaitState(id, "ABORTED");

        assertReplays(id);
    }

    @ParameterizedTest
    @ValueSource(strings = {"RUNNING", "QUEUED"})
    void aReleaseUnderWayReplays(String state) {
        var application = Api.application();
        var first = Api.release(application, PLAN);
        Api.awaitStep(first, "migration.backup", "WAITING");

        assertReplays(state.equals("RUNNING") ? first : Api.ask(application, "2"));
    }

    @Test
    void aReleaseThatWasAskedForOnKafkaReplays() {
        var application = Api.application();
        Api.store(application, PLAN);
        var id = UUID.randomUUID().toString();
        bus.publishRaw("slipway.releases", application + "/staging", "ReleaseRequested", """
                {"releaseId": "%s", "version": "1", "requestedBy": "ci", "planVersion": 1, "notifications": []}""".formatted(id));
        await().untilAsserted(
                        () -> Api.call().get("/api/v1/releases/" + id).then().statusCode(200));
        Api.awaitStep(id, "migration.backup", "WAITING");

        assertReplays(id);
    }

    @Test
    void aTimeThatTheDatabaseWroteIsTheSameTime() {
        // Given: with more zeros, as a migration may write it
        var application = Api.application();
        Api.release(application, PLAN);
        var id = Api.ask(application, "2");
        jdbi.useHandle(handle -> handle.execute("""
                UPDATE release SET progress = jsonb_set(progress::jsonb, '{waiting,until}', to_jsonb(to_char(
                    (progress -> 'waiting' ->> 'until')::timestamptz AT TIME ZONE 'UTC',
                    'YYYY-MM-DD"T"HH24:MI:SS.US"000Z"')))
                WHERE id = ?
                """, UUID.fromString(id)));

        // Then
        assertReplays(id);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "progress = jsonb_set(progress::jsonb, '{version}', '\"9\"') | /version | \"9\" | \"1.0.0\"",
                "progress = jsonb_set(progress::jsonb, '{steps,0,attempt}', '7') | /steps/0/attempt | 7 | 1",
                "progress = progress::jsonb - 'startedAt' | /startedAt | none |",
                "state = 'FAILED' | /state | \"FAILED\" | \"RUNNING\"",
                "revision = 2 | /revision | 2 | 1",
                "version = '9' | /version | \"9\" | \"1.0.0\"",
                "requested_at = '2020-02-02T00:00:00Z' | /requestedAt | \"2020-02-02T00:00:00Z\" |",
                "ended_at = '2020-02-02T00:00:00Z' | /endedAt | \"2020-02-02T00:00:00Z\" | none"
            })
    void aStateThatWasTamperedWithIsFound(String tampered, String path, String stored, String replayed) {
        // Given
        var id = release();
        jdbi.useHandle(handle ->
                handle.execute("UPDATE release SET %s WHERE id = ?".formatted(tampered), UUID.fromString(id)));

        // When
        var differences = Api.call()
                .get("/api/v1/releases/%s/journal/verification".formatted(id))
                .jsonPath();

        // Then
        assertThat(differences.getList("differences.path")).isEqualTo(List.of(path));
        assertThat(differences.getString("differences[0].stored")).isEqualTo(stored);
        if (replayed != null) {
            assertThat(differences.getString("differences[0].replayed")).isEqualTo(replayed);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "DELETE FROM journal WHERE release_id = ? AND seq = 1 | /state",
                "DELETE FROM journal WHERE release_id = ? AND seq = 0 | /input",
                "UPDATE journal SET input = '{\"input\": \"Vanished\"}' WHERE release_id = ? AND seq = 1 | ''",
                "UPDATE journal SET at = at + interval '1 second' WHERE release_id = ? AND seq = 1 | /startedAt",
                "UPDATE journal SET changes = '[]' WHERE release_id = ? AND seq = 1 | /changes",
                "UPDATE journal SET seq = 5 WHERE release_id = ? AND seq = 1 | /seq"
            })
    void aJournalThatWasTamperedWithIsFound(String tampering, String path) {
        // Given: one who owns the database can switch its trigger off
        var id = release();
        jdbi.useTransaction(handle -> {
            handle.execute("ALTER TABLE journal DISABLE TRIGGER journal_append_only");
            handle.execute(tampering, UUID.fromString(id));
            handle.execute("ALTER TABLE journal ENABLE TRIGGER journal_append_only");
        });

        // When
        var verdict = Api.call()
                .get("/api/v1/releases/%s/journal/verification".formatted(id))
                .jsonPath();

        // Then
        assertThat(verdict.<String>getList("differences.path")).contains(path);
    }

    @Test
    void manyJournalsAreVerifiedAndCounted() {
        // Given
        var application = Api.application();
        var first = Api.release(application, PLAN);
        Api.awaitStep(first, "migration.backup", "WAITING");
        var second = Api.ask(application, "2");
        jdbi.useHandle(handle -> handle.execute(
                "UPDATE release SET progress = jsonb_set(progress::jsonb, '{reason}', '\"x\"') WHERE id = ?",
                UUID.fromString(second)));

        // When
        var lines = Api.call()
                .accept("application/jsonl")
                .get("/api/v1/journal/verification?application=" + application)
                .asString()
                .lines()
                .toList();

        // Then
        assertThat(lines).hasSize(3);
        assertThat(lines.get(0)).contains(first, "\"differences\":[]");
        assertThat(lines.get(1)).contains(second, "\"path\":\"/reason\"");
        assertThat(lines.get(2)).isEqualTo("{\"verified\":2,\"differing\":1}");
    }

    @Test
    void theJournalOfAReleaseThatIsNotThereIsNotVerified() {
        Api.call()
                .get("/api/v1/releases/%s/journal/verification".formatted(UUID.randomUUID()))
                .then()
                .statusCode(404);
    }
}
