package dev.slipway.notify.message;

import dev.slipway.event.CheckEvent;
import dev.slipway.event.Event;
import dev.slipway.event.HealthEvent;
import dev.slipway.event.HealthEvent.HealthDegraded;
import dev.slipway.event.HealthEvent.HealthRecovered;
import dev.slipway.event.NotificationEvent;
import dev.slipway.event.ReleaseEvent;
import dev.slipway.event.ReleaseEvent.AbortRequested;
import dev.slipway.event.ReleaseEvent.ApprovalGiven;
import dev.slipway.event.ReleaseEvent.ApprovalRejected;
import dev.slipway.event.ReleaseEvent.ApprovalRequested;
import dev.slipway.event.ReleaseEvent.ChildEnded;
import dev.slipway.event.ReleaseEvent.ChildReady;
import dev.slipway.event.ReleaseEvent.OperationCompleted;
import dev.slipway.event.ReleaseEvent.OptOutRequested;
import dev.slipway.event.ReleaseEvent.ParentSucceeded;
import dev.slipway.event.ReleaseEvent.ParentTurnedBack;
import dev.slipway.event.ReleaseEvent.PauseRequested;
import dev.slipway.event.ReleaseEvent.PhaseStarted;
import dev.slipway.event.ReleaseEvent.PhaseSucceeded;
import dev.slipway.event.ReleaseEvent.ReleaseAborted;
import dev.slipway.event.ReleaseEvent.ReleaseFailed;
import dev.slipway.event.ReleaseEvent.ReleasePaused;
import dev.slipway.event.ReleaseEvent.ReleaseRequested;
import dev.slipway.event.ReleaseEvent.ReleaseResumed;
import dev.slipway.event.ReleaseEvent.ReleaseStarted;
import dev.slipway.event.ReleaseEvent.ReleaseSucceeded;
import dev.slipway.event.ReleaseEvent.ReleaseSuperseded;
import dev.slipway.event.ReleaseEvent.ResumeRequested;
import dev.slipway.event.ReleaseEvent.RetryRequested;
import dev.slipway.event.ReleaseEvent.RollbackCompleted;
import dev.slipway.event.ReleaseEvent.RollbackFailed;
import dev.slipway.event.ReleaseEvent.RollbackRequested;
import dev.slipway.event.ReleaseEvent.RollbackStarted;
import dev.slipway.event.ReleaseEvent.SkipRequested;
import dev.slipway.event.ReleaseEvent.StepCancelled;
import dev.slipway.event.ReleaseEvent.StepFailed;
import dev.slipway.event.ReleaseEvent.StepSkipped;
import dev.slipway.event.ReleaseEvent.StepStarted;
import dev.slipway.event.ReleaseEvent.StepSucceeded;
import dev.slipway.event.ReleaseEvent.StepTimedOut;
import dev.slipway.event.ReleaseEvent.TimerFired;
import dev.slipway.event.ReportEvent;
import dev.slipway.event.WebhookEvent;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;

/**
 * What an event means to people.
 *
 * @param headline what happened, in a few words
 * @param happened what happened, in a sentence or two
 * @param toDo what a person is to do about it; nothing when nobody needs to act
 */
public record News(Kind kind, Tone tone, String headline, String happened, Optional<String> toDo) {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("d MMM HH:mm:ss 'UTC'", Locale.ENGLISH).withZone(ZoneOffset.UTC);

    /** What people are told of an event; nothing of those that only the services need. */
    public static Optional<News> of(Event event) {
        return switch (event) {
            case ReleaseEvent release -> ofRelease(release);
            case HealthEvent health -> Optional.of(ofHealth(health));
            case ReportEvent _, WebhookEvent _, CheckEvent _, NotificationEvent _ -> Optional.empty();
        };
    }

