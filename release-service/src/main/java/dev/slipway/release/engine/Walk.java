package dev.slipway.release.engine;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toMap;

import dev.slipway.event.CheckEvent.CheckRequested;
import dev.slipway.event.CheckEvent.WatchCancelled;
import dev.slipway.event.CheckEvent.WatchStarted;
import dev.slipway.event.Event;
import dev.slipway.event.Evidence;
import dev.slipway.event.ReleaseEvent.ApprovalRequested;
import dev.slipway.event.ReleaseEvent.PhaseStarted;
import dev.slipway.event.ReleaseEvent.PhaseSucceeded;
import dev.slipway.event.ReleaseEvent.ReleaseAborted;
import dev.slipway.event.ReleaseEvent.ReleaseFailed;
import dev.slipway.event.ReleaseEvent.ReleasePaused;
import dev.slipway.event.ReleaseEvent.ReleaseResumed;
import dev.slipway.event.ReleaseEvent.ReleaseStarted;
import dev.slipway.event.ReleaseEvent.ReleaseSucceeded;
import dev.slipway.event.ReleaseEvent.RollbackCompleted;
import dev.slipway.event.ReleaseEvent.RollbackFailed;
import dev.slipway.event.ReleaseEvent.RollbackStarted;
import dev.slipway.event.ReleaseEvent.StepCancelled;
import dev.slipway.event.ReleaseEvent.StepFailed;
import dev.slipway.event.ReleaseEvent.StepSkipped;
import dev.slipway.event.ReleaseEvent.StepStarted;
import dev.slipway.event.ReleaseEvent.StepSucceeded;
import dev.slipway.event.ReleaseEvent.StepTimedOut;
import dev.slipway.release.engine.Decision.Change;
import dev.slipway.release.engine.Effect.CancelOperation;
import dev.slipway.release.engine.Effect.CancelTimer;
import dev.slipway.release.engine.Effect.Publish;
import dev.slipway.release.engine.Effect.SetTimer;
import dev.slipway.release.engine.Effect.StartOperation;
import dev.slipway.release.engine.Release.Held;
import dev.slipway.release.engine.Release.RollbackProgress;
import dev.slipway.release.engine.Release.Stage;
import dev.slipway.release.engine.Release.StepProgress;
import dev.slipway.release.engine.Release.Waiting;
import dev.slipway.release.plan.Guard;
import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.Plan.Cause;
import dev.slipway.release.plan.Plan.Phase;
import dev.slipway.release.plan.Step;
import dev.slipway.release.plan.Step.Action;
import dev.slipway.release.plan.Step.Awaited;
import dev.slipway.release.plan.Step.OnFailure;
import dev.slipway.release.plan.StepRef;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One decision in the making: a copy of the state that is walked on as far as it goes. */
final class Walk {

    /** How long a pause may last before the release fails. */
    static final Duration LONGEST_PAUSE = Duration.ofHours(24);
    /** How much later than a watch can end its answer may come: the way from health-probe, and a restart of it. */
    static final Duration GRACE = Duration.ofMinutes(1);

    static final String PAUSE_TIMER = "pause";
    static final String ROLLBACK_TIMER = "rollback";
    static final String DRAIN_TIMER = "drain";

    /** The share of the time for a rollback that operations still on their way may take of it. */
    private static final int DRAIN_SHARE = 3;

    private final Plan plan;
    private final Release before;
    private final Instant now;
    private final Filling filling;
    private final Map<StepRef, StepProgress> steps;
    private final List<Change> changes = new ArrayList<>();
    private final List<Effect> effects = new ArrayList<>();
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
        this.filling = new Filling(plan, before);
        this.steps =
                before.steps().stream().collect(toMap(StepProgress::ref, identity(), (a, b) -> b, LinkedHashMap::new));
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

    // ---- what happened ----

