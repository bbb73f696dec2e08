package dev.slipway.release.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.devstack.testing.InfrastructureResource;
import dev.slipway.release.Api;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.util.UUID;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is kept for a time only. */
@QuarkusTest
@QuarkusTestResource(InfrastructureResource.class)
class RetentionTest {

    private static final String AWAITS = """
            phases:
              - name: migration
                steps: [ { name: backup, await: { event: BackupDone } } ]
            """;

    @Inject
    Retention retention;

    @Inject
    Jdbi jdbi;

    private final String name = UUID.randomUUID().toString();

    private void execute(String statement, Object... values) {
        jdbi.useHandle(handle -> handle.execute(statement, values));
    }

    private int count(String statement, Object... values) {
        return jdbi.withHandle(
                handle -> handle.select(statement, values).mapTo(Integer.class).one());
    }

    @Test
    void idempotencyKeysAreForgottenAfterADay() {
        // Given: more than one chunk of old ones
        execute("""
                INSERT INTO idempotency (caller, key, request, status, body, created_at)
                SELECT ?, i, '', 202, '', now() - CASE WHEN i <= 2500 THEN interval '25 hours' ELSE interval '23 hours' END
                FROM generate_series(1, 2510) AS i
                """, name);

        // When
        retention.sweep();

        // Then
        assertThat(count("SELECT count(*) FROM idempotency WHERE caller = ?", name))
                .isEqualTo(10);
    }

    @Test
    void aCallThatNeverHadItsEffectIsForgottenAfterAWeek() {
        // Given
        execute("""
                INSERT INTO accepted (event_id, release_id, event, actor, origin, at)
                SELECT ? || i, gen_random_uuid(), 'E', ?, 'o', now() - i * interval '1 day' FROM generate_series(1, 10) AS i
                """, name, name);

        // When
        retention.sweep();

        // Then
        assertThat(count("SELECT count(*) FROM accepted WHERE actor = ?", name)).isEqualTo(6);
    }

    @ParameterizedTest
    @CsvSource({
        "SUCCEEDED, 91, ABORTED, 0",
        "FAILED, 91, ABORTED, 0",
        "CANCELLED, 91, ABORTED, 0",
        "SUCCEEDED, 89, ABORTED, 1",
        "SUCCEEDED, 91, RUNNING, 1",
        "PENDING, 91, ABORTED, 1",
        "RUNNING, 91, ABORTED, 1"
    })
    void anOperationIsKeptForNinetyDaysAndAsLongAsItOrItsReleaseGoesOn(
            String state, int days, String release, int kept) {
        // Given
        var id = Api.release(Api.application(), AWAITS);
        Api.awaitState(id, "RUNNING");
        if (release.equals("ABORTED")) {
            Api.act(id, "abort", "{}").then().statusCode(202);
            Api.awaitState(id, "ABORTED");
        }
        execute("""
                INSERT INTO operation (key, release_id, subject, kind, settings, state, until, next_attempt_at,
                                       lease_until, trace)
                VALUES (?, ?::uuid, ?, 'http', '{}', ?, now() - ? * interval '1 day', now() + interval '1 hour',
                        now() + interval '1 hour', '')
                """, name, id, name, state, days);

        // When
        retention.sweep();

        // Then
        assertThat(count("SELECT count(*) FROM operation WHERE subject = ?", name))
                .isEqualTo(kept);
        execute("DELETE FROM operation WHERE subject = ?", name);
    }
}
