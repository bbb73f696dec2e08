package dev.slipway.release.engine;

import dev.slipway.release.plan.Plan;
import java.time.Instant;

/** The functional core: what a release does when something happens. */
public final class Engine {

    private Engine() {}

    /**
     * Decides.
     *
     * @param plan the plan that the release keeps
     * @param release its state
     * @param input what happened
     * @param now when it is decided; a replay hands in the same time again
     */
    public static Decision decide(Plan plan, Release release, Input input, Instant now) {
        var walk = new Walk(plan, release, now);
        if (!release.state().ended()) {
            walk.take(input);
            walk.advance();
        }
        return walk.decision();
    }
}
