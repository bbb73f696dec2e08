package dev.slipway.release.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.event.Evidence;
import dev.slipway.release.engine.Release.Stage;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Steps that run an operation, and those that await a report of it as well. */
class OperationsTest {

    private static final String RUN = """
            vars: { api: "https://api.shop.example" }
            phases:
              - name: go-live
                steps:
                  - name: deploy
                    run: deploy
                    with:
                      target: "${api}"
                      version: "${release.version}-${release.commit}"
                      token: "${secrets.TOKEN}"
                      tags: ["${vars.api}", 7, true]
                    timeout: 10m
            """;

    private static final String RUN_UNTIL = """
            phases:
              - name: migration
                steps:
                  - { name: upgrade, run: deploy, until: { event: MigrationDone, timeout: 15m } }
            """;

    @Test
    void aStepRunsItsOperationUnderAKeyOfItsOwnWithReferencesFilledInButSecrets() {
        // When
        var story = Story.begun(RUN);

        // Then
        assertThat(story.operations()).singleElement().satisfies(operation -> {
            assertThat(operation.workId()).isEqualTo(Story.ID + "/go-live/deploy/1");
            assertThat(operation.operation()).isEqualTo("deploy");
            assertThat(operation.until()).isEqualTo(Story.START.plus(Duration.ofMinutes(10)));
            assertThat(operation.with())
                    .isEqualTo(Map.of(
                            "target", "https://api.shop.example",
                            "version", "1.4.0-c0ffee",
                            "token", "${secrets.TOKEN}",
                            "tags", List.of("https://api.shop.example", 7L, true)));
        });
        assertThat(story.step("go-live.deploy")).isEqualTo(StepState.RUNNING);
        assertThat(story.waitingFor()).containsExactly("the operation deploy to end");
    }

