package dev.slipway.release.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.release.engine.Rehearsal.Both;
import dev.slipway.release.engine.Rehearsal.Outcome;
import dev.slipway.release.engine.Rehearsal.Part;
import dev.slipway.release.engine.Rehearsal.Wait;
import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.StepRef;
import java.time.Duration;
import java.util.Map;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** A release that is gone through without anything being done. */
class RehearsalTest {

    private static Both rehearse(String yaml) {
        return rehearse(Story.plan(yaml), Map.of());
    }

    private static Both rehearse(Plan plan, Map<String, String> said) {
        return Rehearsal.of(plan, Story.asked(plan, said).release());
    }

    private static Part part(Outcome outcome, String phase, String step) {
        return outcome.part(new StepRef(phase, step));
    }

    private static String begins(Outcome outcome, String step) {
        return part(outcome, "only", step).begins().map(Duration::toString).orElse("never");
    }

    @Test
    void everyStepBeginsWhenWhatItNeedsHasTakenAllItsTime() {
        // When
        var forward = rehearse("""
                phases:
                  - name: only
                    steps:
                      - { name: android, await: { event: AndroidBuilt, timeout: 3h } }
                      - { name: ios, needs: [], await: { event: IosBuilt, timeout: 1h } }
                      - { name: approval, needs: [ios], approve: { by: us, timeout: 30m } }
                      - { name: deploy, needs: [android, approval], run: deploy, until: { event: Deployed, timeout: 5m } }
                """).forward();

        // Then
        assertThat(begins(forward, "android")).isEqualTo("PT0S");
        assertThat(begins(forward, "ios")).isEqualTo("PT0S");
        assertThat(begins(forward, "approval")).isEqualTo("PT1H");
        assertThat(begins(forward, "deploy")).isEqualTo("PT3H");
        assertThat(forward.atMost()).isEqualTo(Duration.parse("PT3H5M"));
        assertThat(forward.end()).isEqualTo(ReleaseState.SUCCEEDED);
        assertThat(forward.isUnsuccessful()).isFalse();
    }

    @Test
    void everythingThatAStepWaitsForIsForetoldInItsOrder() {
        // When
        var forward = rehearse("""
                phases:
                  - name: only
                    steps:
                      - name: deploy
                        run: deploy
                        approve: { by: release-managers, text: "Is ${release.version} right?", timeout: 2h }
                        until: { event: Deployed, where: { version: "${release.version}" }, timeout: 15m }
                        on-failure: ask
                """).forward();

        // Then
        var then = "the step times out, and the release pauses";
        assertThat(part(forward, "only", "deploy").waits())
                .containsExactly(
                        new Wait("approval by release-managers: Is 1.4.0 right?", Duration.ofHours(2), then),
                        new Wait("the operation deploy to end", Duration.ofMinutes(15), then),
                        new Wait("the event Deployed with version 1.4.0", Duration.ofMinutes(15), then));
    }

    @Test
    void aReportThatAnotherStepTakesIsToldAgain() {
        // Given: what 'short' awaits first is kept for 'long', which stands before it
        var plan = """
                phases:
                  - name: only
                    steps:
                      - { name: long, needs: [], run: deploy, until: { event: Deployed }, timeout: 1h }
                      - { name: short, run: deploy, until: { event: Deployed }, timeout: 5m }
                """;

        // When
        var forward = rehearse(plan).forward();

        // Then
        assertThat(forward.end()).isEqualTo(ReleaseState.SUCCEEDED);
        assertThat(forward.atMost()).isEqualTo(Duration.ofHours(1));
    }

    @Test
    void theWayBackIsKnownAlsoIfTheReleaseWouldWaitForADecision() {
        // When
        var both = rehearse("""
                inputs: { never: { type: boolean } }
                phases:
                  - name: only
                    steps:
                      - { name: migrate, run: deploy }
                      - { name: build, await: { event: Built }, if: inputs.never }
                      - { name: use, run: deploy, with: { target: "${steps.build.output.url}" }, on-failure: ask }
                rollback: { steps: [ { name: revert, run: revert, if: migrate } ] }
                """);

        // Then
        assertThat(both.forward().end()).isEqualTo(ReleaseState.PAUSED);
        assertThat(both.back().orElseThrow().end()).isEqualTo(ReleaseState.ROLLED_BACK);
    }

    @Test
    void aWatchWaitsAsLongAsItIsToLast() {
        // When
        var forward = rehearse("""
                monitors: [ { name: health, http: "http://x", expect: ["[STATUS] == 200"] } ]
                phases: [ { name: only, steps: [ { name: soak, watch: { for: 15m, monitors: [health] } } ] } ]
                """).forward();

        // Then
        assertThat(part(forward, "only", "soak").waits())
                .containsExactly(new Wait(
                        "health to stay healthy", Duration.ofMinutes(15), "the step times out, and the release fails"));
        assertThat(forward.end()).isEqualTo(ReleaseState.SUCCEEDED);
    }

    @Test
    void inputsDecideWhichStepsAreNeeded() {
        // Given
        var plan = Story.plan("""
                inputs: { mobile: { type: boolean } }
                phases:
                  - name: only
                    steps:
                      - { name: apps, await: { event: AppsBuilt }, if: inputs.mobile }
                      - { name: mended, run: deploy, if: failed(apps) }
                      - { name: deploy, run: deploy }
                """);

        // When
        var without = rehearse(plan, Map.of()).forward();
        var with = rehearse(plan, Map.of("mobile", "true")).forward();

        // Then
        assertThat(part(without, "only", "apps").state()).isEqualTo(StepState.SKIPPED);
        assertThat(part(with, "only", "apps").state()).isEqualTo(StepState.SUCCEEDED);
        assertThat(part(with, "only", "mended").state()).isEqualTo(StepState.SKIPPED);
        assertThat(part(with, "only", "mended").begins()).isEmpty();
    }

