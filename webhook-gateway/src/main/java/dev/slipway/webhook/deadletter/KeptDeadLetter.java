package dev.slipway.webhook.deadletter;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * A dead letter as it is kept, without what it brought.
 *
 * @param at when it was given up
 * @param service who gave it up
 * @param reason why it could not be handled
 * @param origin where it stood: {@code topic/partition/offset}
 * @param eventId its CloudEvents id
 * @param event the name of its event: {@code WebhookVerified}
 * @param deliveryId the delivery that it tells of
 * @param redriveOf the earlier dead letter whose redrive led to this one
 * @param redriven that it was sent once more
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record KeptDeadLetter(
        UUID id,
        Instant at,
        String service,
        String reason,
        String origin,
        Optional<String> eventId,
        Optional<String> event,
        Optional<UUID> deliveryId,
        Optional<UUID> redriveOf,
        Optional<Redriven> redriven) {

    @JsonProperty
    public DeadLetterState state() {
        return redriven.isPresent() ? DeadLetterState.REDRIVEN : DeadLetterState.DEAD;
    }

    /** Who sent it once more, and when. */
    public record Redriven(String by, Instant at) {}
}
