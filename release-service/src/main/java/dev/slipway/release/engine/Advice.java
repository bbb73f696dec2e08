package dev.slipway.release.engine;

import dev.slipway.release.plan.Plan;
import java.util.Optional;
import java.util.function.Supplier;

/** What is left to a person. */
public final class Advice {

    private static final String HALF_WAY_BACK = "Unless a later release has put it right, act now:"
            + " the environment may be in neither state. See how far the way back came, and do by hand what is left of it;"
            + " then ask for a release of the version that is to run.";

    private Advice() {}

    /**
     * After a release that has ended otherwise than it should, and may have changed something.
     *
     * @param plan the release's, if it is needed
     */
    public static Optional<String> afterTheEnd(Release release, Supplier<Plan> plan) {
        return switch (release.state()) {
            case ROLLBACK_FAILED -> Optional.of(HALF_WAY_BACK);
            case ROLLED_BACK -> Optional.of("Find out what was wrong before you release again.");
            case FAILED, ABORTED ->
                release.rollback().isPresent()
                        ? Optional.of(HALF_WAY_BACK)
                        : release.startedAt().flatMap(_ -> afterAStandstill(release, plan.get()));
            case QUEUED, RUNNING, PAUSED, ROLLING_BACK, SUCCEEDED, SUPERSEDED -> Optional.empty();
        };
    }

    private static Optional<String> afterAStandstill(Release release, Plan plan) {
        return release.isTouched(plan) ? Optional.of(ofWhatWasDone(release, plan)) : Optional.empty();
    }

    private static String ofWhatWasDone(Release release, Plan plan) {
        if (release.steps().stream().anyMatch(step -> step.child().isPresent())) {
            return "Those of its parts that were under way were told to turn back. See how its parts ended, and whether what"
                    + " was done may stay.";
        }
        return Objections.toRollback(release, plan).isEmpty()
                ? "Nothing was rolled back. See whether what was done may stay; if not, and no later release has"
                        + " begun, roll it back."
                : "Nothing was rolled back, and the plan has no way back. See whether what was done may stay; if not, undo"
                        + " it by hand.";
    }
}
