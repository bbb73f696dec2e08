package dev.slipway.release.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.slipway.devstack.testing.InfrastructureResource;
import dev.slipway.event.ReleaseEvent.ReleaseRequested;
import dev.slipway.event.Subject;
import dev.slipway.messaging.Ids;
import dev.slipway.messaging.Outbox;
import dev.slipway.messaging.TraceParent;
import dev.slipway.release.Api;
import dev.slipway.release.engine.Release;
import dev.slipway.release.freeze.Freezes;
import dev.slipway.release.journal.Journal.Cause;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

/** Releases that nothing would wake. */
@QuarkusTest
@QuarkusTestResource(InfrastructureResource.class)
class SweeperTest {

    private static final String AWAITS = """
            phases:
              - name: migration
                steps: [ { name: backup, await: { event: BackupDone } } ]
            """;

    @Inject
    Sweeper sweeper;

    @Inject
    Jdbi jdbi;

    @Inject
    Outbox outbox;

    @Inject
    Freezes freezes;

    @Inject
    Requests requests;

    @Test
    void aReleaseThatWaitsForSomethingIsNotForgotten() {
        // Given
        var id = Api.release(Api.application(), AWAITS);
        Api.awaitStep(id, "migration.backup", "WAITING");

        // When
        sweeper.sweep();
        var forgotten = sweeper.sweep();

        // Then
        assertThat(forgotten).extracting(Release::id).doesNotContain(UUID.fromString(id));
    }

    @Test
    void aReleaseWithoutAnyWakeUpIsFound() {
        // Given
        var id = Api.release(Api.application(), AWAITS);
        Api.awaitStep(id, "migration.backup", "WAITING");

        // When
        jdbi.useHandle(handle -> handle.execute("DELETE FROM timer WHERE release_id = ?", UUID.fromString(id)));

        // Then
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() ->
                        assertThat(sweeper.sweep()).extracting(Release::id).contains(UUID.fromString(id)));
        Api.act(id, "abort", "{}").then().statusCode(202);
    }

    @Test
    void aReleaseWhoseWakeUpIsStillToBePublishedIsNotForgotten() {
        // Given
        var application = Api.application();
        var id = Api.release(application, AWAITS);
        Api.awaitStep(id, "migration.backup", "WAITING");

        // When: in a transaction that nobody sees, so that nobody publishes it
        var forgotten = jdbi.inTransaction(handle -> {
            handle.execute("DELETE FROM timer WHERE release_id = ?", UUID.fromString(id));
            handle.execute(
                    "INSERT INTO outbox (topic, record_key, headers) VALUES ('slipway.releases', ?, '{}')",
                    application + "/staging");
            var within = new Sweeper(
                    Jdbi.create(handle.getConnection()), outbox, freezes, Clock.systemUTC(), new SimpleMeterRegistry());
            within.sweep();
            var found = within.sweep();
            handle.rollback();
            return found;
        });

        // Then
        assertThat(forgotten).extracting(Release::id).doesNotContain(UUID.fromString(id));
    }

    @Test
    void aQueuedReleaseWhoseTurnNobodyToldBegins() {
        // Given: its row stands there, but the event that should have followed was lost
        var application = Api.application();
        Api.store(application, AWAITS);
        var id = Ids.next();
        jdbi.useTransaction(handle -> requests.take(
                handle,
                new Subject(application, "staging"),
                new ReleaseRequested(
                        id, "1.0.0", Optional.empty(), Optional.empty(), "ci", Optional.empty(), 1, List.of()),
                Instant.now(),
                new Cause("ci", "kafka/ci", "/ci", "1", TraceParent.start())));

        // When
        sweeper.sweep();
        sweeper.sweep();

        // Then
        Api.awaitStep(id.toString(), "migration.backup", "WAITING");
    }
}
