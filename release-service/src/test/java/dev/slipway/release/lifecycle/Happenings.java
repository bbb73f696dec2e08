package dev.slipway.release.lifecycle;

import dev.slipway.event.CheckEvent.CheckCompleted;
import dev.slipway.event.CheckEvent.WatchCompleted;
import dev.slipway.event.Event;
import dev.slipway.event.Evidence;
import dev.slipway.event.HealthEvent.HealthDegraded;
import dev.slipway.event.ReleaseEvent.AbortRequested;
import dev.slipway.event.ReleaseEvent.ApprovalGiven;
import dev.slipway.event.ReleaseEvent.ApprovalRejected;
import dev.slipway.event.ReleaseEvent.OperationCompleted;
import dev.slipway.event.ReleaseEvent.OptOutRequested;
import dev.slipway.event.ReleaseEvent.ParentSucceeded;
import dev.slipway.event.ReleaseEvent.ParentTurnedBack;
import dev.slipway.event.ReleaseEvent.PauseRequested;
import dev.slipway.event.ReleaseEvent.Priority;
import dev.slipway.event.ReleaseEvent.ReleaseRequested;
import dev.slipway.event.ReleaseEvent.ResumeRequested;
import dev.slipway.event.ReleaseEvent.RetryRequested;
import dev.slipway.event.ReleaseEvent.RollbackRequested;
import dev.slipway.event.ReleaseEvent.SkipRequested;
import dev.slipway.event.ReleaseEvent.TimerFired;
import dev.slipway.event.ReportEvent.CustomReport;
import dev.slipway.event.Subject;
import dev.slipway.messaging.HandedIn;
import dev.slipway.messaging.OutgoingEvent;
import dev.slipway.messaging.TraceParent;
import dev.slipway.release.engine.Moves.Move;
import dev.slipway.release.engine.Release;
import dev.slipway.release.engine.Release.Stage;
import dev.slipway.release.engine.Release.StepProgress;
import dev.slipway.release.lifecycle.WriterProcess.Crash;
import dev.slipway.release.plan.Step;
import dev.slipway.release.plan.Step.Action;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jdbi.v3.core.Jdbi;

/**
 * What happens to the releases of an environment, as events. Each is taken alone as soon as it comes, and so is what the
 * writer then publishes; all of them, in that order, are the log.
 */
final class Happenings {

    static final Subject SUBJECT = new Subject("shop", "production");

    private final WriterProcess writer;
    private final Jdbi jdbi;
    private final HandedIn events;
    private final Clock clock;
    private final List<ConsumerRecord<byte[], byte[]>> log = new ArrayList<>();
    private long relayed;

    Happenings(Database database, HandedIn events, Clock clock) {
        this.writer = new WriterProcess(database, events, clock);
        this.jdbi = database.jdbi();
        this.events = events;
        this.clock = clock;
    }

    /** Lets it all happen; the log. */
    List<ConsumerRecord<byte[], byte[]>> of(List<Move> moves) {
        ask(0);
        ask(1);
        moves.forEach(this::happens);
        return log;
    }

    private void happens(Move move) {
        var pick = move.pick();
        var target = target(pick);
        var id = target.id();
        var step = step(target, pick);
        var name = step.ref().toString();
        var workId = "%s/%s/%d".formatted(id, name.replace('.', '/'), step.attempt());
        var evidence = Evidence.of("it was so");
        var reason = Optional.of("so it is");
        switch (move.kind()) {
            case TURN -> ask(pick);
            // It comes once more, from before.
            case SUPERSEDED -> take(log.get(pick % log.size()));
            case REFUSED -> publish(SUBJECT, new AbortRequested(new UUID(7, pick), "ada", reason));
            case CHECK, OPERATION, WATCH -> answer(target, step, workId, move.well(), pick);
            // Of another attempt, or of another step.
            case CHILD -> publish(target, new OperationCompleted(id, workId + pick % 2, move.well(), evidence));
            case REPORT ->
                publish(target, report("Event" + pick % 3, Optional.of(id).filter(it -> pick % 4 > 0), pick));
            case DEGRADED ->
                publish(
                        target,
                        new HealthDegraded(
                                Optional.of(id).filter(it -> move.well()),
                                "m" + pick % 3,
                                clock.instant(),
                                2,
                                evidence));
            case APPROVE -> publish(target, approval(id, pick));
            case REJECT -> publish(target, new ApprovalRejected(id, "ada", Optional.of(name), Optional.empty()));
            case SKIP -> publish(target, new SkipRequested(id, "ada", name, "not today"));
            case OPT_OUT -> publish(target, new OptOutRequested(id, "ada", "urgent"));
            case PAUSE -> publish(target, new PauseRequested(id, "ada", reason));
            case RESUME -> publish(target, new ResumeRequested(id, "ada", reason));
            case RETRY -> publish(target, new RetryRequested(id, "ada", Optional.empty(), reason));
            case ABORT -> publish(target, new AbortRequested(id, "ada", reason));
            case ROLLBACK -> publish(target, new RollbackRequested(id, "ada", reason));
            case PARENT ->
                publish(target, move.well() ? new ParentSucceeded(id) : new ParentTurnedBack(id, "it was so"));
            case STALE_TIMER -> publish(target, new TimerFired(id, workId + "0"));
            case TIME -> timer(id, pick).ifPresent(timer -> publish(target, new TimerFired(id, timer)));
        }
    }

