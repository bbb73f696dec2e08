package dev.slipway.release.engine;

import static java.util.stream.Collectors.toMap;

import dev.slipway.event.Event;
import dev.slipway.event.Evidence;
import dev.slipway.event.ReleaseEvent.Parent;
import dev.slipway.event.Subject;
import dev.slipway.release.engine.Decision.Change;
import dev.slipway.release.engine.Effect.AskForChild;
import dev.slipway.release.engine.Effect.CancelOperation;
import dev.slipway.release.engine.Effect.CancelTimer;
import dev.slipway.release.engine.Effect.Publish;
import dev.slipway.release.engine.Effect.SetTimer;
import dev.slipway.release.engine.Effect.StartOperation;
import dev.slipway.release.engine.Effect.Tell;
import dev.slipway.release.engine.Release.StepProgress;
import dev.slipway.release.plan.FakeOperations;
import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.format.PlanReader;
import dev.slipway.release.plan.format.PlanReader.Reading;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * A release told from outside: what happens to it, in order, and what it does. Its timers are kept as the service keeps
 * them, and {@link #after} lets time pass and fires those that fall due.
 */
final class Story {

    static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
    static final UUID NEWER = UUID.fromString("0195a000-0000-7000-8000-000000000002");
    static final UUID ID = UUID.fromString("0195a000-0000-7000-8000-000000000001");

    /** An input and the time at which it came. */
    record Told(Input input, Instant at) {}

    private final Plan plan;
    private final List<Told> told = new ArrayList<>();
    private final List<Effect> effects = new ArrayList<>();
    private final List<Change> changes = new ArrayList<>();
    private final Map<String, Instant> timers = new TreeMap<>();
    private Release release;
    private Decision last;
    private Instant now = START;

    private Story(Plan plan, Map<String, String> said) {
        this(plan, said, Optional.empty());
    }

    private Story(Plan plan, Map<String, String> said, Optional<Parent> parent) {
        this.plan = plan;
        this.release = Release.requested(
                ID,
                plan,
                3,
                "1.4.0",
                Optional.of("c0ffee"),
                said,
                Optional.empty(),
                Optional.empty(),
                parent,
                "ci",
                START);
        timers.put("queue", release.waiting().orElseThrow().until());
        this.last = new Decision(release, List.of(), List.of());
    }

    /** A queued release of a plan, which is given without the head that names its application. */
    static Story queued(String yaml) {
        return queued(plan(yaml));
    }

    static Story queued(Plan plan) {
        return asked(plan, Map.of());
    }

    /** A queued release that was asked for with inputs. */
    static Story asked(Plan plan, Map<String, String> said) {
        return new Story(plan, said);
    }

    /** A release that is part of another. */
    static Story partOf(Parent parent, String yaml) {
        return partOf(parent, plan(yaml));
    }

    static Story partOf(Parent parent, Plan plan) {
        return new Story(plan, Map.of(), Optional.of(parent));
    }

    /** A release of a plan whose turn has come. */
    static Story begun(String yaml) {
        return queued(yaml).turnCame();
    }

    static Plan plan(String yaml) {
        var text = "application: shop\nenvironment: production\n" + yaml;
        return switch (PlanReader.read(text, new FakeOperations())) {
            case Reading.Valid valid -> valid.plan();
            case Reading.Invalid invalid -> throw new AssertionError("The plan is not valid: " + invalid.errors());
        };
    }

    // ---- what happens ----

    Story given(Input input) {
        told.add(new Told(input, now));
        last = Engine.decide(plan, release, input, now);
        release = last.release();
        changes.addAll(last.changes());
        for (var effect : last.effects()) {
            effects.add(effect);
            switch (effect) {
                case SetTimer set -> timers.put(set.timer(), set.at());
                case CancelTimer cancel -> timers.remove(cancel.timer());
                case Publish publish -> {}
                case Tell tell -> {}
                case AskForChild ask -> {}
                case StartOperation start -> {}
                case CancelOperation cancel -> {}
            }
        }
        return this;
    }

    Story turnCame() {
        return given(new Input.TurnCame());
    }

    Story reported(String event) {
        return reported(event, Map.of());
    }

    Story reported(String event, Map<String, Object> data) {
        return given(new Input.Reported(event, "event-" + told.size(), data, true));
    }

    /** A webhook, which is meant for nobody in particular. */
    Story webhook(Map<String, Object> data) {
        return given(new Input.Reported("WebhookVerified", "event-" + told.size(), data, false));
    }

    Story checkPassed(String step) {
        return given(new Input.Checked(workId(step), true, Evidence.of("all conditions hold")));
    }

    Story checkFailed(String step) {
        return given(new Input.Checked(workId(step), false, Evidence.of("[STATUS] was 500")));
    }

    Story operationDone(String step) {
        return given(new Input.OperationEnded(workId(step), true, Evidence.of("it is done")));
    }

    Story operationDone(String step, Evidence evidence) {
        return given(new Input.OperationEnded(workId(step), true, evidence));
    }

    Story operationFailed(String step) {
        return given(new Input.OperationEnded(workId(step), false, Evidence.of("the provider refused")));
    }

    Story watchEnded(String step, boolean healthy) {
        return given(new Input.Watched(workId(step), healthy, Evidence.of(healthy ? "all healthy" : "not healthy")));
    }

    Story degraded(String monitor) {
        return given(new Input.Degraded(monitor, Evidence.of("two failures in a row"), true));
    }

    /** A monitor that was not watching for this release. */
    Story degradedAround(String monitor) {
        return given(new Input.Degraded(monitor, Evidence.of("two failures in a row"), false));
    }

    Story approved() {
        return given(new Input.Approved("ada", Optional.empty(), Optional.of("looks good")));
    }

    Story approved(String step) {
        return given(new Input.Approved("ada", Optional.of(step), Optional.empty()));
    }

    Story approvedBy(String by) {
        return given(new Input.Approved(by, Optional.empty(), Optional.empty()));
    }

    Story rejected() {
        return given(new Input.Rejected("ada", Optional.empty(), Optional.of("the sign-in is slow")));
    }

    Story skipAsked(String step) {
        return given(new Input.SkipAsked("ada", step, "not today"));
    }

    Story pauseAsked() {
        return given(new Input.PauseAsked("ada", Optional.of("lunch")));
    }

    Story resumeAsked() {
        return given(new Input.ResumeAsked("ada", Optional.of("back from lunch")));
    }

    Story retryAsked() {
        return given(new Input.RetryAsked("ada", Optional.empty(), Optional.of("the provider is up again")));
    }

    Story retryAsked(String step) {
        return given(new Input.RetryAsked("ada", Optional.of(step), Optional.empty()));
    }

    Story abortAsked() {
        return given(new Input.AbortAsked("ada", Optional.of("wrong version")));
    }

    Story rollbackAsked() {
        return given(new Input.RollbackAsked("ada", Optional.of("customers complain")));
    }

    /** Asks for the way back though something around the release stands in the way. */
    Story rollbackAskedDespite(String hindrance) {
        return given(new Input.RollbackAsked("ada", Optional.empty(), Optional.of(hindrance)));
    }

    Story timeCame(String timer) {
        timers.remove(timer);
        return given(new Input.TimeCame(timer));
    }

    /** Lets time pass; the timers that fall due fire in their order. */
    Story after(Duration duration) {
        var until = now.plus(duration);
        while (true) {
            var due = timers.entrySet().stream()
                    .filter(timer -> !timer.getValue().isAfter(until))
                    .min(Map.Entry.comparingByValue());
            if (due.isEmpty()) {
                now = until;
                return this;
            }
            now = due.get().getValue().isAfter(now) ? due.get().getValue() : now;
            timeCame(due.get().getKey());
        }
    }

    // ---- how it stands ----

    Plan plan() {
        return plan;
    }

    Release release() {
        return release;
    }

    Instant now() {
        return now;
    }

    ReleaseState state() {
        return release.state();
    }

    StepState step(String name) {
        return progress(name).state();
    }

    StepProgress progress(String name) {
        return release.steps().stream()
                .filter(step -> step.ref().toString().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("The plan has no step " + name));
    }

    /** Every step and its state. */
    Map<String, StepState> steps() {
        return release.steps().stream()
                .collect(toMap(
                        step -> step.ref().toString(),
                        StepProgress::state,
                        (first, second) -> first,
                        LinkedHashMap::new));
    }

    /** What the step's last attempt is known by. */
    String workId(String step) {
        return "%s/%s/%d".formatted(ID, step.replace('.', '/'), progress(step).attempt());
    }

    /** The timers that are set, with their times. */
    Map<String, Instant> timers() {
        return timers;
    }

    /** What the last input led to. */
    Decision last() {
        return last;
    }

    List<Told> told() {
        return told;
    }

    /** All events that were published, in order. */
    List<Event> published() {
        return effects.stream()
                .filter(Publish.class::isInstance)
                .map(effect -> ((Publish) effect).event())
                .toList();
    }

    <E extends Event> List<E> published(Class<E> type) {
        return published().stream().filter(type::isInstance).map(type::cast).toList();
    }

    List<String> publishedNames() {
        return published().stream().map(Event::name).toList();
    }

    /** What releases of an environment were told, in order. */
    List<Event> told(Subject subject) {
        return tells(tell -> tell.subject().equals(subject));
    }

    /** What releases of other environments were told, in order. */
    List<Event> tells() {
        return tells(tell -> true);
    }

    private List<Event> tells(Predicate<Tell> which) {
        return effects.stream()
                .flatMap(effect -> effect instanceof Tell tell && which.test(tell)
                        ? Stream.of(tell.event())
                        : Stream.<Event>empty())
                .toList();
    }

    /** The releases that were asked for as parts of this one, in order. */
    List<AskForChild> children() {
        return effects.stream()
                .filter(AskForChild.class::isInstance)
                .map(AskForChild.class::cast)
                .toList();
    }

    /** The release that a step has asked for has done its work. */
    Story childReady(String step) {
        return given(new Input.ChildReady(progress(step).child().orElseThrow().id()));
    }

    /** The release that a step has asked for has ended for good, and has changed something. */
    Story childEnded(String step, ReleaseState state) {
        return childEnded(step, state, true, false);
    }

    /** The release that a step has asked for has ended before it changed anything. */
    Story childEndedUntouched(String step, ReleaseState state) {
        return childEnded(step, state, false, false);
    }

    /** The release that a step has asked for has ended, has changed something, and was not told to take it back. */
    Story childEndedByItself(String step, ReleaseState state) {
        return childEnded(step, state, true, true);
    }

    private Story childEnded(String step, ReleaseState state, boolean touched, boolean mayComeBack) {
        var child = progress(step).child().orElseThrow().id();
        return given(new Input.ChildEnded(child, state.name(), "so it was", touched, Optional.of(mayComeBack)));
    }

    /** All operations that were started, in order. */
    List<StartOperation> operations() {
        return effects.stream()
                .filter(StartOperation.class::isInstance)
                .map(StartOperation.class::cast)
                .toList();
    }

    List<String> startedOperations() {
        return operations().stream().map(StartOperation::operation).toList();
    }

    List<String> cancelledOperations() {
        return effects.stream()
                .filter(CancelOperation.class::isInstance)
                .map(effect -> ((CancelOperation) effect).workId())
                .toList();
    }

    /** What changed, in order. */
    List<Change> changes() {
        return changes;
    }

    /** What the journal says of the last input. */
    List<String> lastTexts() {
        return last.changes().stream().map(Change::text).toList();
    }

    /** What the journal says of all. */
    List<String> texts() {
        return changes.stream().map(Change::text).toList();
    }

    /** What is waited for now, of the release and of its steps. */
    List<String> waitingFor() {
        var all = new ArrayList<String>();
        release.waiting().ifPresent(waiting -> all.add(waiting.what()));
        release.steps().forEach(step -> step.waiting().ifPresent(waiting -> all.add(waiting.what())));
        return all;
    }

    /** The evidence that the journal has for the end of a step. */
    Evidence evidence(String step) {
        return changes.stream()
                .filter(change ->
                        change.step().filter(ref -> ref.toString().equals(step)).isPresent())
                .flatMap(change -> change.evidence().stream())
                .reduce((first, second) -> second)
                .orElseThrow(() -> new AssertionError("There is no evidence for " + step));
    }
}
