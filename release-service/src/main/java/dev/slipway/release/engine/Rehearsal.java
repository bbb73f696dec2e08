package dev.slipway.release.engine;

import dev.slipway.event.Evidence;
import dev.slipway.release.engine.Release.Child;
import dev.slipway.release.engine.Release.Stage;
import dev.slipway.release.engine.Release.StepProgress;
import dev.slipway.release.engine.Release.Waiting;
import dev.slipway.release.plan.Guard;
import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.Plan.Phase;
import dev.slipway.release.plan.Plan.Rollback;
import dev.slipway.release.plan.Step;
import dev.slipway.release.plan.Step.Action;
import dev.slipway.release.plan.Step.Awaited;
import dev.slipway.release.plan.StepRef;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;

/**
 * A release that is gone through without anything being done. The engine itself decides, so that what is foretold is
 * what would be; and the world answers well, each time at the last moment.
 *
 * <p>What steps would give is not known. A text has the reference in angle quotes instead, and a step whose condition
 * asks after it is taken as needed.
 */
public final class Rehearsal {

    private static final String SOMEBODY = "dry run";

    private final Plan plan;
    private final Map<StepRef, List<Waiting>> waits = new HashMap<>();
    private final Instant start;
    private Release release;
    private Instant now;

    private Rehearsal(Plan plan, Release release, Instant now) {
        this.plan = plan;
        this.release = release;
        this.start = now;
        this.now = now;
    }

    /**
     * How a rehearsal went.
     *
     * @param end the state in which the release ended, or in which it waits for somebody's decision
     * @param reason why
     * @param steps what became of each step
     * @param atMost how long it all took
     */
    public record Outcome(ReleaseState end, Optional<String> reason, Map<StepRef, Part> steps, Duration atMost) {

        /** Whether it did not succeed, though everybody did what was awaited. */
        public boolean isUnsuccessful() {
            return end != ReleaseState.SUCCEEDED;
        }

        /** What became of a step of the plan. */
        public Part part(StepRef ref) {
            return Optional.ofNullable(steps.get(ref)).orElseThrow();
        }
    }

    /**
     * What became of a step.
     *
     * @param begins how long after the start at the latest; nothing if it did not begin
     * @param waits what it waited for, in order
     */
    public record Part(StepState state, Optional<Duration> begins, List<Wait> waits) {}

    /**
     * Something that a step waits for.
     *
     * @param what for a person to read
     * @param atMost how long
     * @param then what happens if it does not come
     */
    public record Wait(String what, Duration atMost, String then) {}

    /**
     * The two courses of a release.
     *
     * @param forward to its end
     * @param back the way back, begun at the last moment before that; nothing if the plan has none
     */
    public record Both(Outcome forward, Optional<Outcome> back) {}

    /**
     * Rehearses.
     *
     * @param queued a release of the plan that has not begun
     */
    public static Both of(Plan plan, Release queued) {
        var decidable = decidable(plan);
        var rehearsal = new Rehearsal(decidable, queued, queued.requestedAt());
        var last = rehearsal.goForward();
        var forward = rehearsal.outcome();
        if (decidable.rollback().isEmpty() || last.isEmpty()) {
            return new Both(forward, Optional.empty());
        }
        var back = new Rehearsal(decidable, last.get(), rehearsal.now);
        back.take(new Input.RollbackAsked(SOMEBODY, Optional.empty()));
        back.answerAll();
        return new Both(forward, Optional.of(back.outcome()));
    }

    /** Makes of the plan's texts what they would be; references to secrets stay as they are. */
    public static UnaryOperator<String> texts(Plan plan, Release release) {
        return new Filling(plan, release, output -> Optional.of("‹%s›".formatted(output)))::text;
    }

    /** The plan without the conditions that nobody can decide before. */
    private static Plan decidable(Plan plan) {
        return new Plan(
                plan.subject(),
                plan.description(),
                plan.inputs(),
                plan.vars(),
                plan.phases().stream()
                        .map(phase -> new Phase(phase.name(), phase.description(), decidable(phase.steps())))
                        .toList(),
                plan.monitors(),
                plan.rollback().map(back -> new Rollback(back.when(), back.within(), decidable(back.steps()))),
                plan.queue(),
                plan.pause(),
                plan.notifications(),
                plan.contacts());
    }

    private static List<Step> decidable(List<Step> steps) {
        return steps.stream().map(Rehearsal::decidable).toList();
    }

    private static Step decidable(Step step) {
        return new Step(
                step.name(),
                step.description(),
                step.action(),
                step.needs(),
                step.condition().filter(Rehearsal::isDecidable),
                step.approval(),
                step.until(),
                step.timeout(),
                step.retry(),
                step.onFailure(),
                step.outputs());
    }

    /** Whether it is known before the release whether the condition holds. */
    public static boolean isDecidable(Guard guard) {
        return guard.outputs().findAny().isEmpty();
    }

    /** @return the release as it was before it ended, if it had begun */
    private Optional<Release> goForward() {
        take(new Input.TurnCame());
        return answerAll();
    }

