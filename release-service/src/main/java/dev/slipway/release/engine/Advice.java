package dev.slipway.release.engine;

import dev.slipway.release.plan.Plan;
import java.util.Optional;

/** What is left to a person. */
public final class Advice {

    private static final String HALF_WAY_BACK =
            "Unless a later release has put it right, act now: the environment may be"
                    + " in neither state. See how far the way back came, and do by hand what is left of it; then ask for a release"
                    + " of the version that is to run.";

    private Advice() {}

    /** After a release that has ended otherwise than it should, and may have changed something. */
    public static Optional<String> afterTheEnd(Release release, Plan plan) {
        return switch (release.state()) {
            case ROLLBACK_FAILED -> Optional.of(HALF_WAY_BACK);
            case ROLLED_BACK -> Optional.of("Find out what was wrong before you release again.");
            case FAILED, ABORTED ->
                release.rollback().isPresent()
                        ? Optional.of(HALF_WAY_BACK)
                        : Optional.of(afterAStandstill(release, plan)).filter(_ -> release.isTouched(plan));
            case QUEUED, RUNNING, PAUSED, ROLLING_BACK, SUCCEEDED, SUPERSEDED -> Optional.empty();
        };
    }

    private static String afterAStandstill(Release release, Plan plan) {
        if (release.steps().stream().anyMatch(step -> step.child().isPresent())) {
            return "The releases that are a part of it were told to turn back: see how they ended, and whether what was"
                    + " done beside them may stay.";
        }
        return Objections.toRollback(release, plan).isEmpty()
                ? "Nothing was rolled back. See whether what was done may stay; if not, roll it back."
                : "Nothing was rolled back, and the plan has no way back. See whether what was done may stay; if not, undo"
                        + " it by hand.";
    }
}