    private void ask(int pick) {
        publish(SUBJECT, request(new UUID(1, log.size()), pick % 4 == 3 ? Priority.HOTFIX : Priority.NORMAL));
    }

    /** A request for a release of the first version of its environment's plan. */
    static ReleaseRequested request(UUID id, Priority priority) {
        return new ReleaseRequested(
                id,
                "1." + id.getLeastSignificantBits(),
                Optional.empty(),
                Optional.empty(),
                "ci",
                Optional.empty(),
                1,
                List.of(),
                Optional.empty(),
                Optional.of(priority),
                Optional.empty(),
                Optional.empty());
    }

    /** What a step in flight waits for. */
    private void answer(Release target, StepProgress step, String workId, boolean well, int pick) {
        var id = target.id();
        var evidence = pick % 2 == 0 ? Evidence.of("it was so") : new Evidence("it was so", Map.of("n", pick));
        var definition = writer.plan(target).step(step.ref());
        if (step.isAwaitingApproval()) {
            publish(target, approval(id, pick));
            return;
        }
        switch (definition.action()) {
            case Action.VerifyCheck check -> publish(target, new CheckCompleted(workId, id, well, evidence));
            case Action.Watch watch -> publish(target, new WatchCompleted(workId, id, well, evidence));
            case Action.Await await -> publish(target, report(await.event().event(), Optional.of(id), pick));
            case Action.Run run
            when step.stage() == Stage.REPORT ->
                definition
                        .until()
                        .map(Step.Awaited::event)
                        .ifPresent(event -> publish(target, report(event, Optional.of(id), pick)));
            case Action.Run run -> publish(target, new OperationCompleted(id, workId, well, evidence));
            case Action.Approve approve -> publish(target, approval(id, pick));
            // What is part of it is a target itself.
            case Action.Child child -> {}
        }
    }

    private static CustomReport report(String event, Optional<UUID> id, int pick) {
        return new CustomReport(event, id, Map.of("n", pick));
    }

    private static ApprovalGiven approval(UUID id, int pick) {
        return new ApprovalGiven(id, List.of("ada", "bob", "ci").get(pick % 3), Optional.empty(), Optional.empty());
    }

    // ---- what it happens to ----

    /** A release; for the most part one that has not ended. */
    private Release target(int pick) {
        var all = jdbi.withHandle(handle -> handle.createQuery("SELECT progress FROM release ORDER BY requested_at, id")
                .map((row, context) -> ReleaseStore.release(row.getString("progress")))
                .list());
        var active = all.stream().filter(it -> it.state().active()).toList();
        return active.isEmpty() || pick % 6 == 0 ? all.get(pick % all.size()) : active.get(pick % active.size());
    }

    /** A step; for the most part one in flight. */
    private static StepProgress step(Release release, int pick) {
        var inFlight =
                release.steps().stream().filter(step -> step.state().inFlight()).toList();
        return inFlight.isEmpty() || pick % 7 == 0
                ? release.steps().get(pick % release.steps().size())
                : inFlight.get(pick % inFlight.size());
    }

    private Optional<String> timer(UUID id, int pick) {
        var timers = jdbi.withHandle(
                handle -> handle.createQuery("SELECT name FROM timer WHERE release_id = :id ORDER BY name")
                        .bind("id", id)
                        .mapTo(String.class)
                        .list());
        return timers.isEmpty() ? Optional.empty() : Optional.of(timers.get(pick % timers.size()));
    }

    // ---- the log ----

    private void publish(Release target, Event event) {
        publish(target.subject(), event);
    }

    private void publish(Subject subject, Event event) {
        var number = log.size();
        take(events.record(
                new OutgoingEvent(
                        "event-" + number,
                        subject.toString(),
                        clock.instant().plusMillis(number),
                        TraceParent.start(),
                        event),
                number));
    }

    /** Takes a record, and then all that comes of it, in the order in which it was published. */
    private void take(ConsumerRecord<byte[], byte[]> record) {
        var next = List.of(record);
        while (!next.isEmpty()) {
            for (var taken : next) {
                log.add(taken);
                writer.take(List.of(taken), Crash.NONE);
            }
            next = published();
        }
    }

    private List<ConsumerRecord<byte[], byte[]>> published() {
        return jdbi.withHandle(handle -> handle.createQuery(
                        "SELECT * FROM outbox WHERE id > :relayed AND topic NOT LIKE '%.dlq' ORDER BY id")
                .bind("relayed", relayed)
                .map((row, context) -> {
                    relayed = row.getLong("id");
                    return HandedIn.record(row, relayed);
                })
                .list());
    }
}
