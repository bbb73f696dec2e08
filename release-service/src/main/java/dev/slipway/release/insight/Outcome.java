package dev.slipway.release.insight;

import dev.slipway.release.engine.Release;
import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.Step.OnFailure;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * How a release ended.
 *
 * @param touched whether it may have changed anything outside: else it was no deployment
 * @param failedAt when the trouble began that it ended with: health was seen degraded, a step failed, or somebody asked
 *     for the way back; absent if it ended without, or changed nothing
 */
public record Outcome(UUID releaseId, boolean touched, Optional<Instant> failedAt) {

    /** The outcome of a release that has ended. */
    public static Outcome of(Release release, Plan plan) {
        var touched = release.isTouched(plan);
        var failedAt = switch (release.state()) {
            case FAILED, ROLLED_BACK, ROLLBACK_FAILED -> failedAt(release, plan);
            default -> Optional.<Instant>empty();
        };
        return new Outcome(release.id(), touched, failedAt.filter(it -> touched));
    }

    private static Optional<Instant> failedAt(Release release, Plan plan) {
        var failures = release.steps().stream()
                .filter(step -> step.state().unsuccessful()
                        && !step.ref().phase().equals(Plan.ROLLBACK)
                        && plan.step(step.ref())
                                .onFailure()
                                .filter(OnFailure.CONTINUE::equals)
                                .isEmpty())
                .flatMap(step -> step.endedAt().stream());
        var back = release.rollback().map(Release.RollbackProgress::startedAt);
        return Stream.of(failures, back.stream(), release.endedAt().stream())
                .flatMap(it -> it)
                .min(Instant::compareTo);
    }
}