    // Every event is named, so that a new one cannot be forgotten here: it does not compile.
    private static Optional<News> ofRelease(ReleaseEvent event) {
        return switch (event) {
            case ReleaseStarted it ->
                release(Tone.INFO, "Release started", "Version %s is on its way.".formatted(it.version()));
            case ApprovalRequested it ->
                release(
                        Tone.ATTENTION,
                        "Approval needed",
                        "Step %s in phase %s waits for the approval of %s, until %s."
                                .formatted(it.step(), it.phase(), it.by(), time(it.until())),
                        "Approve it, or abort the release; after that time it is too late.");
            case ReleasePaused it ->
                release(
                        Tone.ATTENTION,
                        "Release paused",
                        "%s paused it: %s No further step is started before it is resumed; it waits until %s."
                                .formatted(it.by(), sentence(it.reason()), time(it.until())),
                        "Resume it, roll it back, or abort it.");
            case StepFailed it ->
                release(
                        Tone.BAD,
                        "Step failed",
                        "Step %s in phase %s failed: %s"
                                .formatted(
                                        it.step(),
                                        it.phase(),
                                        sentence(it.evidence().summary())),
                        "Look at the step's evidence; the plan says what follows, and the next message tells.");
            case StepTimedOut it ->
                release(
                        Tone.BAD,
                        "Step timed out",
                        "Step %s in phase %s did not end in its time: %s"
                                .formatted(
                                        it.step(),
                                        it.phase(),
                                        sentence(it.evidence().summary())),
                        "See what it waited for; the plan says what follows, and the next message tells.");
            case ReleaseSucceeded it ->
                release(Tone.GOOD, "Release succeeded", "Version %s went all the way.".formatted(it.version()));
            case ReleaseFailed it ->
                release(
                        Tone.BAD,
                        "Release failed",
                        "Version %s ended where it stood: %s Nothing was rolled back."
                                .formatted(it.version(), sentence(it.reason())),
                        "See which step failed, and whether what was already done may stay.");
            case ReleaseAborted it ->
                release(
                        Tone.ATTENTION,
                        "Release aborted",
                        "%s ended version %s where it stood: %s Nothing was rolled back."
                                .formatted(it.by(), it.version(), sentence(it.reason())),
                        "See whether what was already done may stay.");
            case ReleaseSuperseded it ->
                release(
                        Tone.INFO,
                        "Release superseded",
                        "Version %s will not begin: the newer version %s took its place."
                                .formatted(it.version(), it.byVersion()));
            case RollbackStarted it ->
                release(
                        Tone.BAD,
                        "Rollback started",
                        "Version %s is being rolled back: %s It is to be done by %s."
                                .formatted(it.version(), sentence(it.reason()), time(it.until())));
            case RollbackCompleted it ->
                release(
                        Tone.GOOD,
                        "Rolled back",
                        "What ran before version %s runs again. The reason was: %s"
                                .formatted(it.version(), sentence(it.reason())),
                        "Find out what was wrong before you release again.");
            case RollbackFailed it ->
                release(
                        Tone.BAD,
                        "Rollback failed",
                        "The way back from version %s did not lead back: %s"
                                .formatted(it.version(), sentence(it.reason())),
                        "Act now: the environment is in neither state. The steps' evidence shows how far it came.");
            case ReleaseRequested _,
                    ApprovalGiven _,
                    ApprovalRejected _,
                    PauseRequested _,
                    ResumeRequested _,
                    RetryRequested _,
                    SkipRequested _,
                    OptOutRequested _,
                    AbortRequested _,
                    RollbackRequested _,
                    TimerFired _,
                    OperationCompleted _,
                    ChildReady _,
                    ChildEnded _,
                    ParentSucceeded _,
                    ParentTurnedBack _,
                    PhaseStarted _,
                    PhaseSucceeded _,
                    StepStarted _,
                    StepSucceeded _,
                    StepSkipped _,
                    StepCancelled _,
                    ReleaseResumed _ -> Optional.empty();
        };
    }

    private static News ofHealth(HealthEvent event) {
        return switch (event) {
            case HealthDegraded it ->
                new News(
                        Kind.HEALTH,
                        Tone.BAD,
                        "Health degraded",
                        "Monitor %s failed %s, since %s: %s"
                                .formatted(
                                        it.monitor(),
                                        it.failures() == 1 ? "once" : it.failures() + " times in a row",
                                        time(it.since()),
                                        sentence(it.evidence().summary())),
                        Optional.of("See what the environment says of itself; whether Slipway rolls back is the plan's"
                                + " decision."));
            case HealthRecovered it ->
                new News(
                        Kind.HEALTH,
                        Tone.GOOD,
                        "Health recovered",
                        "Monitor %s is well again; it had been degraded since %s. %s"
                                .formatted(
                                        it.monitor(),
                                        time(it.degradedSince()),
                                        sentence(it.evidence().summary())),
                        Optional.empty());
        };
    }

    private static Optional<News> release(Tone tone, String headline, String happened) {
        return Optional.of(new News(Kind.RELEASE, tone, headline, happened, Optional.empty()));
    }

    private static Optional<News> release(Tone tone, String headline, String happened, String toDo) {
        return Optional.of(new News(Kind.RELEASE, tone, headline, happened, Optional.of(toDo)));
    }

    /** What others wrote, ended as a sentence, so that ours can follow it. */
    private static String sentence(String text) {
        var stripped = text.strip();
        return stripped.isEmpty()
                ? "no reason was given."
                : stripped.endsWith(".") || stripped.endsWith("!") || stripped.endsWith("?")
                        ? stripped
                        : stripped + ".";
    }

    private static String time(Instant instant) {
        return TIME.format(instant);
    }
}