    void take(Input input) {
        switch (input) {
            case Input.Requested request -> {}
            case Input.TurnCame turn -> turnCame();
            case Input.Reported reported -> reported(reported);
            case Input.Checked checked -> checked(checked);
            case Input.OperationEnded ended -> operationEnded(ended);
            case Input.Watched watched -> watched(watched);
            case Input.Degraded degraded -> degraded(degraded);
            case Input.Approved approved -> approved(approved);
            case Input.PauseAsked asked -> pauseAsked(asked);
            case Input.ResumeAsked asked -> resumeAsked(asked);
            case Input.RetryAsked asked -> retryAsked(asked);
            case Input.AbortAsked asked -> abortAsked(asked);
            case Input.RollbackAsked asked -> rollbackAsked(asked);
            case Input.TimeCame time -> timeCame(time);
        }
    }

    private void turnCame() {
        if (state == ReleaseState.QUEUED) {
            startedAt = Optional.of(now);
            change(ReleaseState.RUNNING, "The release of %s begins".formatted(before.version()));
            publish(new ReleaseStarted(id(), before.version()));
        }
    }

    private void reported(Input.Reported report) {
        var waiting = find(step -> step.state().inFlight() && !isAwaitingApproval(step) && awaits(step, report));
        if (waiting.isPresent()) {
            accept(waiting.get(), report);
            return;
        }
        // CI need not know how far the release is: what comes before its step is kept for it. What is addressed to
        // nobody, as webhooks are, is kept only for a step of the phase that has begun: of all earlier ones it says
        // nothing.
        var later = find(step -> step.state() == StepState.PENDING
                && step.held().isEmpty()
                && (report.addressed() || isOfCurrentPhase(step))
                && definition(step).action() instanceof Action.Await
                && awaits(step, report));
        if (later.isEmpty() && !report.addressed()) {
            return;
        }
        if (later.isPresent()) {
            put(later.get().holding(held(report)));
            remark(later.get().ref(), "%s came early; it is kept until the step needs it".formatted(report.event()));
        } else {
            remark(null, "%s came, but no step awaits it".formatted(report.event()));
        }
    }

    private boolean isOfCurrentPhase(StepProgress step) {
        return state == ReleaseState.ROLLING_BACK
                ? step.ref().phase().equals(Plan.ROLLBACK)
                : phase >= 0
                        && plan.phases().get(phase).name().equals(step.ref().phase());
    }

    private void accept(StepProgress step, Input.Reported report) {
        if (isDraining(step) && step.stage() == Stage.REPORT) {
            cancel(step, "Overtaken by the way back, after %s".formatted(report.event()));
        } else if (definition(step).action() instanceof Action.Run && step.stage() != Stage.REPORT) {
            put(step.holding(held(report)));
            remark(step.ref(), "%s came before its operation ended".formatted(report.event()));
        } else {
            succeed(step, held(report).evidence());
        }
    }

    private static Held held(Input.Reported report) {
        return new Held(report.eventId(), report.event(), report.data());
    }

    private void checked(Input.Checked checked) {
        inFlight(Action.VerifyCheck.class, checked.workId()).ifPresent(step -> {
            if (checked.passed()) {
                succeed(step, checked.evidence());
            } else {
                fail(step, StepState.FAILED, checked.evidence());
            }
        });
    }

    private void operationEnded(Input.OperationEnded ended) {
        var running = inFlight(Action.Run.class, ended.workId()).filter(step -> step.stage() == Stage.ACTION);
        running.ifPresent(step -> {
            var until = definition(step).until();
            if (isDraining(step)) {
                cancel(
                        step,
                        "Overtaken by the way back; its operation %s: %s"
                                .formatted(
                                        ended.succeeded() ? "ended well" : "did not succeed",
                                        ended.evidence().summary()));
            } else if (!ended.succeeded()) {
                fail(step, StepState.FAILED, ended.evidence());
            } else if (until.isEmpty()) {
                succeed(step, ended.evidence());
            } else if (step.held().isPresent()) {
                succeed(step, step.held().get().evidence());
            } else {
                awaitReport(step, until.get(), ended.evidence());
            }
        });
    }