    private Optional<Release> answerAll() {
        var last = Optional.<Release>empty();
        // A report may be taken by another step, and kept there: then the rest goes on before it is told again.
        var inVain = new HashSet<StepRef>();
        turnChildrenBack();
        for (var step = next(inVain); step.isPresent(); step = next(inVain)) {
            if (release.state() == ReleaseState.RUNNING) {
                last = Optional.of(release);
            }
            var before = stages();
            now = timeOfAnswer(step.get());
            take(answer(step.get()));
            turnChildrenBack();
            if (release.steps().contains(step.get()) && stages().equals(before)) {
                inVain.add(step.get().ref());
            } else if (next(inVain).isEmpty()) {
                inVain.clear();
            }
        }
        return last;
    }

    /** Those that are part of the release come back when they are told to. */
    private void turnChildrenBack() {
        for (var child = turning(); child.isPresent(); child = turning()) {
            take(new Input.ChildEnded(
                    child.get(), ReleaseState.ROLLED_BACK.name(), SOMEBODY, true, Optional.of(false)));
        }
    }

    private Optional<UUID> turning() {
        return release.steps().stream()
                .flatMap(step -> step.child().stream())
                .filter(child -> child.turnedBack()
                        && child.end().isEmpty()
                        && !release.state().ended())
                .map(Child::id)
                .findFirst();
    }

    /** The last moment; but an operation that a report follows leaves to it the time that they share. */
    private Instant timeOfAnswer(StepProgress step) {
        var until = release.waitingOf(step).map(Waiting::until).orElse(now);
        var isFollowed = step.stage() == Stage.ACTION
                && plan.step(step.ref()).until().isPresent()
                && step.held().isEmpty();
        return isFollowed || until.isBefore(now) ? now : until;
    }

    /** The step whose time is over first. */
    private Optional<StepProgress> next(Set<StepRef> except) {
        return release.steps().stream()
                .filter(step -> step.state().inFlight() && !release.state().ended() && !except.contains(step.ref()))
                .min(Comparator.comparing(
                        step -> release.waitingOf(step).map(Waiting::until).orElse(now)));
    }

    /** How far each step is. */
    private List<List<?>> stages() {
        return release.steps().stream()
                .<List<?>>map(step -> List.of(step.state(), step.stage(), step.attempt()))
                .toList();
    }

    private void take(Input input) {
        release = Engine.decide(plan, release, input, now).release();
        for (var step : release.steps()) {
            release.waitingOf(step).ifPresent(waiting -> {
                var all = waits.computeIfAbsent(step.ref(), ref -> new ArrayList<>());
                if (!all.contains(waiting)) {
                    all.add(waiting);
                }
            });
        }
    }

    private Input answer(StepProgress step) {
        var walk = new Walk(plan, release, now);
        var workId = walk.workId(step);
        var definition = walk.definition(step);
        if (step.stage() == Stage.APPROVAL) {
            // Each approval is another person's.
            var by = step.approvers().isEmpty()
                    ? SOMEBODY
                    : "%s %d".formatted(SOMEBODY, step.approvers().size() + 1);
            return new Input.Approved(by, Optional.of(step.ref().toString()), Optional.of(SOMEBODY));
        }
        if (step.stage() == Stage.REPORT) {
            return report(step, definition.until().orElseThrow(), walk);
        }
        return switch (definition.action()) {
            case Action.VerifyCheck check -> new Input.Checked(workId, true, evidence(step));
            case Action.Await await -> report(step, await.event(), walk);
            case Action.Run run -> new Input.OperationEnded(workId, true, evidence(step));
            case Action.Child child ->
                new Input.ChildReady(step.child().orElseThrow().id());
            case Action.Watch watch -> new Input.Watched(workId, true, evidence(step));
            case Action.Approve approve ->
                throw new IllegalStateException("%s is done by its approval".formatted(step.ref()));
        };
    }

    /** A report that says all that is awaited of it. */
    private Input report(StepProgress step, Awaited awaited, Walk walk) {
        var data = new LinkedHashMap<>(given(step));
        awaited.where().forEach((path, text) -> data.put(path, walk.filling().text(text)));
        return new Input.Reported(awaited.event(), SOMEBODY, data, true);
    }

    private Evidence evidence(StepProgress step) {
        return new Evidence("It went well", Map.of("output", given(step)));
    }

    /** All that other steps want to know of what the step gave. */
    private Map<String, Object> given(StepProgress step) {
        var given = new LinkedHashMap<String, Object>();
        plan.outputsOf(step.ref()).forEach(path -> given.put(path, "‹steps.%s.output.%s›".formatted(step.ref(), path)));
        return given;
    }

    private Outcome outcome() {
        var parts = new LinkedHashMap<StepRef, Part>();
        release.steps().forEach(step -> parts.put(step.ref(), part(step)));
        return new Outcome(release.state(), release.reason(), parts, Duration.between(start, now));
    }

    private Part part(StepProgress step) {
        var all = waits.getOrDefault(step.ref(), List.of());
        return new Part(
                step.state(),
                all.stream().findFirst().map(first -> Duration.between(start, first.since())),
                all.stream()
                        .map(it -> new Wait(it.what(), Duration.between(it.since(), it.until()), it.then()))
                        .toList());
    }
}
