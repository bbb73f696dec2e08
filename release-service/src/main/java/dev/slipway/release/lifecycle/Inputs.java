package dev.slipway.release.lifecycle;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.slipway.event.CheckEvent;
import dev.slipway.event.Event;
import dev.slipway.event.EventJson;
import dev.slipway.event.HealthEvent;
import dev.slipway.event.NotificationEvent;
import dev.slipway.event.ReleaseEvent;
import dev.slipway.event.ReleaseEvent.AbortRequested;
import dev.slipway.event.ReleaseEvent.ApprovalGiven;
import dev.slipway.event.ReleaseEvent.ApprovalRejected;
import dev.slipway.event.ReleaseEvent.ChildEnded;
import dev.slipway.event.ReleaseEvent.ChildReady;
import dev.slipway.event.ReleaseEvent.OperationCompleted;
import dev.slipway.event.ReleaseEvent.OptOutRequested;
import dev.slipway.event.ReleaseEvent.ParentSucceeded;
import dev.slipway.event.ReleaseEvent.ParentTurnedBack;
import dev.slipway.event.ReleaseEvent.PauseRequested;
import dev.slipway.event.ReleaseEvent.ReleaseRequested;
import dev.slipway.event.ReleaseEvent.ResumeRequested;
import dev.slipway.event.ReleaseEvent.RetryRequested;
import dev.slipway.event.ReleaseEvent.RollbackRequested;
import dev.slipway.event.ReleaseEvent.SkipRequested;
import dev.slipway.event.ReleaseEvent.TimerFired;
import dev.slipway.event.ReportEvent;
import dev.slipway.event.WebhookEvent;
import dev.slipway.messaging.ReceivedEvent;
import dev.slipway.release.engine.Input;
import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.Step;
import dev.slipway.release.plan.Step.Action;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/** Events as inputs of the engine. */
final class Inputs {

    private static final String PAYLOAD = "payload";

    private Inputs() {}

    /** Whether an event can change a release. */
    static boolean isInput(Event event) {
        return switch (event) {
            case ReleaseRequested requested -> true;
            case ApprovalGiven given -> true;
            case ApprovalRejected rejected -> true;
            case PauseRequested asked -> true;
            case ResumeRequested asked -> true;
            case RetryRequested asked -> true;
            case SkipRequested asked -> true;
            case OptOutRequested asked -> true;
            case AbortRequested asked -> true;
            case RollbackRequested asked -> true;
            case TimerFired fired -> true;
            case OperationCompleted completed -> true;
            case ChildReady ready -> true;
            case ChildEnded ended -> true;
            case ParentSucceeded succeeded -> true;
            case ParentTurnedBack turned -> true;
            case ReleaseEvent ownDecision -> false;
            case ReportEvent report -> true;
            case WebhookEvent.WebhookVerified verified -> true;
            case WebhookEvent.WebhookRejected rejected -> false;
            case HealthEvent.HealthDegraded degraded -> true;
            case HealthEvent.HealthRecovered recovered -> false;
            case CheckEvent.CheckCompleted completed -> true;
            case CheckEvent.WatchCompleted completed -> true;
            case CheckEvent ownRequest -> false;
            case NotificationEvent notification -> false;
        };
    }

    /** The release that an event names, if it names one. */
    static Optional<UUID> releaseId(Event event) {
        return switch (event) {
            case ReleaseEvent release -> Optional.of(release.releaseId());
            case ReportEvent report -> report.releaseId();
            case HealthEvent health -> health.releaseId();
            case CheckEvent check -> Optional.of(check.releaseId());
            case WebhookEvent webhook -> Optional.empty();
            case NotificationEvent notification -> notification.releaseId();
        };
    }

    /** Who is behind an event. */
    static String actor(ReceivedEvent event) {
        return switch (event.event()) {
            case ReleaseRequested requested -> requested.requestedBy();
            case ApprovalGiven given -> given.by();
            case ApprovalRejected rejected -> rejected.by();
            case PauseRequested asked -> asked.by();
            case ResumeRequested asked -> asked.by();
            case RetryRequested asked -> asked.by();
            case SkipRequested asked -> asked.by();
            case OptOutRequested asked -> asked.by();
            case AbortRequested asked -> asked.by();
            case RollbackRequested asked -> asked.by();
            case WebhookEvent webhook -> webhook.source();
            default -> source(event);
        };
    }