    private void awaitReport(StepProgress step, Awaited until, Evidence done) {
        var what = filling.described(until);
        var deadline = step.waiting().map(Waiting::until).orElse(now);
        put(step.awaitingReport(new Waiting(what, now, deadline, consequence(step.ref()))));
        changes.add(new Change(
                Optional.of(step.ref()),
                Optional.of(StepState.WAITING.name()),
                "The operation is done; awaiting " + what,
                Optional.of(done)));
    }

    private void watched(Input.Watched watched) {
        inFlight(Action.Watch.class, watched.workId()).ifPresent(step -> {
            if (watched.healthy()) {
                succeed(step, watched.evidence());
            } else {
                fail(step, StepState.FAILED, watched.evidence());
            }
        });
    }

    private void degraded(Input.Degraded degraded) {
        if (state == ReleaseState.QUEUED || state == ReleaseState.ROLLING_BACK) {
            return;
        }
        var watch = find(step -> step.state() == StepState.RUNNING
                && definition(step).action() instanceof Action.Watch it
                && it.monitors().contains(degraded.monitor()));
        var why = "The monitor %s is degraded: %s"
                .formatted(degraded.monitor(), degraded.evidence().summary());
        var goesBack = plan.rollsBackWhen(Cause.HEALTH_DEGRADED) && isTouched();
        if (watch.isPresent()) {
            abandon(watch.get());
            end(watch.get(), StepState.FAILED, degraded.evidence());
            publish(new StepFailed(
                    id(), watch.get().ref().phase(), watch.get().ref().step(), degraded.evidence()));
            if (goesBack) {
                goBack(why);
            } else {
                handleFailure(watch.get().ref(), why);
            }
        } else if (goesBack) {
            remark(null, why);
            goBack(why);
        } else if (degraded.addressed()) {
            remark(null, why);
        }
    }

    private void approved(Input.Approved approved) {
        var step = find(it -> isAwaitingApproval(it)
                && approved.step()
                        .map(name -> name.equals(it.ref().step())
                                || name.equals(it.ref().toString()))
                        .orElse(true));
        if (step.isEmpty()) {
            remark(null, "%s approved, but no step awaits approval".formatted(approved.by()));
            return;
        }
        var details = new LinkedHashMap<String, Object>();
        details.put("by", approved.by());
        details.put("at", now.toString());
        approved.comment().ifPresent(comment -> details.put("comment", comment));
        var evidence = new Evidence("Approved by " + approved.by(), details);
        var definition = definition(step.get());
        if (definition.action() instanceof Action.Approve) {
            succeed(step.get(), evidence);
        } else {
            changes.add(new Change(
                    Optional.of(step.get().ref()), Optional.empty(), evidence.summary(), Optional.of(evidence)));
            effects.add(new CancelTimer(timer(step.get())));
            act(step.get().ref(), definition, step.get().attempt());
        }
    }

    private void pauseAsked(Input.PauseAsked asked) {
        if (state == ReleaseState.RUNNING) {
            pause(asked.by(), asked.reason().orElse("Paused by " + asked.by()), "somebody to resume");
        } else {
            remark(null, "%s asked for a pause, but the release is %s".formatted(asked.by(), state));
        }
    }

    private void resumeAsked(Input.ResumeAsked asked) {
        if (state != ReleaseState.PAUSED) {
            remark(null, "%s asked to resume, but the release is %s".formatted(asked.by(), state));
        } else if (undecided().findAny().isPresent()) {
            remark(
                    null,
                    "%s asked to resume, but the failed step must be retried, or the release aborted or rolled back"
                            .formatted(asked.by()));
        } else {
            resume(asked.by(), "Resumed by " + asked.by());
        }
    }

