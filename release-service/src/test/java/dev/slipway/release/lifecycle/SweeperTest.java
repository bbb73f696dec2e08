package dev.slipway.release.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.slipway.devstack.testing.InfrastructureResource;
import dev.slipway.event.ReleaseEvent.ReleaseRequested;
import dev.slipway.event.Subject;
import dev.slipway.messaging.Ids;
import dev.slipway.messaging.TraceParent;
import dev.slipway.release.Api;
import dev.slipway.release.engine.Release;
import dev.slipway.release.journal.Journal.Cause;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
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
