package dev.slipway.event;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** What happens to a release, from the call that asks for it to its end. Each names the release it is about. */
public sealed interface ReleaseEvent extends Event {

    /** The release that this is about. */
    UUID releaseId();

    @Override
    default Topic topic() {
        return Topic.RELEASES;
    }

    // ---- asked for, by people and by CI ----

    /**
     * Somebody asked for a release.
     *
     * @param planVersion the version of the plan it runs, which it keeps to its end
     * @param commit the commit that the version was built from
     * @param committedAt when that commit was made: from then on its lead time counts
     * @param requestedBy who asked
     * @param reason why, for the journal
     * @param notifications who is told of what
     * @param inputs what was said of the plan's inputs, by name
     * @param priority its place in the queue; {@link Priority#NORMAL} when absent
     * @param optOut why no freeze and no stop is to hold it up; they do when absent
     * @param parent the release that this one is part of
     */
    record ReleaseRequested(
            UUID releaseId,
            String version,
            Optional<String> commit,
            Optional<Instant> committedAt,
            String requestedBy,
            Optional<String> reason,
            int planVersion,
            List<NotificationRule> notifications,
            Optional<Map<String, String>> inputs,
            Optional<Priority> priority,
            Optional<String> optOut,
            Optional<Parent> parent)
            implements ReleaseEvent {

        /** A release of which nothing more was said. */
        public ReleaseRequested(
                UUID releaseId,
                String version,
                Optional<String> commit,
                Optional<Instant> committedAt,
                String requestedBy,
                Optional<String> reason,
                int planVersion,
                List<NotificationRule> notifications) {
            this(
                    releaseId,
                    version,
                    commit,
                    committedAt,
                    requestedBy,
                    reason,
                    planVersion,
                    notifications,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty());
        }
    }

    /** The release that another is part of. */
    record Parent(UUID releaseId, String application, String environment) {

        /** Where it is released. */
        public Subject subject() {
            return new Subject(application, environment);
        }
    }

    /** Which release begins first when several wait for an environment. */
    enum Priority {
        NORMAL,
        /** Before all that are not. */
        HOTFIX
    }

    /**
     * Somebody approved a step that awaits approval.
     *
     * @param step the step that is meant; without it, the one that is waiting
     */
    record ApprovalGiven(UUID releaseId, String by, Optional<String> step, Optional<String> comment)
            implements ReleaseEvent {}

    /**
     * Somebody said no to a step that awaits approval.
     *
     * @param step the step that is meant; without it, the one that is waiting
     */
    record ApprovalRejected(UUID releaseId, String by, Optional<String> step, Optional<String> comment)
            implements ReleaseEvent {}

    /** Somebody asked that no further step be started. */
    record PauseRequested(UUID releaseId, String by, Optional<String> reason) implements ReleaseEvent {}

    /** Somebody asked that a paused release go on. */
    record ResumeRequested(UUID releaseId, String by, Optional<String> reason) implements ReleaseEvent {}

    /** Somebody asked that the failed step be tried again. */
    record RetryRequested(UUID releaseId, String by, Optional<String> step, Optional<String> reason)
            implements ReleaseEvent {}

    /** Somebody asked that the release go on without a step. */
    record SkipRequested(UUID releaseId, String by, String step, String reason) implements ReleaseEvent {}

    /** Somebody asked that no freeze and no stop hold up the release. */
    record OptOutRequested(UUID releaseId, String by, String reason) implements ReleaseEvent {}

    /** Somebody asked that the release end where it stands, without a way back. */
    record AbortRequested(UUID releaseId, String by, Optional<String> reason) implements ReleaseEvent {}

    /** Somebody asked for the way back. */
    record RollbackRequested(UUID releaseId, String by, Optional<String> reason) implements ReleaseEvent {}

    // ---- told by the engine to itself ----

    /** A deadline or a pause of a release passed. */
    record TimerFired(UUID releaseId, String timer) implements ReleaseEvent {}

    /**
     * A side effect at a provider ended, well or badly.
     *
     * @param operationKey the key under which it was done once
     */
    record OperationCompleted(UUID releaseId, String operationKey, boolean succeeded, Evidence evidence)
            implements ReleaseEvent {}

