package dev.slipway.release.engine;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toMap;

import dev.slipway.event.CheckEvent.WatchCancelled;
import dev.slipway.event.Event;
import dev.slipway.event.Evidence;
import dev.slipway.event.ReleaseEvent.Parent;
import dev.slipway.event.ReleaseEvent.StepCancelled;
import dev.slipway.event.Subject;
import dev.slipway.release.engine.Decision.Change;
import dev.slipway.release.engine.Effect.AskForChild;
import dev.slipway.release.engine.Effect.CancelOperation;
import dev.slipway.release.engine.Effect.CancelTimer;
import dev.slipway.release.engine.Effect.Publish;
import dev.slipway.release.engine.Effect.SetTimer;
import dev.slipway.release.engine.Effect.StartOperation;
import dev.slipway.release.engine.Effect.Tell;
import dev.slipway.release.engine.Release.OptOut;
import dev.slipway.release.engine.Release.RollbackProgress;
import dev.slipway.release.engine.Release.Stage;
import dev.slipway.release.engine.Release.StepProgress;
import dev.slipway.release.engine.Release.Tries;
import dev.slipway.release.engine.Release.Waiting;
import dev.slipway.release.plan.Guard;
import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.Plan.Level;
import dev.slipway.release.plan.Plan.Phase;
import dev.slipway.release.plan.Step;
import dev.slipway.release.plan.Step.Action;
import dev.slipway.release.plan.Step.OnFailure;
import dev.slipway.release.plan.StepRef;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * One decision in the making: a copy of the state that is walked on as far as it goes, and what is noted on the way.
 * What leads where is known to the classes that walk it; here each step's and the release's own moves are kept in
 * order.
 */
final class Walk implements Guard.Facts {

    private final Plan plan;
    private final Release before;
    private final Instant now;
    private final Filling filling;
    private final Map<StepRef, StepProgress> steps;
    private final List<Change> changes = new ArrayList<>();
    private final List<Effect> effects = new ArrayList<>();
    private Optional<OptOut> optOut;
    private Optional<Parent> parent;
    private ReleaseState state;
    private int phase;
    private Optional<Waiting> waiting;
    private Optional<RollbackProgress> rollback;
    private Optional<String> reason;
    private Optional<Instant> startedAt;
    private Optional<Instant> endedAt;

    Walk(Plan plan, Release before, Instant now) {
        this.plan = plan;
        this.before = before;
        this.now = now;
        this.steps =
                before.steps().stream().collect(toMap(StepProgress::ref, identity(), (a, b) -> b, LinkedHashMap::new));
        this.filling = new Filling(
                plan,
                before,
                output -> Optional.ofNullable(at(output.step()).output().get(output.path())));
        this.optOut = before.optOut();
        this.parent = before.parent();
        this.state = before.state();
        this.phase = before.phase();
        this.waiting = before.waiting();
        this.rollback = before.rollback();
        this.reason = before.reason();
        this.startedAt = before.startedAt();
        this.endedAt = before.endedAt();
    }

    Decision decision() {
        if (changes.isEmpty()) {
            return new Decision(before, List.of(), List.of());
        }
        var after = new Release(
                before.id(),
                before.subject(),
                before.version(),
                before.commit(),
                before.requestedBy(),
                before.requestedAt(),
                before.planVersion(),
                before.inputs(),
                before.priority(),
                optOut,
                parent,
                state,
                before.revision() + 1,
                phase,
                List.copyOf(steps.values()),
                waiting,
                rollback,
                reason,
                startedAt,
                endedAt);
        return new Decision(after, changes, effects);
    }

    // ---- what is known ----

    Plan plan() {
        return plan;
    }

    Filling filling() {
        return filling;
    }

    Instant now() {
        return now;
    }

    /** The release as it was before. */
    Release release() {
        return before;
    }

    UUID id() {
        return before.id();
    }

    String version() {
        return before.version();
    }

    Optional<Parent> parent() {
        return parent;
    }

    ReleaseState state() {
        return state;
    }

    int phase() {
        return phase;
    }

    Optional<Waiting> waiting() {
        return waiting;
    }

    Optional<RollbackProgress> rollback() {
        return rollback;
    }

    Optional<String> reason() {
        return reason;
    }

    /** The steps as they are now; they may be changed while these are gone through. */
    List<StepProgress> steps() {
        return List.copyOf(steps.values());
    }

    Step definition(StepProgress step) {
        return plan.step(step.ref());
    }

    StepProgress at(StepRef ref) {
        var step = steps.get(ref);
        if (step == null) {
            throw new IllegalArgumentException("The release has no step " + ref);
        }
        return step;
    }

