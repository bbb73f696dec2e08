package dev.slipway.probe.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.slipway.devstack.testing.InfrastructureResource;
import dev.slipway.event.CheckEvent.Check;
import dev.slipway.event.CheckEvent.CheckCompleted;
import dev.slipway.event.CheckEvent.CheckRequested;
import dev.slipway.event.CheckEvent.HttpCall;
import dev.slipway.event.EventJson;
import dev.slipway.event.Subject;
import dev.slipway.messaging.TraceParent;
import dev.slipway.probe.Conversation;
import dev.slipway.probe.Replica;
import dev.slipway.probe.Target;
import dev.slipway.probe.check.Checker;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(InfrastructureResource.class)
class CheckRequestTest {

    private final Target target = new Target();
    private final Subject subject = new Subject("app-" + UUID.randomUUID(), "production");
    private final UUID releaseId = UUID.randomUUID();
    private final String checkId = "check-" + UUID.randomUUID();

    @Inject
    Conversation conversation;

    @Inject
    Jdbi jdbi;

    @Inject
    CheckRequests requests;

    @Inject
    CheckRequestRunner runner;

    @Inject
    Checker checker;

    @AfterEach
    void end() {
        target.close();
    }

    @Test
    void aCheckThatWasAskedForIsMadeAndAnswered() {
        // When
        var trace = conversation.tell(subject, new CheckRequested(checkId, releaseId, check()));

        // Then
        var answer =
                conversation.awaits(CheckCompleted.class, it -> it.checkId().equals(checkId));
        assertThat(answer.subject()).isEqualTo(subject.toString());
        assertThat(answer.trace()).isEqualTo(trace.value());
        assertThat((CheckCompleted) answer.event()).satisfies(completed -> {
            assertThat(completed.passed()).isTrue();
            assertThat(completed.releaseId()).isEqualTo(releaseId);
            assertThat(completed.evidence().summary()).contains("answered 200 in ");
            assertThat(completed.evidence().details()).containsEntry("status", 200);
        });
    }

    @Test
    void aCheckThatFailsIsAnsweredWithTheReason() {
        // Given
        target.beSick();

        // When
        conversation.tell(subject, new CheckRequested(checkId, releaseId, check()));

        // Then
        var answer = conversation.hears(CheckCompleted.class, it -> it.checkId().equals(checkId));
        assertThat(answer.passed()).isFalse();
        assertThat(answer.evidence().summary()).endsWith("0 of 1 conditions hold, not [STATUS] == 200 (503)");
    }

    @Test
    void aCheckThatIsAskedForTwiceUnderOneIdIsMadeAndAnsweredOnce() {
        // Given
        conversation.tell(subject, new CheckRequested(checkId, releaseId, check()));
        conversation.hears(CheckCompleted.class, it -> it.checkId().equals(checkId));

        // When
        conversation.tell(subject, new CheckRequested(checkId, releaseId, check()));
        conversation.tell(subject, new CheckRequested(checkId + "-next", releaseId, check()));

        // Then
        conversation.hears(CheckCompleted.class, it -> it.checkId().equals(checkId + "-next"));
        assertThat(conversation.heard(CheckCompleted.class, it -> it.checkId().equals(checkId)))
                .hasSize(1);
        assertThat(target.requests()).hasSize(2);
    }

    @Test
    void aCheckOfAReplicaThatDiedIsMadeAgain() {
        // Given
        insert(checkId, "1 second");

        // When
        var answer = conversation.hears(CheckCompleted.class, it -> it.checkId().equals(checkId));

        // Then
        assertThat(answer.passed()).isTrue();
    }

    @Test
    void aCheckOfAReplicaThatLivesIsLeftToIt() {
        // Given
        insert(checkId, "1 hour");

        // When
        conversation.tell(subject, new CheckRequested(checkId + "-next", releaseId, check()));

        // Then
        conversation.hears(CheckCompleted.class, it -> it.checkId().equals(checkId + "-next"));
        assertThat(target.requests()).hasSize(1);
    }

    @Test
    void anAnswerOfAReplicaThatLostItsLeaseIsNotGiven() throws Exception {
        // Given
        insert(checkId, "1 hour");
        var held = new HeldRequest(checkId, subject, releaseId, TraceParent.start(), check());
        var result = checker.prepare(check()).make();

        // When
        requests.complete(new Replica(UUID.randomUUID()), held, result);

        // Then
        assertThat(completedAt(checkId)).isEmpty();
    }

    @Test
    void aReplicaThatEndsLeavesItsChecksToOthersAtOnce() {
        // Given
        var ending = insert(checkId, "1 hour");

        // When
        requests.release(ending);

        // Then
        var answer = conversation.hears(CheckCompleted.class, it -> it.checkId().equals(checkId));
        assertThat(answer.passed()).isTrue();
    }

    @Test
    void aSignOfLifeKeepsACheckThatTakesLong() {
        // Given
        target.hang();
        var check = new Check(check().http(), Optional.empty(), check().expect(), Duration.ofSeconds(7));

        // When
        conversation.tell(subject, new CheckRequested(checkId, releaseId, check));

        // Then
        var answer = conversation.hears(CheckCompleted.class, it -> it.checkId().equals(checkId));
        assertThat(answer.evidence().summary()).contains("timed out after 7s");
        assertThat(target.requests()).hasSize(1);
    }

    @Test
    void answeredChecksAreForgottenAfterAWhile() {
        // Given
        conversation.tell(subject, new CheckRequested(checkId, releaseId, check()));
        await().until(() -> completedAt(checkId).isPresent());
        jdbi.useHandle(handle -> handle.execute(
                "UPDATE requested_check SET completed_at = ? WHERE check_id = ?",
                Clock.systemUTC().instant().minus(Duration.ofDays(8)).atOffset(ZoneOffset.UTC),
                checkId));

        // When
        runner.forget();

        // Then
        assertThat(jdbi.<Integer, RuntimeException>withHandle(
                        handle -> handle.createQuery("SELECT count(*) FROM requested_check WHERE check_id = ?")
                                .bind(0, checkId)
                                .mapTo(Integer.class)
                                .one()))
                .isZero();
    }

    private Check check() {
        return new Check(
                Optional.of(new HttpCall("GET", target.url("/health"), Map.of(), Optional.empty())),
                Optional.empty(),
                List.of("[STATUS] == 200"),
                Duration.ofSeconds(5));
    }

    /** A check that another replica has taken. */
    private Replica insert(String id, String leaseLeft) {
        var other = new Replica(UUID.randomUUID());
        jdbi.useHandle(handle -> handle.createUpdate("""
                        INSERT INTO requested_check (check_id, subject, release_id, trace, definition, requested_at, holder, leased_until)
                        VALUES (:id, :subject, :release, :trace, :definition::jsonb, now(), :holder, now() + :left::interval)
                        """)
                .bind("id", id)
                .bind("subject", subject.toString())
                .bind("release", releaseId)
                .bind("trace", TraceParent.start().value())
                .bind("definition", EventJson.mapper().valueToTree(check()).toString())
                .bind("holder", other.id())
                .bind("left", leaseLeft)
                .execute());
        return other;
    }

    private Optional<OffsetDateTime> completedAt(String id) {
        return jdbi.withHandle(handle -> handle.createQuery(
                        "SELECT completed_at FROM requested_check WHERE check_id = ? AND completed_at IS NOT NULL")
                .bind(0, id)
                .mapTo(OffsetDateTime.class)
                .findOne());
    }
}
