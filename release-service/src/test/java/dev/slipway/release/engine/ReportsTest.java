package dev.slipway.release.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What steps that await an event make of reports and webhooks. */
class ReportsTest {

    private static final String AWAITS = """
            phases:
              - name: migration
                steps:
                  - { name: backup, await: { event: BackupDone, timeout: 30m } }
                  - { name: upgrade, await: { event: MigrationDone, timeout: 15m } }
            """;

    @Test
    void anAwaitingStepSaysWhatItWaitsForAndUntilWhenAndWhatThen() {
        // When
        var story = Story.begun(AWAITS);

        // Then
        var waiting = story.progress("migration.backup").waiting().orElseThrow();
        assertThat(waiting.what()).isEqualTo("the event BackupDone");
        assertThat(waiting.since()).isEqualTo(Story.START);
        assertThat(waiting.until()).isEqualTo(Story.START.plus(Duration.ofMinutes(30)));
        assertThat(waiting.then()).isEqualTo("the step times out, and the release fails");
        assertThat(story.timers()).containsExactly(Map.entry(story.workId("migration.backup"), waiting.until()));
    }

    @Test
    void aReportEndsItsStepAndIsItsEvidence() {
        // Given
        var story = Story.begun(AWAITS);

        // When
        story.reported("BackupDone", Map.of("size", 12));

        // Then
        assertThat(story.step("migration.backup")).isEqualTo(StepState.SUCCEEDED);
        assertThat(story.evidence("migration.backup").summary()).isEqualTo("BackupDone was reported");
        assertThat(story.evidence("migration.backup").details())
                .containsEntry("event", "BackupDone")
                .containsEntry("eventId", "event-1")
                .containsEntry("data", Map.of("size", 12));
    }