    StepProgress at(String phaseName, String step) {
        return at(new StepRef(phaseName, step));
    }

    Stream<StepProgress> stepsOf(Phase of) {
        return of.steps().stream().map(step -> at(of.name(), step.name()));
    }

    Optional<StepProgress> find(Predicate<StepProgress> which) {
        return steps.values().stream().filter(which).findFirst();
    }

    /** The step that acts under that id, if it does such a thing. */
    Optional<StepProgress> acting(Class<? extends Action> action, String workId) {
        return find(step -> step.state().inFlight()
                && step.stage() == Stage.ACTION
                && workId(step).equals(workId)
                && action.isInstance(definition(step).action()));
    }

    boolean isOfCurrentPhase(StepProgress step) {
        return state == ReleaseState.ROLLING_BACK
                ? step.isOfWayBack()
                : phase >= 0
                        && plan.phases().get(phase).name().equals(step.ref().phase());
    }

    @Override
    public boolean is(Guard.Fact fact, StepRef ref) {
        var step = at(ref);
        return switch (fact) {
            case BEGUN -> step.hasActed();
            case SUCCEEDED -> step.state() == StepState.SUCCEEDED;
            case FAILED -> step.state().unsuccessful();
            case TIMED_OUT -> step.state() == StepState.TIMED_OUT;
            case SKIPPED -> step.state() == StepState.SKIPPED;
        };
    }

    @Override
    public Optional<String> value(String reference) {
        return filling.value(reference);
    }

    /** Whether anything may have been changed outside. */
    boolean isTouched() {
        return steps.values().stream().anyMatch(step -> step.hasTouched(definition(step)));
    }

    /** Whether it goes back when it is told to, even from its end: it has something to take back, and has not gone yet. */
    boolean mayComeBack() {
        return isTouched() && plan.rollback().isPresent() && rollback.isEmpty();
    }

    /** Whether what needs the step may begin. */
    boolean isSettled(StepProgress step) {
        return switch (step.state()) {
            case SUCCEEDED, SKIPPED, CANCELLED -> true;
            case FAILED, TIMED_OUT -> step.isOfWayBack() || onFailure(step.ref()) == OnFailure.CONTINUE;
            case PENDING, RUNNING, WAITING -> false;
        };
    }

    /** Whether the way back has begun, and what a step began at a provider is still on its way. */
    boolean isDraining(StepProgress step) {
        return state == ReleaseState.ROLLING_BACK
                && !step.isOfWayBack()
                && step.state().inFlight()
                && definition(step).action() instanceof Action.Run
                && (step.stage() == Stage.ACTION || step.stage() == Stage.REPORT);
    }

    /** The failed steps that a paused release waits for a decision about. */
    Stream<StepProgress> undecided() {
        return steps.values().stream()
                .filter(step ->
                        step.state().unsuccessful() && !step.isOfWayBack() && onFailure(step.ref()) == OnFailure.ASK);
    }

    OnFailure onFailure(StepRef ref) {
        return plan.onFailure(ref);
    }

    /** What happens when the step's time is over. */
    String consequence(StepRef ref) {
        if (ref.phase().equals(Plan.ROLLBACK)) {
            return "the step times out, and the way back goes on without it";
        }
        return switch (onFailure(ref)) {
            case FAIL -> "the step times out, and the release fails";
            case CONTINUE -> "the step times out, and the release goes on";
            case ROLL_BACK -> "the step times out, and the release is rolled back";
            case ASK -> "the step times out, and the release pauses";
        };
    }

    // ---- what is noted ----

    void change(ReleaseState to, String text) {
        state = to;
        changes.add(new Change(Optional.empty(), Optional.of(to.name()), text, Optional.empty()));
    }

    void change(StepRef step, StepState to, String text, Optional<Evidence> evidence) {
        changes.add(new Change(Optional.of(step), Optional.of(to.name()), text, evidence));
    }

    void remark(String text) {
        changes.add(new Change(Optional.empty(), Optional.empty(), text, Optional.empty()));
    }

    void remark(StepRef step, String text) {
        changes.add(new Change(Optional.of(step), Optional.empty(), text, Optional.empty()));
    }

    void remark(StepRef step, Evidence evidence) {
        changes.add(new Change(Optional.of(step), Optional.empty(), evidence.summary(), Optional.of(evidence)));
    }

    void publish(Event event) {
        effects.add(new Publish(event));
    }

    void setTimer(String timer, Instant at) {
        effects.add(new SetTimer(timer, at));
    }