    private void retryAsked(Input.RetryAsked asked) {
        var retried = undecided()
                .filter(it -> asked.step()
                        .map(name -> name.equals(it.ref().step())
                                || name.equals(it.ref().toString()))
                        .orElse(true))
                .toList();
        if (state != ReleaseState.PAUSED || retried.isEmpty()) {
            remark(null, "%s asked for a retry, but no failed step waits for a decision".formatted(asked.by()));
            return;
        }
        retried.forEach(step -> prepareAgain(step, asked.by()));
        var left = undecided().findFirst();
        if (left.isPresent()) {
            waiting =
                    waiting.map(it -> new Waiting(decisionAbout(left.get().ref()), it.since(), it.until(), it.then()));
        } else {
            resume(asked.by(), "Resumed by " + asked.by() + " to try again");
        }
    }

    private void prepareAgain(StepProgress old, String by) {
        put(old.again());
        changes.add(new Change(
                Optional.of(old.ref()),
                Optional.of(StepState.PENDING.name()),
                "To be tried again, says " + by,
                Optional.empty()));
    }

    private static String decisionAbout(StepRef failed) {
        return "a decision about %s: retry, abort or roll back".formatted(failed);
    }

    private void abortAsked(Input.AbortAsked asked) {
        var why = asked.reason().orElse("Aborted by " + asked.by());
        endRelease(ReleaseState.ABORTED, why);
        publish(new ReleaseAborted(id(), before.version(), asked.by(), why));
    }

    private void rollbackAsked(Input.RollbackAsked asked) {
        if (state == ReleaseState.QUEUED
                || state == ReleaseState.ROLLING_BACK
                || plan.rollback().isEmpty()) {
            remark(
                    null,
                    "%s asked for the way back, but %s"
                            .formatted(
                                    asked.by(),
                                    plan.rollback().isEmpty() ? "the plan has none" : "the release is " + state));
        } else {
            goBack(asked.reason().orElse("Asked for by " + asked.by()));
        }
    }

    private void timeCame(Input.TimeCame time) {
        switch (time.timer()) {
            case PAUSE_TIMER -> {
                if (state == ReleaseState.PAUSED) {
                    failRelease("It was paused for more than %d hours".formatted(LONGEST_PAUSE.toHours()));
                }
            }
            case ROLLBACK_TIMER -> {
                if (state == ReleaseState.ROLLING_BACK) {
                    failRollback("The way back was not done in its time");
                }
            }
            case DRAIN_TIMER ->
                List.copyOf(steps.values()).stream()
                        .filter(this::isDraining)
                        .forEach(step -> cancel(step, "Overtaken by the way back, which could wait no longer"));
            default ->
                find(step -> step.state().inFlight() && timer(step).equals(time.timer()))
                        .ifPresent(this::timeOut);
        }
    }

    private void timeOut(StepProgress step) {
        var what = step.waiting().map(Waiting::what).orElse("its end");
        if (isDraining(step)) {
            cancel(step, "Overtaken by the way back; it did not end in its time");
        } else {
            abandon(step);
            fail(step, StepState.TIMED_OUT, Evidence.of("Timed out waiting for " + what));
        }
    }

    // ---- going on ----

    /** Starts whatever may start, until nothing more may. */
    void advance() {
        var moved = true;
        while (moved) {
            moved = switch (state) {
                case RUNNING -> advancePhases();
                case ROLLING_BACK -> advanceRollback();
                default -> false;
            };
        }
    }

    private boolean advancePhases() {
        if (phase < 0) {
            enter(0);
            return true;
        }
        var current = plan.phases().get(phase);
        if (stepsOf(current).allMatch(this::isSettled)) {
            changes.add(remarkOf(null, "The phase %s is done".formatted(current.name())));
            publish(new PhaseSucceeded(id(), current.name()));
            if (phase + 1 < plan.phases().size()) {
                enter(phase + 1);
            } else {
                endRelease(ReleaseState.SUCCEEDED, "All phases are done");
                publish(new ReleaseSucceeded(id(), before.version()));
            }
            return true;
        }
        return startReady(current.name(), current.steps());
    }

    private void enter(int next) {
        phase = next;
        var name = plan.phases().get(next).name();
        remark(null, "The phase %s begins".formatted(name));
        publish(new PhaseStarted(id(), name));
    }

