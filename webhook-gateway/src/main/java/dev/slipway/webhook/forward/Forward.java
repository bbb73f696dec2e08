package dev.slipway.webhook.forward;

import dev.slipway.webhook.delivery.Delivery;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;

/**
 * A delivery on its way to one endpoint, taken by this replica for one attempt.
 *
 * @param attempt the number of this attempt, from 1 on
 * @param pauses how many pauses of the schedule are used up
 * @param headers as they are stored, a line {@code name: value} for each
 * @param body the bytes as they arrived; not changed by anyone
 */
@SuppressWarnings("ArrayRecordComponent") // Nobody compares these, and a copy of each body would cost too much.
record Forward(
        int retentionDays,
        UUID deliveryId,
        EndpointRef endpoint,
        int attempt,
        int pauses,
        String traceparent,
        String headers,
        byte[] body) {

    /** Until when its delivery is kept. */
    Instant keptUntil() {
        return Delivery.timeOf(deliveryId).plus(Duration.ofDays(retentionDays));
    }
}