    void cancelTimer(String timer) {
        effects.add(new CancelTimer(timer));
    }

    void tell(Subject subject, Event event) {
        effects.add(new Tell(subject, event));
    }

    void askFor(UUID child, Action.Child wanted) {
        var inputs = new LinkedHashMap<String, String>();
        wanted.inputs().forEach((name, text) -> inputs.put(name, filling.text(text)));
        effects.add(new AskForChild(child, wanted.subject(), filling.text(wanted.version()), inputs));
    }

    void startOperation(String workId, Action.Run run, Instant until) {
        effects.add(new StartOperation(workId, run.operation(), filling.settings(run.with()), until));
    }

    void cancelOperation(String workId) {
        effects.add(new CancelOperation(workId));
    }

    // ---- how the release moves ----

    void starts() {
        startedAt = Optional.of(now);
    }

    void optsOut(OptOut said) {
        optOut = Optional.of(said);
    }

    /** It ends by itself from now on. */
    void leavesParent() {
        parent = Optional.empty();
    }

    void enters(int next) {
        phase = next;
    }

    void waitsFor(Waiting what) {
        waiting = Optional.of(what);
    }

    void waitsNoMore() {
        waiting = Optional.empty();
    }

    void turnsBack(RollbackProgress progress) {
        rollback = Optional.of(progress);
        reason = Optional.of(progress.reason());
        endedAt = Optional.empty();
    }

    void endsFor(String why) {
        reason = Optional.of(why);
        endedAt = Optional.of(now);
    }

    // ---- how a step moves ----

    void put(StepProgress step) {
        steps.put(step.ref(), step);
    }

    /**
     * A step is begun, or comes to its next stage.
     *
     * @param what what it waits for from now on
     * @param until when that is expected to be over
     * @param deadline when the step is woken if it is not
     */
    void set(StepRef ref, StepState to, Stage stage, int attempt, String what, Instant until, Instant deadline) {
        put(at(ref).begun(to, stage, attempt, new Waiting(what, now, until, consequence(ref))));
        if (to == StepState.WAITING) {
            change(ref, to, "Awaiting " + what, Optional.empty());
        }
        setTimer(timer(ref, attempt, stage), deadline);
    }

    /** A step that has failed is tried again at a time. */
    void pause(StepProgress step, Tries tries, String what, Instant until, Evidence evidence) {
        var waiting = new Waiting(what, now, until, "it is tried again");
        cancelTimer(timer(step));
        put(step.tried(tries).begun(StepState.WAITING, Stage.PAUSE, step.attempt(), waiting));
        change(step.ref(), StepState.WAITING, evidence.summary(), Optional.of(evidence));
        setTimer(timer(step.ref(), step.attempt(), Stage.PAUSE), until);
    }

    void end(StepProgress step, StepState how, Evidence evidence) {
        put(step.ended(how, now));
        if (step.state().inFlight()) {
            cancelTimer(timer(step));
        }
        change(step.ref(), how, evidence.summary(), Optional.of(evidence));
    }

    void cancel(StepProgress step, String why) {
        abandon(step);
        end(step, StepState.CANCELLED, Evidence.of(why));
        publish(new StepCancelled(id(), step.ref().phase(), step.ref().step(), why));
    }

    /** Tells whoever works for a step in flight that its answer is of no more use. */
    void abandon(StepProgress step) {
        switch (definition(step).action()) {
            case Action.Watch watch -> {
                publish(new WatchCancelled(workId(step), id()));
                if (!filling.monitors(watch, Level.WARNING).isEmpty()) {
                    publish(new WatchCancelled(warnings(workId(step)), id()));
                }
            }
            case Action.Run run when step.stage() == Stage.ACTION -> cancelOperation(workId(step));
            default -> {}
        }
    }

    // ---- what work and timers are called ----

    String workId(StepProgress step) {
        return workId(step.ref(), step.attempt());
    }

    String workId(StepRef ref, int attempt) {
        return Release.workId(id(), ref, attempt);
    }

    /** The watch of those monitors of a watch that cannot make it fail. */
    static String warnings(String workId) {
        return workId + "/warnings";
    }

    String timer(StepProgress step) {
        return timer(step.ref(), step.attempt(), step.stage());
    }

    /** Each stage that another may follow at any time has a timer of its own, which cannot end what followed. */
    private String timer(StepRef ref, int attempt, Stage stage) {
        var workId = workId(ref, attempt);
        return switch (stage) {
            case APPROVAL -> workId + "/approval";
            case PAUSE -> workId + "/pause";
            case ACTION, REPORT -> workId;
        };
    }
}