    private boolean advanceRollback() {
        if (steps.values().stream().anyMatch(this::isDraining)) {
            return false;
        }
        var back = plan.rollback().orElseThrow();
        var progress = back.steps().stream()
                .map(step -> at(Plan.ROLLBACK, step.name()))
                .toList();
        if (progress.stream().allMatch(step -> step.state().ended())) {
            concludeRollback(progress);
            return false;
        }
        return startReady(Plan.ROLLBACK, back.steps());
    }

    /** Starts, or skips, each step whose predecessors are settled. Stops at once when that changes the way. */
    private boolean startReady(String phaseName, List<Step> definitions) {
        var started = false;
        var way = state;
        for (var definition : definitions) {
            var step = at(phaseName, definition.name());
            if (state == way
                    && step.state() == StepState.PENDING
                    && definition.needs().stream().allMatch(need -> isSettled(at(phaseName, need)))) {
                begin(step, definition);
                started = true;
            }
        }
        return started;
    }

    private void begin(StepProgress step, Step definition) {
        if (definition.condition().isPresent() && !definition.condition().get().holds(this::is)) {
            end(step, StepState.SKIPPED, Evidence.of("Not needed: its condition does not hold"));
            publish(new StepSkipped(id(), step.ref().phase(), step.ref().step(), "its condition does not hold"));
            return;
        }
        var attempt = step.attempt() + 1;
        changes.add(
                new Change(Optional.of(step.ref()), Optional.of(StepState.RUNNING.name()), "Begun", Optional.empty()));
        publish(new StepStarted(id(), step.ref().phase(), step.ref().step()));
        if (definition.approval().isPresent()) {
            var approval = definition.approval().get();
            var until = now.plus(approval.timeout());
            set(step.ref(), StepState.WAITING, Stage.APPROVAL, attempt, "approval by " + approval.by(), until, until);
            publish(new ApprovalRequested(id(), step.ref().phase(), step.ref().step(), approval.by(), until));
        } else {
            act(step.ref(), definition, attempt);
        }
    }

    private void act(StepRef ref, Step definition, int attempt) {
        var deadline = now.plus(definition.timeout());
        var workId = workId(ref, attempt);
        switch (definition.action()) {
            case Action.VerifyCheck verify -> {
                set(ref, StepState.RUNNING, Stage.ACTION, attempt, "the answer of the check", deadline, deadline);
                publish(new CheckRequested(workId, id(), filling.check(verify.check())));
            }
            case Action.Await await -> {
                var held = at(ref).held();
                set(
                        ref,
                        StepState.WAITING,
                        Stage.ACTION,
                        attempt,
                        filling.described(await.event()),
                        deadline,
                        deadline);
                held.ifPresent(it -> succeed(at(ref), it.evidence()));
            }
            case Action.Run run -> {
                set(
                        ref,
                        StepState.RUNNING,
                        Stage.ACTION,
                        attempt,
                        "the operation %s to end".formatted(run.operation()),
                        deadline,
                        deadline);
                effects.add(new StartOperation(workId, run.operation(), filling.settings(run.with()), deadline));
            }
            case Action.Watch watch -> {
                var until = now.plus(watch.duration());
                set(
                        ref,
                        StepState.RUNNING,
                        Stage.ACTION,
                        attempt,
                        "%s to stay healthy".formatted(String.join(", ", watch.monitors())),
                        until,
                        until.plus(filling.lateness(watch)).plus(GRACE));
                publish(new WatchStarted(workId, id(), filling.monitors(watch), until));
            }
            case Action.Approve approve -> throw new IllegalStateException("%s is done by its approval".formatted(ref));
        }
    }

    // ---- how steps end ----

    private void succeed(StepProgress step, Evidence evidence) {
        end(step, StepState.SUCCEEDED, evidence);
        publish(new StepSucceeded(id(), step.ref().phase(), step.ref().step(), evidence));
    }