    @Test
    void theStepEndsAsItsOperationDoes() {
        // Given
        var story = Story.begun(RUN);

        // When
        story.operationDone("go-live.deploy");

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.SUCCEEDED);
        assertThat(story.evidence("go-live.deploy")).isEqualTo(Evidence.of("it is done"));
    }

    @Test
    void theStepFailsWithItsOperation() {
        // Given
        var story = Story.begun(RUN);

        // When
        story.operationFailed("go-live.deploy");

        // Then
        assertThat(story.step("go-live.deploy")).isEqualTo(StepState.FAILED);
        assertThat(story.release().reason()).contains("go-live.deploy: the provider refused");
    }

    @Test
    void anOperationThatTakesTooLongIsGivenUp() {
        // Given
        var story = Story.begun(RUN);

        // When
        story.after(Duration.ofMinutes(10));

        // Then
        assertThat(story.step("go-live.deploy")).isEqualTo(StepState.TIMED_OUT);
        assertThat(story.cancelledOperations()).containsExactly(story.workId("go-live.deploy"));
    }

    @Test
    void anOperationThatTakesTooLongLeavesWhatKeptItAsEvidence() {
        // Given
        var story = Story.begun(RUN).after(Duration.ofMinutes(9));

        // When
        story.given(
                new Input.TimeCame(story.workId("go-live.deploy"), Optional.of("POST /deploy answered 503 (try 4)")));

        // Then
        assertThat(story.step("go-live.deploy")).isEqualTo(StepState.TIMED_OUT);
        assertThat(story.evidence("go-live.deploy").summary())
                .isEqualTo("Timed out waiting for the operation deploy to end: POST /deploy answered 503 (try 4)");
    }

    @Test
    void theReportIsAwaitedWhenTheOperationHasEnded() {
        // Given
        var story = Story.begun(RUN_UNTIL).after(Duration.ofMinutes(5));

        // When
        story.operationDone("migration.upgrade");

        // Then: within the time of the whole step
        var step = story.progress("migration.upgrade");
        assertThat(step.state()).isEqualTo(StepState.WAITING);
        assertThat(step.stage()).isEqualTo(Stage.REPORT);
        assertThat(step.waiting().orElseThrow().what()).isEqualTo("the event MigrationDone");
        assertThat(step.waiting().orElseThrow().until()).isEqualTo(Story.START.plus(Duration.ofMinutes(15)));
        assertThat(story.timers()).containsKey(story.workId("migration.upgrade"));
    }

    @Test
    void theReportAfterTheOperationEndsTheStep() {
        // Given
        var story = Story.begun(RUN_UNTIL).operationDone("migration.upgrade");

        // When
        story.reported("MigrationDone", Map.of("revision", "a1"));

        // Then
        assertThat(story.step("migration.upgrade")).isEqualTo(StepState.SUCCEEDED);
        assertThat(story.evidence("migration.upgrade").details()).containsEntry("data", Map.of("revision", "a1"));
    }

    @Test
    void theReportBeforeTheOperationsEndIsKept() {
        // Given
        var story = Story.begun(RUN_UNTIL).reported("MigrationDone", Map.of("revision", "a1"));
        assertThat(story.step("migration.upgrade")).isEqualTo(StepState.RUNNING);

        // When
        story.operationDone("migration.upgrade");

        // Then
        assertThat(story.step("migration.upgrade")).isEqualTo(StepState.SUCCEEDED);
        assertThat(story.evidence("migration.upgrade").details()).containsEntry("data", Map.of("revision", "a1"));
    }

    @Test
    void aReportDoesNotMakeUpForAFailedOperation() {
        // Given
        var story = Story.begun(RUN_UNTIL).reported("MigrationDone");

        // When
        story.operationFailed("migration.upgrade");

        // Then
        assertThat(story.step("migration.upgrade")).isEqualTo(StepState.FAILED);
    }

    @Test
    void aReportThatDoesNotComeTimesOutAndNothingIsLeftToCancel() {
        // Given
        var story = Story.begun(RUN_UNTIL).operationDone("migration.upgrade");

        // When
        story.after(Duration.ofMinutes(15));

        // Then
        assertThat(story.step("migration.upgrade")).isEqualTo(StepState.TIMED_OUT);
        assertThat(story.cancelledOperations()).isEmpty();
    }

    @Test
    void aReportBeforeTheOperationBeganIsNotOneOfIt() {
        // Given: no operation was asked for when the report came, so it tells of another one
        var story = Story.begun("""
                phases:
                  - name: migration
                    steps:
                      - { name: upgrade, run: deploy, approve: { by: dba }, until: { event: MigrationDone } }
                """);

        // When
        story.reported("MigrationDone");

        // Then
        assertThat(story.lastTexts()).containsExactly("MigrationDone came, but no step awaits it");
        story.approved().operationDone("migration.upgrade");
        assertThat(story.step("migration.upgrade")).isEqualTo(StepState.WAITING);
    }

    @Test
    void theEndOfAnOperationThatHasEndedChangesNothing() {
        // Given
        var story = Story.begun(RUN_UNTIL).operationDone("migration.upgrade");

        // When
        story.operationFailed("migration.upgrade");

        // Then
        assertThat(story.last().matters()).isFalse();
    }

    @Test
    void anAnswerToSomethingElseThanAnOperationDoesNotEndOne() {
        // Given
        var story = Story.begun(RUN);

        // When
        story.checkPassed("go-live.deploy").watchEnded("go-live.deploy", false);

        // Then
        assertThat(story.step("go-live.deploy")).isEqualTo(StepState.RUNNING);
    }

    @Test
    void theEndOfAnEarlierAttemptChangesNothing() {
        // Given
        var story = Story.begun("""
                phases:
                  - name: go-live
                    steps: [ { name: deploy, run: deploy, on-failure: ask } ]
                """);
        var first = story.workId("go-live.deploy");
        story.after(Duration.ofMinutes(15)).retryAsked();

        // When
        story.given(new Input.OperationEnded(first, true, Evidence.of("late")));

        // Then
        assertThat(story.last().matters()).isFalse();
        assertThat(story.operations())
                .extracting(Effect.StartOperation::workId)
                .doesNotHaveDuplicates()
                .hasSize(2);
    }
}
