package dev.slipway.release.engine;

import dev.slipway.release.engine.Input.Reported;
import dev.slipway.release.engine.Release.Held;
import dev.slipway.release.engine.Release.Stage;
import dev.slipway.release.engine.Release.StepProgress;
import dev.slipway.release.plan.Step.Action;
import java.util.Optional;

/** What comes in of reports and webhooks, and which step takes it. */
final class Reports {

    private final Walk walk;
    private final Outcomes outcomes;

    Reports(Walk walk, Outcomes outcomes) {
        this.walk = walk;
        this.outcomes = outcomes;
    }

    void reported(Reported report) {
        var waiting = walk.find(step -> step.state().inFlight()
                && (step.stage() == Stage.ACTION || step.stage() == Stage.REPORT)
                && awaits(step, report));
        if (waiting.isPresent()) {
            accept(waiting.get(), report);
            return;
        }
        // CI need not know how far the release is: what comes before its step is kept for it. What is addressed to
        // nobody, as webhooks are, is kept only for a step of the phase that has begun: of all earlier ones it says
        // nothing.
        var later = walk.find(step -> step.state() == StepState.PENDING
                && step.held().isEmpty()
                && (report.addressed() || walk.isOfCurrentPhase(step))
                && walk.definition(step).action() instanceof Action.Await
                && awaits(step, report));
        if (later.isPresent()) {
            walk.put(later.get().holding(held(report)));
            walk.remark(
                    later.get().ref(), "%s came early; it is kept until the step needs it".formatted(report.event()));
        } else if (report.addressed()) {
            walk.remark("%s came, but no step awaits it".formatted(report.event()));
        }
    }

    private void accept(StepProgress step, Reported report) {
        if (walk.isDraining(step) && step.stage() == Stage.REPORT) {
            walk.cancel(step, "Overtaken by the way back, after %s".formatted(report.event()));
        } else if (walk.definition(step).action() instanceof Action.Run && step.stage() != Stage.REPORT) {
            walk.put(step.holding(held(report)));
            walk.remark(step.ref(), "%s came before its operation ended".formatted(report.event()));
        } else {
            outcomes.succeed(step, held(report).evidence());
        }
    }

    private boolean awaits(StepProgress step, Reported report) {
        var definition = walk.definition(step);
        var awaited =
                definition.action() instanceof Action.Await await ? Optional.of(await.event()) : definition.until();
        return awaited.filter(it ->
                        it.event().equals(report.event()) && walk.filling().fits(it, report.data()))
                .isPresent();
    }

    private static Held held(Reported report) {
        return new Held(report.eventId(), report.event(), report.data());
    }
}