    private void fail(StepProgress step, StepState how, Evidence evidence) {
        end(step, how, evidence);
        publish(
                how == StepState.TIMED_OUT
                        ? new StepTimedOut(id(), step.ref().phase(), step.ref().step(), evidence)
                        : new StepFailed(id(), step.ref().phase(), step.ref().step(), evidence));
        if (!step.ref().phase().equals(Plan.ROLLBACK)) {
            handleFailure(step.ref(), "%s: %s".formatted(step.ref(), evidence.summary()));
        }
    }

    private void handleFailure(StepRef ref, String why) {
        switch (onFailure(ref)) {
            case CONTINUE -> remark(ref, "The plan goes on without it");
            case ASK -> pause("the plan", why, decisionAbout(ref));
            case FAIL -> failRelease(why);
            case ROLL_BACK -> {
                if (isTouched()) {
                    goBack(why);
                } else {
                    failRelease(why + "; nothing was changed yet, so there is no way back to go");
                }
            }
        }
    }

    private void cancel(StepProgress step, String why) {
        abandon(step);
        end(step, StepState.CANCELLED, Evidence.of(why));
        publish(new StepCancelled(id(), step.ref().phase(), step.ref().step(), why));
    }

    /** Tells whoever works for a step in flight that its answer is of no more use. */
    private void abandon(StepProgress step) {
        switch (definition(step).action()) {
            case Action.Watch watch -> publish(new WatchCancelled(workId(step), id()));
            case Action.Run run when step.stage() == Stage.ACTION -> effects.add(new CancelOperation(workId(step)));
            default -> {}
        }
    }

    private void end(StepProgress step, StepState how, Evidence evidence) {
        put(step.ended(how, now));
        if (step.state().inFlight()) {
            effects.add(new CancelTimer(timer(step)));
        }
        changes.add(new Change(
                Optional.of(step.ref()), Optional.of(how.name()), evidence.summary(), Optional.of(evidence)));
    }

    // ---- how releases turn and end ----

    private void pause(String by, String why, String what) {
        change(ReleaseState.PAUSED, why);
        var until = now.plus(LONGEST_PAUSE);
        waiting = Optional.of(new Waiting(what, now, until, "the release fails"));
        effects.add(new SetTimer(PAUSE_TIMER, until));
        publish(new ReleasePaused(id(), by, why, until));
    }

    private void resume(String by, String text) {
        change(ReleaseState.RUNNING, text);
        waiting = Optional.empty();
        effects.add(new CancelTimer(PAUSE_TIMER));
        publish(new ReleaseResumed(id(), by));
    }

    private void goBack(String why) {
        var until = now.plus(plan.rollback().orElseThrow().within());
        if (state == ReleaseState.PAUSED) {
            effects.add(new CancelTimer(PAUSE_TIMER));
            waiting = Optional.empty();
        }
        change(ReleaseState.ROLLING_BACK, why);
        reason = Optional.of(why);
        rollback = Optional.of(new RollbackProgress(now, until, why));
        effects.add(new SetTimer(ROLLBACK_TIMER, until));
        publish(new RollbackStarted(id(), before.version(), why, until));
        if (steps.values().stream().anyMatch(this::isDraining)) {
            effects.add(new SetTimer(
                    DRAIN_TIMER, now.plus(Duration.between(now, until).dividedBy(DRAIN_SHARE))));
        }
        for (var step : List.copyOf(steps.values())) {
            if (step.ref().phase().equals(Plan.ROLLBACK)) {
                continue;
            }
            if (isDraining(step)) {
                // Reverting while a deployment is on its way could be undone by it: its end is awaited.
                if (step.stage() == Stage.ACTION) {
                    effects.add(new CancelOperation(workId(step)));
                }
                remark(step.ref(), "The way back begins when this has ended, or can wait no longer");
            } else if (step.state().inFlight()) {
                cancel(step, "Overtaken by the way back");
            } else if (step.state() == StepState.PENDING) {
                end(step, StepState.CANCELLED, Evidence.of("Not reached"));
            }
        }
    }

