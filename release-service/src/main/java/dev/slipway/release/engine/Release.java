package dev.slipway.release.engine;

import dev.slipway.event.Evidence;
import dev.slipway.event.ReleaseEvent.Parent;
import dev.slipway.event.ReleaseEvent.Priority;
import dev.slipway.event.Subject;
import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.Step;
import dev.slipway.release.plan.Step.Action;
import dev.slipway.release.plan.StepRef;
import dev.slipway.release.plan.Template;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * One run of a plan for one version: its whole state.
 *
 * @param inputs the value of each input that the plan declares
 * @param priority its place in the queue; an ordinary one when absent
 * @param optOut why no freeze holds it up, and who says so; they do when absent
 * @param parent the release that it is part of
 * @param revision how many inputs have had an effect on it; 0 when it was asked for
 * @param phase the index of the phase it is in, or was in when it left for the way back; -1 before the first
 * @param steps every step of the plan, those of the way back last
 * @param waiting what the release as a whole waits for: its turn, somebody to resume, others of its train
 * @param rollback the way back, once it has begun
 * @param reason why it ended, or is on its way back
 */
public record Release(
        UUID id,
        Subject subject,
        String version,
        Optional<String> commit,
        String requestedBy,
        Instant requestedAt,
        int planVersion,
        Map<String, String> inputs,
        Optional<Priority> priority,
        Optional<OptOut> optOut,
        Optional<Parent> parent,
        ReleaseState state,
        long revision,
        int phase,
        List<StepProgress> steps,
        Optional<Waiting> waiting,
        Optional<RollbackProgress> rollback,
        Optional<String> reason,
        Optional<Instant> startedAt,
        Optional<Instant> endedAt) {

    private static final Comparator<Release> ASKED =
            Comparator.comparing(Release::requestedAt).thenComparing(Release::id);

    /** The order of those that wait for an environment: hotfixes first, then those that were asked for first. */
    public static final Comparator<Release> TURNS =
            Comparator.comparing(Release::isHotfix).reversed().thenComparing(ASKED);

    public Release {
        inputs = Collections.unmodifiableMap(new LinkedHashMap<>(inputs));
        steps = List.copyOf(steps);
    }

    /** A release that was just asked for, of a plan that requires no inputs. */
    public static Release requested(
            UUID id,
            Plan plan,
            int planVersion,
            String version,
            Optional<String> commit,
            String requestedBy,
            Instant now) {
        return requested(
                id,
                plan,
                planVersion,
                version,
                commit,
                Map.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                requestedBy,
                now);
    }

    /**
     * A release that was just asked for.
     *
     * @param said what was said of the plan's inputs
     * @throws IllegalArgumentException if that is not what the plan wants, or if the version or the commit could be
     *     taken for a reference to a value
     */
    public static Release requested(
            UUID id,
            Plan plan,
            int planVersion,
            String version,
            Optional<String> commit,
            Map<String, String> said,
            Optional<Priority> priority,
            Optional<String> optOut,
            Optional<Parent> parent,
            String requestedBy,
            Instant now) {
        var given = plan.given(said);
        if (!given.problems().isEmpty()) {
            throw new IllegalArgumentException("The inputs are not what the plan wants: " + given.problems());
        }
        if (!Template.isPlain(version)
                || commit.filter(it -> !Template.isPlain(it)).isPresent()) {
            throw new IllegalArgumentException("A version or a commit has no '${', and no '$' at its end");
        }
        return new Release(
                id,
                plan.subject(),
                version,
                commit,
                requestedBy,
                now,
                planVersion,
                given.values(),
                priority,
                optOut.map(reason -> new OptOut(requestedBy, reason)),
                parent,
                ReleaseState.QUEUED,
                0,
                -1,
                plan.steps().stream().map(StepProgress::pending).toList(),
                Optional.of(new Waiting("its turn", now, now.plus(plan.queue().timeout()), "it is aborted")),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    /**
     * What a step waits for as things stand. Its own state says what it began to wait for, and the release may have paused
     * since, or turned back.
     */
    public Optional<Waiting> waitingOf(StepProgress step) {
        if (step.isApproved()) {
            return waiting.map(it -> new Waiting(
                    "the release to go on, approved by " + Approvals.names(step.approvers()),
                    step.approvers().getLast().at(),
                    it.until(),
                    it.then()));
        }
        return step.waiting()
                .map(it -> rollback.filter(back -> !step.isOfWayBack())
                        .map(back -> back.drained(it))
                        .orElse(it));
    }

    /** Names one attempt at one step: a check's, a watch's, an operation's key, and its timer. */
    static String workId(UUID id, StepRef ref, int attempt) {
        return "%s/%s/%s/%d".formatted(id, ref.phase(), ref.step(), attempt);
    }

    /** Names what is done for a step now: its check, its watch, its operation. */
    public String workId(StepProgress step) {
        return workId(id, step.ref(), step.attempt());
    }

    /** Whether it may have changed anything outside. */
    public boolean isTouched(Plan plan) {
        return steps.stream().anyMatch(step -> step.hasTouched(plan.step(step.ref())));
    }

    /** Whether it goes before those that are not. */
    public boolean isHotfix() {
        return priority.filter(Priority.HOTFIX::equals).isPresent();
    }

    /** Whether it was asked for before another, and so has its turn before it if both are as urgent. */
    public boolean isAskedBefore(Release other) {
        return ASKED.compare(this, other) < 0;
    }

    /** Whether it began after another did. */
    public boolean isBegunAfter(Release other) {
        return startedAt
                .filter(at -> other.startedAt.filter(at::isAfter).isPresent())
                .isPresent();
    }

    /**
     * How far a step is.
     *
     * @param attempt how often it was begun; 0 if it was not
     * @param stage what of it is under way
     * @param held a report that came before the step needed it
     * @param tries the attempts that failed since it was begun, if it is tried again by itself
     * @param output what it gave, by path, as far as others want to know
     * @param approvers who approved this attempt, in their order
     * @param child the release that is part of this one
     */
    public record StepProgress(
            StepRef ref,
            StepState state,
            int attempt,
            Stage stage,
            Optional<Instant> startedAt,
            Optional<Instant> endedAt,
            Optional<Waiting> waiting,
            Optional<Held> held,
            Optional<Tries> tries,
            Map<String, String> output,
            List<Approver> approvers,
            Optional<Child> child) {

        public StepProgress {
            output = Map.copyOf(output);
            approvers = List.copyOf(approvers);
        }

        static StepProgress pending(StepRef ref) {
            return pending(ref, 0);
        }

        private static StepProgress pending(StepRef ref, int attempt) {
            return new StepProgress(
                    ref,
                    StepState.PENDING,
                    attempt,
                    Stage.ACTION,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Map.of(),
                    List.of(),
                    Optional.empty());
        }

        /** Whether somebody means it who says that name, or none. */
        public boolean isMeant(Optional<String> name) {
            return name.map(it -> it.equals(ref.step()) || it.equals(ref.toString()))
                    .orElse(true);
        }

        /** Whether it is a step of the way back. */
        boolean isOfWayBack() {
            return ref.phase().equals(Plan.ROLLBACK);
        }

        /** Whether it waits for a person's yes. */
        public boolean isAwaitingApproval() {
            return state == StepState.WAITING && stage == Stage.APPROVAL;
        }

        /** Whether it has its approval, which was given while the release was paused, and has not acted yet. */
        boolean isApproved() {
            return state == StepState.PENDING && stage == Stage.APPROVAL;
        }

        /** Whether it may have had an effect: one whose approval did not come has had none. */
        boolean hasActed() {
            return attempt > 1 || (attempt == 1 && (stage != Stage.APPROVAL || state == StepState.SUCCEEDED));
        }

        /** Whether it may have changed anything outside: an operation was begun, or somebody reported work done. */
        boolean hasTouched(Step definition) {
            return hasActed()
                    && switch (definition.action()) {
                        case Action.Run run -> true;
                        case Action.Await await -> state == StepState.SUCCEEDED;
                        case Action.VerifyCheck check -> false;
                        case Action.Approve approve -> false;
                        case Action.Watch watch -> true;
                        case Action.Child release -> true;
                    };
        }

        /** Begun, or further on in the same attempt. */
        StepProgress begun(StepState to, Stage next, int newAttempt, Waiting until) {
            var start = state.inFlight() || isApproved() ? startedAt : Optional.<Instant>empty();
            return new StepProgress(
                    ref,
                    to,
                    newAttempt,
                    next,
                    start.or(() -> Optional.of(until.since())),
                    Optional.empty(),
                    Optional.of(until),
                    Optional.empty(),
                    tries,
                    output,
                    approvers,
                    child);
        }

        /** Its operation is done, the report that must follow is not there. */
        StepProgress awaitingReport(Waiting until) {
            return begun(StepState.WAITING, Stage.REPORT, attempt, until);
        }

        /** With a report for later. */
        StepProgress holding(Held report) {
            return new StepProgress(
                    ref,
                    state,
                    attempt,
                    stage,
                    startedAt,
                    endedAt,
                    waiting,
                    Optional.of(report),
                    tries,
                    output,
                    approvers,
                    child);
        }

        /** With what others want to know of what it gave. */
        StepProgress giving(Map<String, String> what) {
            return new StepProgress(
                    ref, state, attempt, stage, startedAt, endedAt, waiting, held, tries, what, approvers, child);
        }

        /** With the yes of one more person. */
        StepProgress approvedBy(Approver approver) {
            var all = Stream.concat(approvers.stream(), Stream.of(approver)).toList();
            return new StepProgress(
                    ref, state, attempt, stage, startedAt, endedAt, waiting, held, tries, output, all, child);
        }

        /** With how far the release is that is part of this one. */
        StepProgress with(Child now) {
            return with(Optional.of(now));
        }

        /** Without the release that was part of this one. */
        StepProgress withoutChild() {
            return with(Optional.empty());
        }

        private StepProgress with(Optional<Child> now) {
            return new StepProgress(
                    ref, state, attempt, stage, startedAt, endedAt, waiting, held, tries, output, approvers, now);
        }

        /** Waiting for something else, until the same time. */
        StepProgress awaiting(String what) {
            return new StepProgress(
                    ref,
                    state,
                    attempt,
                    stage,
                    startedAt,
                    endedAt,
                    waiting.map(it -> new Waiting(what, it.since(), it.until(), it.then())),
                    held,
                    tries,
                    output,
                    approvers,
                    child);
        }

        /** With the attempts that failed. */
        StepProgress tried(Tries failed) {
            return new StepProgress(
                    ref,
                    state,
                    attempt,
                    stage,
                    startedAt,
                    endedAt,
                    waiting,
                    held,
                    Optional.of(failed),
                    output,
                    approvers,
                    child);
        }

        StepProgress ended(StepState how, Instant at) {
            return new StepProgress(
                    ref,
                    how,
                    attempt,
                    stage,
                    startedAt,
                    Optional.of(at),
                    Optional.empty(),
                    Optional.empty(),
                    tries,
                    output,
                    approvers,
                    child);
        }

        /** Approved, and to act later. */
        StepProgress approved() {
            return new StepProgress(
                    ref,
                    StepState.PENDING,
                    attempt,
                    stage,
                    startedAt,
                    endedAt,
                    Optional.empty(),
                    held,
                    tries,
                    output,
                    approvers,
                    child);
        }

        /** To be tried again. */
        StepProgress again() {
            return pending(ref, attempt);
        }
    }

    /**
     * A release that is part of this one.
     *
     * @param turnedBack whether it was told to come back
     * @param touched whether it may have changed anything outside; known when it has ended
     * @param end how it ended, if it has
     * @param mayComeBack whether it may still come back from its end, if it said so
     */
    public record Child(
            UUID id, boolean turnedBack, boolean touched, Optional<ReleaseState> end, Optional<Boolean> mayComeBack) {

        static Child askedFor(UUID id) {
            return new Child(id, false, false, Optional.empty(), Optional.empty());
        }

        Child ended(ReleaseState how, boolean hasTouched, Optional<Boolean> comesBack) {
            return new Child(id, turnedBack, hasTouched, Optional.of(how), comesBack);
        }

        /** Told to come back, however it had ended. */
        Child turnsBack() {
            return new Child(id, true, touched, Optional.empty(), Optional.empty());
        }

        /** Whether it is still to be told to come back, or is on its way: also one that has ended, if it may. */
        boolean isToComeBack() {
            return end.isEmpty() || (!turnedBack && mayComeBack.orElseGet(this::isLeftBehind));
        }

        /** Whether one that did not say so may still come back from its end. */
        private boolean isLeftBehind() {
            return touched
                    && end.filter(it -> it == ReleaseState.FAILED || it == ReleaseState.ABORTED)
                            .isPresent();
        }

        /** Whether something of it stays that should have been taken back. */
        boolean isLost() {
            return touched && end.filter(it -> it != ReleaseState.ROLLED_BACK).isPresent();
        }
    }

    /** That no freeze holds it up. */
    public record OptOut(String by, String reason) {}

    /** A person who approved. */
    public record Approver(String by, Instant at, Optional<String> comment) {}

    /**
     * The attempts that failed since a step was begun.
     *
     * @param until when its time is up, all attempts together
     */
    public record Tries(List<FailedAttempt> failed, Instant until) {

        public Tries {
            failed = List.copyOf(failed);
        }
    }

    /** An attempt that failed; its evidence in full stands in the journal. */
    public record FailedAttempt(int attempt, Instant at, String summary) {}

    /** The stages of a step, in their order. */
    public enum Stage {
        /** Its approval is awaited, before it acts. */
        APPROVAL,
        /** It acts. */
        ACTION,
        /** It failed, and is tried again after a pause. */
        PAUSE,
        /** Its operation ended well, and the report is awaited that must follow. */
        REPORT
    }

    /**
     * The answer to "why is nothing happening?".
     *
     * @param what what is awaited, for a person to read
     * @param since from when on
     * @param until when waiting ends by itself
     * @param then what happens if it does
     */
    public record Waiting(String what, Instant since, Instant until, String then) {}

    /** A report kept for the step that will need it. */
    public record Held(String eventId, String event, Map<String, Object> data) {

        /** What a step rests on that ends with it. */
        Evidence evidence() {
            var details = new LinkedHashMap<String, Object>();
            details.put("event", event);
            details.put("eventId", eventId);
            details.put("data", data);
            return new Evidence(event + " was reported", details);
        }
    }

    /**
     * The way back.
     *
     * @param until when the time for it is up
     */
    public record RollbackProgress(Instant startedAt, Instant until, String reason) {

        /** The share of its time that what is still under way may take of it. */
        private static final int DRAIN_SHARE = 3;

        /** When it begins without what is still under way. */
        Instant drainedBy() {
            return startedAt.plus(Duration.between(startedAt, until).dividedBy(DRAIN_SHARE));
        }

        /** What is still under way is waited for no longer than the way back waits. */
        private Waiting drained(Waiting step) {
            var by = step.until().isBefore(drainedBy()) ? step.until() : drainedBy();
            return new Waiting(step.what(), step.since(), by, "the way back begins without it");
        }
    }
}