    @Test
    void aReportThatComesEarlyIsKeptForItsStep() {
        // Given
        var story = Story.begun(AWAITS).reported("MigrationDone", Map.of("revision", "a1"));

        // When
        story.reported("BackupDone");

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.SUCCEEDED);
        assertThat(story.evidence("migration.upgrade").details()).containsEntry("data", Map.of("revision", "a1"));
        assertThat(story.timers()).isEmpty();
    }

    @Test
    void aReportMayComeWhileTheReleaseIsQueued() {
        // Given
        var story = Story.queued(AWAITS).reported("BackupDone");

        // When
        story.turnCame();

        // Then
        assertThat(story.step("migration.backup")).isEqualTo(StepState.SUCCEEDED);
    }

    @Test
    void theFirstOfTwoEarlyReportsIsKept() {
        // Given
        var story = Story.begun(AWAITS)
                .reported("MigrationDone", Map.of("revision", "first"))
                .reported("MigrationDone", Map.of("revision", "second"));

        // When
        story.reported("BackupDone");

        // Then
        assertThat(story.evidence("migration.upgrade").details()).containsEntry("data", Map.of("revision", "first"));
    }

    @Test
    void twoStepsThatAwaitTheSameEventTakeOneReportEach() {
        // Given
        var story = Story.begun("""
                phases:
                  - name: mobile
                    steps:
                      - { name: android, await: { event: MobileBuildDone } }
                      - { name: ios, needs: [], await: { event: MobileBuildDone } }
                """);

        // When
        story.reported("MobileBuildDone");

        // Then
        assertThat(story.steps().values()).containsExactly(StepState.SUCCEEDED, StepState.WAITING);
    }

    @Test
    void aReportThatNoStepAwaitsIsNotedAndChangesNothingElse() {
        // Given
        var story = Story.begun(AWAITS);
        var before = story.steps();

        // When
        story.reported("MobileBuildDone");

        // Then
        assertThat(story.steps()).isEqualTo(before);
        assertThat(story.lastTexts()).containsExactly("MobileBuildDone came, but no step awaits it");
    }

    @Test
    void aWebhookIsKeptForALaterStepOfThePhaseThatHasBegun() {
        // Given
        var story = Story.begun("""
                phases:
                  - name: webhooks
                    steps:
                      - { name: backup, await: { event: BackupDone } }
                      - { name: stripe, await: { event: WebhookVerified, where: { source: stripe } } }
                """).webhook(Map.of("source", "stripe"));

        // When
        story.reported("BackupDone");

        // Then
        assertThat(story.step("webhooks.stripe")).isEqualTo(StepState.SUCCEEDED);
    }

    @Test
    void aWebhookForAStepOfALaterPhaseIsNotKept() {
        // Given
        var story = Story.begun("""
                phases:
                  - { name: migration, steps: [{ name: backup, await: { event: BackupDone } }] }
                  - name: webhooks
                    steps: [{ name: stripe, await: { event: WebhookVerified, where: { source: stripe } } }]
                """);

        // When
        story.webhook(Map.of("source", "stripe"));

        // Then
        assertThat(story.last().matters()).isFalse();
        assertThat(story.reported("BackupDone").step("webhooks.stripe")).isEqualTo(StepState.WAITING);
    }

    @Test
    void whatDataMustSayIsPartOfWhatIsAwaited() {
        // When
        var story = Story.begun("""
                vars: { sender: stripe }
                phases:
                  - name: webhooks
                    steps:
                      - { name: stripe, await: { event: WebhookVerified, where: { type: invoice.paid, source: "${sender}" } } }
                """);

        // Then
        assertThat(story.waitingFor())
                .containsExactly("the event WebhookVerified with source stripe, type invoice.paid");
    }

    @ParameterizedTest
    @CsvSource({
        "source, stripe, SUCCEEDED",
        "source, revenuecat, WAITING",
        "payload.data.object, x, WAITING",
        "payload.data.object.id, in_1, SUCCEEDED",
        "payload.data.object.paid, true, SUCCEEDED",
        "payload.data.object.amount, 100, SUCCEEDED",
        "payload.data.object.amount, 1, WAITING",
        "payload.missing.id, in_1, WAITING",
        "source.of.text, stripe, WAITING",
        "flat.key, yes, SUCCEEDED",
        "'${release.version}', x, WAITING",
    })
    void aPathLeadsToWhatDataMustSay(String path, String value, StepState expected) {
        // Given
        var story = Story.begun("""
                phases:
                  - name: webhooks
                    steps: [ { name: first, await: { event: WebhookVerified, where: { "%s": "%s" } } } ]
                """.formatted(path, value));

        // When
        story.webhook(Map.of(
                "source", "stripe",
                "flat.key", "yes",
                "payload", Map.of("data", Map.of("object", Map.of("id", "in_1", "paid", true, "amount", 100)))));

        // Then
        assertThat(story.step("webhooks.first")).isEqualTo(expected);
    }

    @Test
    void whatDataMustSayMayNameTheVersion() {
        // Given
        var story = Story.begun("""
                phases:
                  - name: mobile
                    steps: [ { name: build, await: { event: MobileBuildDone, where: { version: "${release.version}" } } } ]
                """);

        // When
        story.reported("MobileBuildDone", Map.of("version", "1.3.9"))
                .reported("MobileBuildDone", Map.of("version", "1.4.0"));

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.SUCCEEDED);
        assertThat(story.texts()).contains("MobileBuildDone came, but no step awaits it");
    }

    @Test
    void aStepThatIsNotReportedInItsTimeTimesOut() {
        // Given
        var story = Story.begun(AWAITS);

        // When
        story.after(Duration.ofMinutes(30));

        // Then
        assertThat(story.step("migration.backup")).isEqualTo(StepState.TIMED_OUT);
        assertThat(story.evidence("migration.backup").summary())
                .isEqualTo("Timed out waiting for the event BackupDone");
        assertThat(story.state()).isEqualTo(ReleaseState.FAILED);
        assertThat(story.publishedNames()).endsWith("StepTimedOut", "ReleaseFailed");
    }

    @Test
    void aStepMayStillBeReportedJustBeforeItsTimeIsUp() {
        // Given
        var story = Story.begun(AWAITS).after(Duration.ofMinutes(30).minusMillis(1));

        // When
        story.reported("BackupDone");

        // Then
        assertThat(story.step("migration.backup")).isEqualTo(StepState.SUCCEEDED);
    }

    @Test
    void aTimerOfAStepThatHasEndedChangesNothing() {
        // Given
        var story = Story.begun(AWAITS);
        var timer = story.workId("migration.backup");
        story.reported("BackupDone");

        // When
        story.timeCame(timer);

        // Then
        assertThat(story.last().matters()).isFalse();
    }
}
