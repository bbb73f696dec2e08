package dev.slipway.release.engine;

import dev.slipway.release.engine.Release.Approver;
import dev.slipway.release.engine.Release.Stage;
import dev.slipway.release.engine.Release.StepProgress;
import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.Step.Action;
import dev.slipway.release.plan.Step.Approval;
import dev.slipway.release.plan.Step.OnFailure;
import java.util.Optional;

/**
 * Why what a person asks for cannot be done, as the end of a sentence; nothing if it can. A call is refused by the same
 * rules by which the engine decides when the call has come to it.
 */
public final class Objections {

    private Objections() {}

    /** To an approval of a step that awaits one. */
    public static Optional<String> toApproval(Release release, Plan plan, StepProgress step, String by) {
        var selfApproval =
                plan.step(step.ref()).approval().map(Approval::selfApproval).orElse(true);
        if (!selfApproval && by.equals(release.requestedBy())) {
            return Optional.of("%s asked for this release; somebody else must approve".formatted(by));
        }
        return step.approvers().stream().map(Approver::by).anyMatch(by::equals)
                ? Optional.of("%s has approved already; somebody else must too".formatted(by))
                : Optional.empty();
    }

    /** To going on without a step. */
    public static Optional<String> toSkip(Release release, Plan plan, StepProgress step) {
        if (step.isOfWayBack()) {
            return Optional.of("the way back goes on by itself without a step that fails or times out");
        }
        if (release.state() == ReleaseState.ROLLING_BACK || release.state().ended()) {
            return Optional.of("the release is " + release.state());
        }
        return switch (step.state()) {
            case SUCCEEDED, SKIPPED, CANCELLED -> Optional.of("it is %s already".formatted(step.state()));
            case FAILED, TIMED_OUT ->
                plan.onFailure(step.ref()) == OnFailure.ASK
                        ? toSkipUnapproved(plan, step)
                        : Optional.of("it is %s, and the release went on".formatted(step.state()));
            case PENDING -> toSkipUnapproved(plan, step);
            case RUNNING, WAITING ->
                plan.step(step.ref()).action() instanceof Action.Run && step.stage() == Stage.ACTION
                        ? Optional.of("its operation is under way; await its end, or roll the release back")
                        : toSkipUnapproved(plan, step);
        };
    }

    /** Whoever could skip an approval would need none. */
    private static Optional<String> toSkipUnapproved(Plan plan, StepProgress step) {
        var definition = plan.step(step.ref());
        return definition
                .approval()
                .filter(it -> definition.action() instanceof Action.Approve
                        || step.approvers().size() < it.approvals())
                .map(it -> "it needs an approval, which is given or rejected");
    }

    /** To the way back. It needs nobody's turn, and no pause holds it up. */
    public static Optional<String> toRollback(Release release, Plan plan) {
        if (plan.rollback().isEmpty()) {
            return Optional.of("its plan has no way back; abort it, and add 'rollback' to the plan for the next one");
        }
        if (release.startedAt().isEmpty()) {
            return Optional.of("nothing of it was begun");
        }
        return switch (release.state()) {
            case RUNNING, PAUSED -> Optional.empty();
            case SUCCEEDED, FAILED, ABORTED ->
                release.rollback().map(back -> "it was on the way back already when it ended");
            case ROLLING_BACK -> Optional.of("it is on the way back already");
            case ROLLED_BACK, ROLLBACK_FAILED ->
                Optional.of("a rollback is not rolled back; ask for a release of the version that is to run");
            case QUEUED, SUPERSEDED -> Optional.of("nothing of it was begun");
        };
    }
}
