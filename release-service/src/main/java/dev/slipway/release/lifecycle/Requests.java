package dev.slipway.release.lifecycle;

import dev.slipway.event.ReleaseEvent.ChildEnded;
import dev.slipway.event.ReleaseEvent.Parent;
import dev.slipway.event.ReleaseEvent.ReleaseRequested;
import dev.slipway.event.Subject;
import dev.slipway.messaging.Statements;
import dev.slipway.release.engine.Effect.AskForChild;
import dev.slipway.release.engine.Engine;
import dev.slipway.release.engine.Input;
import dev.slipway.release.engine.Release;
import dev.slipway.release.engine.Release.OptOut;
import dev.slipway.release.engine.ReleaseState;
import dev.slipway.release.journal.Journal;
import dev.slipway.release.journal.Journal.Cause;
import dev.slipway.release.lifecycle.ReleaseStore.Added;
import dev.slipway.release.plan.PlanStore;
import dev.slipway.release.plan.Template;
import dev.slipway.release.timer.Timers;
import dev.slipway.release.timer.Timers.Timer;
import dev.slipway.release.timer.Timers.TimerRef;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** How a release comes to be: its row, and the first entry of its journal, from which all others go on. */
@Singleton
public class Requests {

    private final ReleaseStore releases;
    private final PlanStore plans;
    private final Journal journal;
    private final Timers timers;

    public Requests(ReleaseStore releases, PlanStore plans, Journal journal, Timers timers) {
        this.releases = releases;
        this.plans = plans;
        this.journal = journal;
        this.timers = timers;
    }

    /**
     * A release that was just asked for, and what is written with it.
     *
     * @param first the first entry of its journal
     * @param turn when it has waited for its turn for too long
     */
    record Made(Added added, Journal.Entry first, Optional<Timer> turn) {

        Release release() {
            return added.release();
        }
    }

    /**
     * Makes the release that is asked for, and writes it.
     *
     * @throws IllegalArgumentException if there is no such plan, or if it wants other inputs
     */
    public Release take(Handle handle, Subject subject, ReleaseRequested asked, Instant now, Cause cause) {
        var made = make(handle, subject, asked, now, cause);
        var statements = new Statements(handle);
        releases.add(statements, List.of(made.added()));
        journal.append(statements, List.of(made.first()));
        timers.set(statements, made.turn().stream().toList());
        statements.send();
        return made.release();
    }

    /** Makes the release that is asked for, see {@link #take}, and leaves it to the caller to write it. */
    Made make(Handle handle, Subject subject, ReleaseRequested asked, Instant now, Cause cause) {
        // The database keeps microseconds, and the journal must replay to the same state.
        var at = now.truncatedTo(ChronoUnit.MICROS);
        var request = new Input.Requested(
                asked.requestedBy(),
                asked.version(),
                asked.commit(),
                asked.committedAt(),
                asked.reason(),
                asked.planVersion(),
                asked.inputs().orElse(Map.of()),
                asked.priority(),
                asked.optOut(),
                asked.parent());
        var plan = plans.plan(handle, subject, asked.planVersion());
        var made = Engine.request(asked.releaseId(), plan, request, at);
        var release = made.release();
        return new Made(
                new Added(release, plan, asked.committedAt()),
                new Journal.Entry(release.id(), 0, at, cause, request, made.changes()),
                release.waiting()
                        .map(waiting -> new Timer(
                                new TimerRef(release.id(), Engine.QUEUE_TIMER), waiting.until(), cause.trace())));
    }

    /** The request for a release that is part of another; nothing if there is no plan for it that takes its inputs. */
    Optional<ReleaseRequested> ofChild(Handle handle, Release parent, AskForChild child) {
        return plans.newest(handle, child.subject()).flatMap(stored -> {
            var plan = plans.plan(handle, child.subject(), stored.version());
            return plan.given(child.inputs()).problems().isEmpty() && Template.isPlain(child.version())
                    ? Optional.of(new ReleaseRequested(
                            child.id(),
                            child.version(),
                            Optional.empty(),
                            Optional.empty(),
                            parent.requestedBy(),
                            Optional.of("Part of the release %s of %s".formatted(parent.id(), parent.subject())),
                            stored.version(),
                            plan.notifications(),
                            Optional.of(child.inputs()),
                            parent.priority(),
                            parent.optOut().map(OptOut::reason),
                            Optional.of(new Parent(
                                    parent.id(),
                                    parent.subject().application(),
                                    parent.subject().environment()))))
                    : Optional.empty();
        });
    }

    /** That such a release cannot be. */
    static ChildEnded refusedChild(Release parent, AskForChild child) {
        return new ChildEnded(
                parent.id(),
                child.id(),
                ReleaseState.ABORTED.name(),
                "There is no plan for %s that takes these inputs: %s".formatted(child.subject(), child.inputs()),
                false,
                Optional.of(false));
    }

    /** Why a release is refused by a plan that does not let it wait for another. */
    public static String refusal(Release other) {
        return "The release %s of %s is %s in %s, and the plan refuses another beside it"
                .formatted(other.id(), other.version(), other.state(), other.subject());
    }
}
