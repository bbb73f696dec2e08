package dev.slipway.release.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.event.ReleaseEvent.PhaseStarted;
import dev.slipway.event.ReleaseEvent.StepSkipped;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The order in which phases and steps begin. */
class PhasesTest {

    private static final String TWO_PHASES = """
            phases:
              - name: migration
                steps:
                  - { name: backup, await: { event: BackupDone } }
                  - { name: upgrade, await: { event: MigrationDone } }
              - name: mobile
                steps:
                  - { name: build, await: { event: MobileBuildDone } }
            """;

    @Test
    void aReleaseThatWasAskedForDoesNothingBeforeItsTurn() {
        // Given
        var story = Story.queued(TWO_PHASES);

        // When
        story.after(Duration.ofDays(6));

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.QUEUED);
        assertThat(story.published()).isEmpty();
        assertThat(story.timers()).containsOnlyKeys("queue");
    }

    @Test
    void itsFirstStepBeginsWhenItsTurnComes() {
        // Given
        var story = Story.queued(TWO_PHASES);

        // When
        story.turnCame();

        // Then
        assertThat(story.steps())
                .containsExactly(
                        Map.entry("migration.backup", StepState.WAITING),
                        Map.entry("migration.upgrade", StepState.PENDING),
                        Map.entry("mobile.build", StepState.PENDING));
        assertThat(story.publishedNames()).containsExactly("ReleaseStarted", "PhaseStarted", "StepStarted");
        assertThat(story.release().startedAt()).contains(Story.START);
    }

    @Test
    void aSecondTurnChangesNothing() {
        // Given
        var story = Story.begun(TWO_PHASES);

        // When
        story.turnCame();

        // Then
        assertThat(story.last().matters()).isFalse();
    }

    @Test
    void theNextPhaseBeginsWhenAllStepsOfThePhaseHaveEnded() {
        // Given
        var story = Story.begun(TWO_PHASES).reported("BackupDone");

        // When
        story.reported("MigrationDone");

        // Then
        assertThat(story.release().phase()).isEqualTo(1);
        assertThat(story.step("mobile.build")).isEqualTo(StepState.WAITING);
        assertThat(story.published(PhaseStarted.class))
                .extracting(PhaseStarted::phase)
                .containsExactly("migration", "mobile");
    }

    @Test
    void theReleaseSucceedsWithItsLastPhase() {
        // Given
        var story = Story.begun(TWO_PHASES).reported("BackupDone").reported("MigrationDone");

        // When
        story.reported("MobileBuildDone");

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.SUCCEEDED);
        assertThat(story.release().endedAt()).contains(story.now());
        assertThat(story.publishedNames()).endsWith("StepSucceeded", "PhaseSucceeded", "ReleaseSucceeded");
        assertThat(story.timers()).isEmpty();
    }

    @Test
    void stepsThatNeedNothingBeginTogether() {
        // When
        var story = Story.begun("""
                phases:
                  - name: mobile
                    steps:
                      - { name: android, await: { event: AndroidBuilt } }
                      - { name: ios, needs: [], await: { event: IosBuilt } }
                      - { name: publish, needs: [android, ios], await: { event: Published } }
                """);

        // Then
        assertThat(story.steps().values()).containsExactly(StepState.WAITING, StepState.WAITING, StepState.PENDING);
    }

    @Test
    void asSoonAsOneStepSaysWhatItNeedsTheRestBeginsAtOnce() {
        // When
        var story = Story.begun("""
                phases:
                  - name: mobile
                    steps:
                      - { name: android, await: { event: AndroidBuilt } }
                      - { name: ios, await: { event: IosBuilt } }
                      - { name: publish, needs: [ios], await: { event: Published } }
                """);

        // Then
        assertThat(story.steps().values()).containsExactly(StepState.WAITING, StepState.WAITING, StepState.PENDING);
    }

    @Test
    void aStepWaitsForTheStepAboveThatItAsksAfter() {
        // Given
        var story = Story.begun("""
                phases:
                  - name: migration
                    steps:
                      - { name: upgrade, needs: [], run: deploy, on-failure: continue }
                      - { name: mend, await: { event: Mended }, if: failed(upgrade) }
                """);
        assertThat(story.step("migration.mend")).isEqualTo(StepState.PENDING);

        // When
        story.operationFailed("migration.upgrade");

        // Then
        assertThat(story.step("migration.mend")).isEqualTo(StepState.WAITING);
    }

    @ParameterizedTest
    @CsvSource({"AndroidBuilt, PENDING", "IosBuilt, PENDING", "AndroidBuilt+IosBuilt, WAITING"})
    void aStepBeginsWhenAllThatItNeedsHasEnded(String events, StepState expected) {
        // Given
        var story = Story.begun("""
                phases:
                  - name: mobile
                    steps:
                      - { name: android, await: { event: AndroidBuilt } }
                      - { name: ios, needs: [], await: { event: IosBuilt } }
                      - { name: publish, needs: [android, ios], await: { event: Published } }
                """);

        // When
        for (var event : events.split("\\+")) {
            story.reported(event);
        }

        // Then
        assertThat(story.step("mobile.publish")).isEqualTo(expected);
    }

    @Test
    void theNextPhaseWaitsForEveryStepOfParallelOnes() {
        // Given
        var story = Story.begun("""
                phases:
                  - name: mobile
                    steps:
                      - { name: android, await: { event: AndroidBuilt } }
                      - { name: ios, needs: [], await: { event: IosBuilt } }
                  - name: go-live
                    steps: [ { name: live, await: { event: WentLive } } ]
                """);

        // When
        story.reported("IosBuilt");

        // Then
        assertThat(story.step("go-live.live")).isEqualTo(StepState.PENDING);
    }

    @Test
    void aStepWhoseConditionDoesNotHoldIsSkippedAndTheReleaseGoesOn() {
        // When
        var story = Story.begun("""
                phases:
                  - name: migration
                    steps:
                      - { name: cleanup, await: { event: Cleaned }, if: mobile.build }
                      - { name: upgrade, await: { event: MigrationDone } }
                  - name: mobile
                    steps: [ { name: build, await: { event: MobileBuildDone } } ]
                """);

        // Then
        assertThat(story.step("migration.cleanup")).isEqualTo(StepState.SKIPPED);
        assertThat(story.step("migration.upgrade")).isEqualTo(StepState.WAITING);
        assertThat(story.published(StepSkipped.class)).hasSize(1);
        assertThat(story.progress("migration.cleanup").attempt()).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "upgrade, WAITING",
        "'!upgrade', SKIPPED",
        "failed(upgrade), WAITING",
        "succeeded(upgrade), SKIPPED",
        "begun(upgrade) && failed(upgrade), WAITING",
        "succeeded(upgrade) || succeeded(migration.backup), WAITING",
    })
    void aConditionAsksWhatBecameOfOtherSteps(String condition, StepState expected) {
        // Given a backup that succeeds, and an upgrade that fails
        var story = Story.begun("""
                phases:
                  - name: migration
                    steps:
                      - { name: backup, await: { event: BackupDone } }
                      - { name: upgrade, run: deploy, on-failure: continue }
                      - { name: mend, await: { event: Mended }, if: "%s" }
                """.formatted(condition)).reported("BackupDone");

        // When
        story.operationFailed("migration.upgrade");

        // Then
        assertThat(story.step("migration.mend")).isEqualTo(expected);
    }

    @Test
    void aReleaseOfNothingButSkippedStepsSucceedsAtOnce() {
        // When
        var story = Story.begun("""
                phases:
                  - name: migration
                    steps: [ { name: upgrade, await: { event: MigrationDone }, if: "!upgrade && upgrade" } ]
                """);

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.SUCCEEDED);
    }

    @Test
    void everyChangeIsOneRevision() {
        // When
        var story = Story.begun(TWO_PHASES).reported("BackupDone").turnCame().reported("MigrationDone");

        // Then
        assertThat(story.release().revision()).isEqualTo(3);
    }
}
