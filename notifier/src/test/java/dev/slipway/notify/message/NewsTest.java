package dev.slipway.notify.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.slipway.event.CheckEvent.WatchCancelled;
import dev.slipway.event.Event;
import dev.slipway.event.Evidence;
import dev.slipway.event.HealthEvent.HealthDegraded;
import dev.slipway.event.HealthEvent.HealthRecovered;
import dev.slipway.event.NotificationEvent.NotificationSent;
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
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class NewsTest {

    private static final UUID ID = UUID.randomUUID();
    private static final Instant AT = Instant.parse("2026-03-01T14:05:00Z");
    private static final Evidence TEAPOT = Evidence.of("GET /health answered 418");

    static Stream<Arguments> told() {
        return Stream.of(
                arguments(new ReleaseStarted(ID, "2"), Tone.INFO, "Release started", "Version 2 is on its way.", false),
                arguments(
                        new ApprovalRequested(ID, "go-live", "approval", "release-managers", AT),
                        Tone.ATTENTION,
                        "Approval needed",
                        "Step approval in phase go-live waits for the approval of release-managers, until 1 Mar 14:05:00 UTC.",
                        true),
                arguments(
                        new ReleasePaused(ID, "ada", "lunch", AT),
                        Tone.ATTENTION,
                        "Release paused",
                        "ada paused it: lunch. No further step is started before it is resumed; it waits until 1 Mar 14:05:00 UTC.",
                        true),
                arguments(
                        new StepFailed(ID, "smoke", "auth", TEAPOT),
                        Tone.BAD,
                        "Step failed",
                        "Step auth in phase smoke failed: GET /health answered 418.",
                        true),
                arguments(
                        new StepTimedOut(ID, "mobile", "build", Evidence.of("No MobileBuildDone in 3 h.")),
                        Tone.BAD,
                        "Step timed out",
                        "Step build in phase mobile did not end in its time: No MobileBuildDone in 3 h.",
                        true),
                arguments(
                        new ReleaseSucceeded(ID, "2"),
                        Tone.GOOD,
                        "Release succeeded",
                        "Version 2 went all the way.",
                        false),
                arguments(
                        new ReleaseFailed(ID, "2", "smoke failed"),
                        Tone.BAD,
                        "Release failed",
                        "Version 2 ended where it stood: smoke failed. Nothing was rolled back.",
                        true),
                arguments(
                        new ReleaseSuperseded(ID, "2", ID, "3"),
                        Tone.INFO,
                        "Release superseded",
                        "Version 2 will not begin: the newer version 3 took its place.",
                        false),
                arguments(
                        new ReleaseAborted(ID, "2", "ada", ""),
                        Tone.ATTENTION,
                        "Release aborted",
                        "ada ended version 2 where it stood: no reason was given. Nothing was rolled back.",
                        true),
                arguments(
                        new RollbackStarted(ID, "2", "health degraded", AT),
                        Tone.BAD,
                        "Rollback started",
                        "Version 2 is being rolled back: health degraded. It is to be done by 1 Mar 14:05:00 UTC.",
                        false),
                arguments(
                        new RollbackCompleted(ID, "2", "health degraded"),
                        Tone.GOOD,
                        "Rolled back",
                        "What ran before version 2 runs again. The reason was: health degraded.",
                        true),
                arguments(
                        new RollbackFailed(ID, "2", "the provider said no!"),
                        Tone.BAD,
                        "Rollback failed",
                        "The way back from version 2 did not lead back: the provider said no!",
                        true));
    }

    @ParameterizedTest
    @MethodSource("told")
    void people_are_told_of_the_way_of_a_release(
            Event event, Tone tone, String headline, String happened, boolean asksForSomething) {
        // When
        var news = News.of(event).orElseThrow();

        // Then
        assertThat(news.kind()).isEqualTo(Kind.RELEASE);
        assertThat(news.tone()).isEqualTo(tone);
        assertThat(news.headline()).isEqualTo(headline);
        assertThat(news.happened()).isEqualTo(happened);
        assertThat(news.toDo().isPresent()).isEqualTo(asksForSomething);
    }

    static Stream<Arguments> health() {
        return Stream.of(
                arguments(
                        new HealthDegraded(Optional.of(ID), "ready", AT, 3, TEAPOT),
                        Tone.BAD,
                        "Health degraded",
                        "Monitor ready failed 3 times in a row, since 1 Mar 14:05:00 UTC: GET /health answered 418."),
                arguments(
                        new HealthDegraded(Optional.empty(), "ready", AT, 1, TEAPOT),
                        Tone.BAD,
                        "Health degraded",
                        "Monitor ready failed once, since 1 Mar 14:05:00 UTC: GET /health answered 418."),
                arguments(
                        new HealthRecovered(Optional.of(ID), "ready", AT, Evidence.of("200")),
                        Tone.GOOD,
                        "Health recovered",
                        "Monitor ready is well again; it had been degraded since 1 Mar 14:05:00 UTC. 200."));
    }

    @ParameterizedTest
    @MethodSource("health")
    void people_are_told_of_health(Event event, Tone tone, String headline, String happened) {
        // When
        var news = News.of(event).orElseThrow();

        // Then
        assertThat(news.kind()).isEqualTo(Kind.HEALTH);
        assertThat(news.tone()).isEqualTo(tone);
        assertThat(news.headline()).isEqualTo(headline);
        assertThat(news.happened()).isEqualTo(happened);
    }

    static Stream<Event> untold() {
        Optional<String> none = Optional.empty();
        return Stream.of(
                new ReleaseRequested(ID, "2", none, Optional.empty(), "ci", none, 1, List.of()),
                new ApprovalGiven(ID, "ada", none, none),
                new ApprovalRejected(ID, "ada", none, none),
                new PauseRequested(ID, "ada", none),
                new OptOutRequested(ID, "ada", "urgent"),
                new ChildReady(ID, ID),
                new ChildEnded(ID, ID, "FAILED", "so", true, Optional.of(true)),
                new ParentSucceeded(ID),
                new ParentTurnedBack(ID, "so"),
                new SkipRequested(ID, "ada", "mobile.build", "not needed"),
                new ResumeRequested(ID, "ada", none),
                new RetryRequested(ID, "ada", none, none),
                new AbortRequested(ID, "ada", none),
                new RollbackRequested(ID, "ada", none),
                new TimerFired(ID, "timer"),
                new OperationCompleted(ID, "key", true, TEAPOT),
                new PhaseStarted(ID, "smoke"),
                new PhaseSucceeded(ID, "smoke"),
                new StepStarted(ID, "smoke", "auth"),
                new StepSucceeded(ID, "smoke", "auth", TEAPOT),
                new StepSkipped(ID, "smoke", "auth", "reason"),
                new StepCancelled(ID, "smoke", "auth", "reason"),
                new ReleaseResumed(ID, "ada"),
                new WatchCancelled("watch", ID),
                new NotificationSent(ID, "slack", Optional.of(ID), "ReleaseStarted", 1));
    }

    @ParameterizedTest
    @MethodSource("untold")
    void people_are_not_told_what_only_the_services_need(Event event) {
        // When
        var news = News.of(event);

        // Then
        assertThat(news).isEmpty();
    }
}