    @Test
    void aStepWhoseNeedDependsOnWhatAnotherGivesIsTakenAsNeeded() {
        // When
        var forward = rehearse("""
                phases:
                  - name: only
                    steps:
                      - { name: build, await: { event: Built } }
                      - { name: deploy, run: deploy, if: steps.build.output.size > 10, with: { target: "${steps.build.output.url}" } }
                """).forward();

        // Then
        assertThat(part(forward, "only", "deploy").state()).isEqualTo(StepState.SUCCEEDED);
    }

    @Test
    void whatAStepCannotHaveBeenGivenIsFoundOut() {
        // When: the step that would give it is not needed
        var forward = rehearse("""
                inputs: { build: { type: boolean } }
                phases:
                  - name: only
                    steps:
                      - { name: build, await: { event: Built }, if: inputs.build }
                      - { name: deploy, run: deploy, with: { target: "${steps.build.output.url}" } }
                """).forward();

        // Then
        assertThat(forward.end()).isEqualTo(ReleaseState.FAILED);
        assertThat(forward.isUnsuccessful()).isTrue();
        assertThat(forward.reason())
                .contains("only.deploy: It cannot begin: no step gave ${steps.only.build.output.url}");
    }

    @Test
    void theWayBackIsRehearsedFromTheLastMoment() {
        // When
        var back = rehearse("""
                phases:
                  - name: only
                    steps:
                      - { name: migrate, await: { event: Migrated } }
                      - { name: later, run: deploy, if: inputs.never }
                      - { name: approval, approve: { by: us } }
                inputs: { never: { type: boolean } }
                rollback:
                  within: 20m
                  steps:
                    - { name: downgrade, run: downgrade, if: migrate, timeout: 4m }
                    - { name: revert, run: revert, if: later }
                    - { name: restore, run: deploy, if: failed(downgrade) }
                    - { name: verify, check: { http: "http://x", expect: ["[STATUS] == 200"], timeout: 10s } }
                """).back().orElseThrow();

        // Then
        assertThat(part(back, Plan.ROLLBACK, "downgrade").state()).isEqualTo(StepState.SUCCEEDED);
        assertThat(part(back, Plan.ROLLBACK, "revert").state()).isEqualTo(StepState.SKIPPED);
        assertThat(part(back, Plan.ROLLBACK, "restore").state()).isEqualTo(StepState.SKIPPED);
        assertThat(part(back, Plan.ROLLBACK, "verify").begins()).contains(Duration.ofMinutes(4));
        assertThat(back.end()).isEqualTo(ReleaseState.ROLLED_BACK);
        assertThat(back.atMost()).isEqualTo(Duration.parse("PT5M10S"));
    }

    @Test
    void aPartComesBackIfTheReleaseTurnsBackAtItsVeryStart() {
        // When
        var forward = rehearse("""
                phases:
                  - name: only
                    steps:
                      - { name: build, await: { event: Built }, if: inputs.build }
                      - { name: part, release: { application: part, environment: production }, needs: [] }
                      - { name: deploy, run: deploy, with: { target: "${steps.build.output.url}" } }
                inputs: { build: { type: boolean } }
                rollback: { when: [step-failed], steps: [ { name: revert, run: revert } ] }
                """).forward();

        // Then
        assertThat(forward.end()).isEqualTo(ReleaseState.ROLLED_BACK);
    }

    @Test
    void aPlanWithoutAWayBackHasNone() {
        assertThat(rehearse("phases: [ { name: only, steps: [ { name: it, run: deploy } ] } ]")
                        .back())
                .isEmpty();
    }

    @Test
    void whatIsNotKnownBeforeStandsInAngleQuotesAndSecretsStayReferences() {
        // Given
        var plan = Story.plan("""
                vars: { target: "${release.version}-${release.environment}" }
                phases: [ { name: only, steps: [ { name: it, run: deploy } ] } ]
                """);
        var text = "${target} ${steps.only.it.output.url} ${secrets.TOKEN}";

        // When
        var filled = Rehearsal.texts(plan, Story.queued(plan).release()).apply(text);

        // Then
        assertThat(filled).isEqualTo("1.4.0-production ‹steps.only.it.output.url› ${secrets.TOKEN}");
    }

    @Provide
    Arbitrary<Plan> plans() {
        return Moves.plans();
    }

    @Property(tries = 250)
    void everyRehearsalComesToAnEndInWhichEveryStepHasASay(@ForAll("plans") Plan plan) {
        // When
        var both = rehearse(plan, Map.of());

        // Then
        assertThat(both.forward().steps()).containsOnlyKeys(plan.steps());
        assertThat(both.forward().end().ended() || both.forward().end() == ReleaseState.PAUSED)
                .isTrue();
        both.back().ifPresent(back -> assertThat(back.end().ended()).isTrue());
        if (both.forward().end() == ReleaseState.SUCCEEDED) {
            assertThat(both.forward().steps().keySet())
                    .filteredOn(ref -> !ref.phase().equals(Plan.ROLLBACK))
                    .extracting(ref -> both.forward().part(ref).state())
                    .allMatch(StepState::ended);
        }
    }
}