    /**
     * A release that is part of another has done all that it has to do, and waits for the others.
     *
     * @param releaseId the release that it is part of
     */
    record ChildReady(UUID releaseId, UUID child) implements ReleaseEvent {}

    /**
     * A release that is part of another ended.
     *
     * @param releaseId the release that it is part of
     * @param state how: {@code ROLLED_BACK}
     * @param touched whether it may have changed anything outside
     * @param mayComeBack whether it may still go back from there when it is told to, so that this cannot be its answer to
     *     that; some versions did not say
     */
    record ChildEnded(
            UUID releaseId, UUID child, String state, String reason, boolean touched, Optional<Boolean> mayComeBack)
            implements ReleaseEvent {}

    /** The release that this one is part of went all the way. */
    record ParentSucceeded(UUID releaseId) implements ReleaseEvent {}

    /** The release that this one is part of does not go on, so it is to be rolled back. */
    record ParentTurnedBack(UUID releaseId, String reason) implements ReleaseEvent {}

    // ---- decided by the engine ----

    /** What the engine decided: news to all but itself. */
    sealed interface Decided extends ReleaseEvent {}

    /** The release became the active one of its environment. */
    record ReleaseStarted(UUID releaseId, String version) implements Decided {}

    /** A phase began. */
    record PhaseStarted(UUID releaseId, String phase) implements Decided {}

    /** All steps of a phase ended well. */
    record PhaseSucceeded(UUID releaseId, String phase) implements Decided {}

    /** A step began. */
    record StepStarted(UUID releaseId, String phase, String step) implements Decided {}

    /**
     * A step waits for a person.
     *
     * @param by the group whose approval it needs
     * @param until when it is too late
     */
    record ApprovalRequested(UUID releaseId, String phase, String step, String by, Instant until) implements Decided {}

    /** A step ended well. */
    record StepSucceeded(UUID releaseId, String phase, String step, Evidence evidence) implements Decided {}

    /** A step ended badly. */
    record StepFailed(UUID releaseId, String phase, String step, Evidence evidence) implements Decided {}

    /** A step did not end in its time. */
    record StepTimedOut(UUID releaseId, String phase, String step, Evidence evidence) implements Decided {}

    /** A step was not needed. */
    record StepSkipped(UUID releaseId, String phase, String step, String reason) implements Decided {}

    /** A step was given up because the release went another way. */
    record StepCancelled(UUID releaseId, String phase, String step, String reason) implements Decided {}

    /** No further step is started until the release is resumed. */
    record ReleasePaused(UUID releaseId, String by, String reason, Instant until) implements Decided {}

    /** A paused release goes on. */
    record ReleaseResumed(UUID releaseId, String by) implements Decided {}

    /** The release went all the way. */
    record ReleaseSucceeded(UUID releaseId, String version) implements Decided {}

    /** The release ended because a step did not succeed, and nothing is rolled back. */
    record ReleaseFailed(UUID releaseId, String version, String reason) implements Decided {}

    /** The release was ended by somebody where it stood. */
    record ReleaseAborted(UUID releaseId, String version, String by, String reason) implements Decided {}

    /**
     * A newer release took the place of one that had not begun.
     *
     * @param by the newer release
     */
    record ReleaseSuperseded(UUID releaseId, String version, UUID by, String byVersion) implements ReleaseEvent {}

    /**
     * The way back began.
     *
     * @param until when the time for it is up
     */
    record RollbackStarted(UUID releaseId, String version, String reason, Instant until) implements Decided {}

    /** The way back is done: what ran before runs again. */
    record RollbackCompleted(UUID releaseId, String version, String reason) implements Decided {}

    /** The way back did not lead back; people must act. */
    record RollbackFailed(UUID releaseId, String version, String reason) implements Decided {}

    /**
     * Who is told of what.
     *
     * @param channel the channel's name: {@code slack}
     * @param on the kinds of event it is told of: {@code release}, {@code health}
     * @param to settings of the channel for this plan, such as an address; empty for its defaults
     */
    record NotificationRule(String channel, List<String> on, Map<String, String> to) {}
}