    private void concludeRollback(List<StepProgress> progress) {
        var unmended = progress.stream()
                .filter(step -> step.state().unsuccessful() && !isMended(step.ref()))
                .map(step -> step.ref().step())
                .toList();
        if (unmended.isEmpty()) {
            var why = reason.orElse("");
            endRelease(ReleaseState.ROLLED_BACK, why);
            publish(new RollbackCompleted(id(), before.version(), why));
        } else {
            failRollback("%s did not succeed, and no later step mended that".formatted(String.join(", ", unmended)));
        }
    }

    /** Whether a step that is there for the failure of another succeeded. */
    private boolean isMended(StepRef failed) {
        return plan.rollback().orElseThrow().steps().stream()
                .filter(step ->
                        step.condition().stream().flatMap(Guard::failures).anyMatch(failed::equals))
                .anyMatch(step -> at(Plan.ROLLBACK, step.name()).state() == StepState.SUCCEEDED);
    }

    private void failRollback(String why) {
        endRelease(ReleaseState.ROLLBACK_FAILED, why);
        publish(new RollbackFailed(id(), before.version(), why));
    }

    private void failRelease(String why) {
        endRelease(ReleaseState.FAILED, why);
        publish(new ReleaseFailed(id(), before.version(), why));
    }

    private void endRelease(ReleaseState how, String why) {
        for (var step : List.copyOf(steps.values())) {
            if (step.state().inFlight()) {
                cancel(step, "The release ended");
            } else if (step.state() == StepState.PENDING && isOnTheWay(step)) {
                end(step, StepState.CANCELLED, Evidence.of("Not reached"));
            }
        }
        if (state == ReleaseState.PAUSED) {
            effects.add(new CancelTimer(PAUSE_TIMER));
        }
        if (state == ReleaseState.ROLLING_BACK) {
            effects.add(new CancelTimer(ROLLBACK_TIMER));
            effects.add(new CancelTimer(DRAIN_TIMER));
        }
        waiting = Optional.empty();
        reason = Optional.of(why);
        endedAt = Optional.of(now);
        change(how, why);
    }

    /** The steps of a way back that was never gone stay as they are: nobody expected them. */
    private boolean isOnTheWay(StepProgress step) {
        return rollback.isPresent() || !step.ref().phase().equals(Plan.ROLLBACK);
    }

    // ---- what is so ----

    private boolean is(Guard.Fact fact, StepRef ref) {
        var step = at(ref);
        return switch (fact) {
            case BEGUN -> hasActed(step);
            case SUCCEEDED -> step.state() == StepState.SUCCEEDED;
            case FAILED -> step.state().unsuccessful();
        };
    }

    /** Whether anything may have been changed outside: an operation was begun, or somebody reported work done. */
    private boolean isTouched() {
        return steps.values().stream().filter(Walk::hasActed).anyMatch(step -> switch (definition(step)
                .action()) {
            case Action.Run run -> true;
            case Action.Await await -> step.state() == StepState.SUCCEEDED;
            case Action.VerifyCheck check -> false;
            case Action.Approve approve -> false;
            case Action.Watch watch -> true;
        });
    }

    /** Whether it may have had an effect: one whose approval did not come has had none. */
    private static boolean hasActed(StepProgress step) {
        return step.attempt() > 1
                || (step.attempt() == 1 && (step.stage() != Stage.APPROVAL || step.state() == StepState.SUCCEEDED));
    }

    private boolean isSettled(StepProgress step) {
        return switch (step.state()) {
            case SUCCEEDED, SKIPPED, CANCELLED -> true;
            case FAILED, TIMED_OUT ->
                step.ref().phase().equals(Plan.ROLLBACK) || onFailure(step.ref()) == OnFailure.CONTINUE;
            case PENDING, RUNNING, WAITING -> false;
        };
    }

    /** Whether the way back has begun, and what a step began at a provider is still on its way. */
    private boolean isDraining(StepProgress step) {
        return state == ReleaseState.ROLLING_BACK
                && !step.ref().phase().equals(Plan.ROLLBACK)
                && step.state().inFlight()
                && definition(step).action() instanceof Action.Run
                && step.stage() != Stage.APPROVAL;
    }

