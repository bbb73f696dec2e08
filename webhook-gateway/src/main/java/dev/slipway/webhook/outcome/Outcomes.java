package dev.slipway.webhook.outcome;

import dev.slipway.event.Event;
import dev.slipway.event.Evidence;
import dev.slipway.event.ReleaseEvent.StepSucceeded;
import dev.slipway.event.WebhookEvent.WebhookVerified;
import dev.slipway.messaging.EventHandler;
import dev.slipway.messaging.ReceivedEvent;
import jakarta.inject.Singleton;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * Notes which steps rest on deliveries. A step that awaited a webhook tells it in its evidence: {@code event} is
 * {@code WebhookVerified}, {@code data} is the event's, with its {@code deliveryId}.
 */
@Singleton
public class Outcomes implements EventHandler {

    private final Jdbi jdbi;

    public Outcomes(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    @Override
    public boolean wants(Event event) {
        return event instanceof StepSucceeded step
                && deliveryId(step.evidence()).isPresent();
    }

    @Override
    public void handle(Handle handle, List<ReceivedEvent> events) {
        var rows = handle.prepareBatch("""
                INSERT INTO delivery_outcome (delivery_id, event_id, event, release_id, subject, phase, step, at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                """);
        for (var received : events) {
            var step = (StepSucceeded) received.event();
            rows.add(
                    deliveryId(step.evidence()).orElseThrow(),
                    received.id(),
                    step.name(),
                    step.releaseId(),
                    received.subject(),
                    step.phase(),
                    step.step(),
                    received.time().atOffset(ZoneOffset.UTC));
        }
        rows.execute();
    }

    /** What became of a delivery, in the order in which it did. */
    public List<Outcome> of(UUID deliveryId) {
        return jdbi.withHandle(handle -> handle.createQuery("""
                        SELECT event, release_id, subject, phase, step, at FROM delivery_outcome
                        WHERE delivery_id = :deliveryId ORDER BY at, event_id
                        """)
                .bind("deliveryId", deliveryId)
                .map((row, context) -> new Outcome(
                        row.getString("event"),
                        row.getObject("release_id", UUID.class),
                        row.getString("subject"),
                        row.getString("phase"),
                        row.getString("step"),
                        row.getObject("at", OffsetDateTime.class).toInstant()))
                .list());
    }

    /** Forgets what became of deliveries that came before another. */
    public void forgetBefore(Handle handle, UUID deliveryId) {
        handle.execute("DELETE FROM delivery_outcome WHERE delivery_id < ?", deliveryId);
    }

    private static Optional<UUID> deliveryId(Evidence evidence) {
        return WebhookVerified.class.getSimpleName().equals(evidence.details().get("event"))
                        && evidence.details().get("data") instanceof Map<?, ?> data
                        && data.get("deliveryId") instanceof String id
                ? uuid(id)
                : Optional.empty();
    }

    private static Optional<UUID> uuid(String id) {
        try {
            return Optional.of(UUID.fromString(id));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
