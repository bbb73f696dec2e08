package dev.slipway.release.dryrun;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.event.ReleaseEvent.Priority;
import dev.slipway.release.dryrun.Outlook.Asked;
import dev.slipway.release.dryrun.Outlook.Wanted;
import dev.slipway.release.engine.Engine;
import dev.slipway.release.engine.Input;
import dev.slipway.release.engine.Release;
import dev.slipway.release.plan.FakeOperations;
import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.format.PlanReader;
import dev.slipway.release.plan.format.PlanReader.Reading;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a release and those that are in its environment already do to each other. */
class TurnTest {

    private static final Instant NOW = Instant.parse("2026-11-20T12:00:00Z");

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            queue     | NORMAL | running hotfix queued | ''            | ''
            queue     | HOTFIX | running hotfix        | ''            | ''
            supersede | NORMAL | running hotfix        | queued        | ''
            supersede | HOTFIX | running               | hotfix queued | ''
            refuse    | NORMAL | running hotfix queued | ''            | running
            refuse    | HOTFIX | running hotfix        | ''            | ''
            """)
    void thePlanAndThePrioritySayWhoWaitsForWhomAndWhoLeaves(
            String whenTaken, Priority priority, String ahead, String superseded, String refusedFor) {
        // Given
        var plan = plan(whenTaken);
        var before = List.of(
                Engine.decide(plan, asked(plan, "running", Priority.NORMAL), new Input.TurnCame(), NOW)
                        .release(),
                asked(plan, "hotfix", Priority.HOTFIX),
                asked(plan, "queued", Priority.NORMAL));

        // When
        var turn = Turn.of(wanted(plan, "new", priority).where(before, Optional.empty(), List.of()));

        // Then
        assertThat(versions(turn.ahead())).isEqualTo(ahead);
        assertThat(versions(turn.superseded())).isEqualTo(superseded);
        assertThat(versions(turn.refusedFor().stream().toList())).isEqualTo(refusedFor);
    }

    private static String versions(List<Release> releases) {
        return String.join(" ", releases.stream().map(Release::version).toList());
    }

    private static Release asked(Plan plan, String version, Priority priority) {
        return wanted(plan, version, priority).release();
    }

    private static Wanted wanted(Plan plan, String version, Priority priority) {
        var asked =
                new Asked(Optional.of(version), Optional.empty(), Map.of(), Optional.of(priority), Optional.empty());
        return Wanted.of(plan, Optional.of(1), asked, NOW);
    }

    private static Plan plan(String whenTaken) {
        var reading = PlanReader.read("""
                application: shop
                environment: production
                queue: { when-taken: %s }
                phases: [ { name: only, steps: [ { name: it, await: { event: Done } } ] } ]
                """.formatted(whenTaken), new FakeOperations());
        return switch (reading) {
            case Reading.Valid valid -> valid.plan();
            case Reading.Invalid invalid -> throw new AssertionError("The plan is not valid: " + invalid.errors());
        };
    }
}