    private static boolean isAwaitingApproval(StepProgress step) {
        return step.state() == StepState.WAITING && step.stage() == Stage.APPROVAL;
    }

    /** The failed steps that a paused release waits for a decision about. */
    private Stream<StepProgress> undecided() {
        return steps.values().stream()
                .filter(step -> step.state().unsuccessful()
                        && !step.ref().phase().equals(Plan.ROLLBACK)
                        && onFailure(step.ref()) == OnFailure.ASK);
    }

    private boolean awaits(StepProgress step, Input.Reported report) {
        var definition = definition(step);
        var awaited =
                definition.action() instanceof Action.Await await ? Optional.of(await.event()) : definition.until();
        return awaited.filter(it -> it.event().equals(report.event()) && filling.fits(it, report.data()))
                .isPresent();
    }

    private OnFailure onFailure(StepRef ref) {
        return plan.step(ref)
                .onFailure()
                .orElse(plan.rollsBackWhen(Cause.STEP_FAILED) ? OnFailure.ROLL_BACK : OnFailure.FAIL);
    }

    private String consequence(StepRef ref) {
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

    // ---- small change ----

    private void set(
            StepRef ref, StepState to, Stage stage, int attempt, String what, Instant until, Instant deadline) {
        put(at(ref).begun(to, stage, attempt, new Waiting(what, now, until, consequence(ref))));
        if (to == StepState.WAITING) {
            changes.add(new Change(Optional.of(ref), Optional.of(to.name()), "Awaiting " + what, Optional.empty()));
        }
        effects.add(new SetTimer(timer(ref, attempt, stage), deadline));
    }

    private void put(StepProgress step) {
        steps.put(step.ref(), step);
    }

    private void change(ReleaseState to, String text) {
        state = to;
        changes.add(new Change(Optional.empty(), Optional.of(to.name()), text, Optional.empty()));
    }

    private void remark(@Nullable StepRef step, String text) {
        changes.add(remarkOf(step, text));
    }

    private static Change remarkOf(@Nullable StepRef step, String text) {
        return new Change(Optional.ofNullable(step), Optional.empty(), text, Optional.empty());
    }

    private void publish(Event event) {
        effects.add(new Publish(event));
    }

    private UUID id() {
        return before.id();
    }

    private Step definition(StepProgress step) {
        return plan.step(step.ref());
    }

    private StepProgress at(StepRef ref) {
        var step = steps.get(ref);
        if (step == null) {
            throw new IllegalArgumentException("The release has no step " + ref);
        }
        return step;
    }

    private StepProgress at(String phaseName, String step) {
        return at(new StepRef(phaseName, step));
    }

    private Stream<StepProgress> stepsOf(Phase of) {
        return of.steps().stream().map(step -> at(of.name(), step.name()));
    }

    private Optional<StepProgress> find(Predicate<StepProgress> which) {
        return steps.values().stream().filter(which).findFirst();
    }

    private Optional<StepProgress> inFlight(Class<? extends Action> action, String workId) {
        return find(step -> step.state().inFlight()
                && workId(step).equals(workId)
                && action.isInstance(definition(step).action()));
    }

    private String workId(StepProgress step) {
        return workId(step.ref(), step.attempt());
    }

    /** Names one attempt at one step: a check's, a watch's, an operation's key, and its timer. */
    private String workId(StepRef ref, int attempt) {
        return "%s/%s/%s/%d".formatted(id(), ref.phase(), ref.step(), attempt);
    }

    private String timer(StepProgress step) {
        return timer(step.ref(), step.attempt(), step.stage());
    }

    /** An approval's timer is another: one that fires just as the approval is given must not end what was approved. */
    private String timer(StepRef ref, int attempt, Stage stage) {
        var workId = workId(ref, attempt);
        return stage == Stage.APPROVAL ? workId + "/approval" : workId;
    }
}