    /** Where an event came from that no call brought. */
    static String origin(ReceivedEvent event) {
        return "kafka/" + source(event);
    }

    private static String source(ReceivedEvent event) {
        return event.source().replaceFirst("^/", "");
    }

    /** The input that an event is to a release of a plan; none for a request, which only makes the release. */
    static Optional<Input> of(ReceivedEvent received, Plan plan) {
        return switch (received.event()) {
            case ApprovalGiven given -> Optional.of(new Input.Approved(given.by(), given.step(), given.comment()));
            case ApprovalRejected rejected ->
                Optional.of(new Input.Rejected(rejected.by(), rejected.step(), rejected.comment()));
            case PauseRequested asked -> Optional.of(new Input.PauseAsked(asked.by(), asked.reason()));
            case SkipRequested asked -> Optional.of(new Input.SkipAsked(asked.by(), asked.step(), asked.reason()));
            case OptOutRequested asked -> Optional.of(new Input.OptOutAsked(asked.by(), asked.reason()));
            case ResumeRequested asked -> Optional.of(new Input.ResumeAsked(asked.by(), asked.reason()));
            case RetryRequested asked -> Optional.of(new Input.RetryAsked(asked.by(), asked.step(), asked.reason()));
            case AbortRequested asked -> Optional.of(new Input.AbortAsked(asked.by(), asked.reason()));
            case RollbackRequested asked -> Optional.of(new Input.RollbackAsked(asked.by(), asked.reason()));
            case TimerFired fired -> Optional.of(new Input.TimeCame(fired.timer()));
            case OperationCompleted completed ->
                Optional.of(new Input.OperationEnded(
                        completed.operationKey(), completed.succeeded(), completed.evidence()));
            case ChildReady ready -> Optional.of(new Input.ChildReady(ready.child()));
            case ChildEnded ended ->
                Optional.of(new Input.ChildEnded(
                        ended.child(), ended.state(), ended.reason(), ended.touched(), ended.mayComeBack()));
            case ParentSucceeded succeeded -> Optional.of(new Input.ParentSucceeded());
            case ParentTurnedBack turned -> Optional.of(new Input.ParentTurnedBack(turned.reason(), Optional.empty()));
            case ReportEvent.CustomReport custom ->
                Optional.of(new Input.Reported(custom.name(), received.id(), custom.details(), true));
            case ReportEvent report ->
                Optional.of(new Input.Reported(report.name(), received.id(), report.details(), true));
            case WebhookEvent.WebhookVerified verified ->
                Optional.of(new Input.Reported(verified.name(), received.id(), data(verified, plan), false));
            case HealthEvent.HealthDegraded degraded ->
                Optional.of(new Input.Degraded(
                        degraded.monitor(),
                        degraded.evidence(),
                        degraded.releaseId().isPresent()));
            case CheckEvent.CheckCompleted completed ->
                Optional.of(new Input.Checked(completed.checkId(), completed.passed(), completed.evidence()));
            case CheckEvent.WatchCompleted completed ->
                Optional.of(new Input.Watched(completed.watchId(), completed.healthy(), completed.evidence()));
            default -> Optional.empty();
        };
    }

    /**
     * A webhook's data, without its payload: customers' data does not belong in a journal that is kept for ever. Only
     * what the plan asks for by {@code payload.…} is taken out of it.
     */
    private static Map<String, Object> data(WebhookEvent.WebhookVerified verified, Plan plan) {
        ObjectNode data = EventJson.mapper().valueToTree(verified);
        var payload = Optional.ofNullable(data.remove(PAYLOAD));
        payload.ifPresent(json -> awaited(plan)
                .flatMap(awaited -> awaited.where().keySet().stream())
                .filter(path -> path.startsWith(PAYLOAD + "."))
                .forEach(path -> {
                    var value = json.at(path.substring(PAYLOAD.length()).replace('.', '/'));
                    if (value.isValueNode()) {
                        data.put(path, value.asText());
                    }
                }));
        return EventJson.mapper().convertValue(data, new TypeReference<>() {});
    }

    private static Stream<Step.Awaited> awaited(Plan plan) {
        return plan.steps().stream()
                .map(plan::step)
                .flatMap(step ->
                        step.action() instanceof Action.Await await ? Stream.of(await.event()) : step.until().stream());
    }
}
