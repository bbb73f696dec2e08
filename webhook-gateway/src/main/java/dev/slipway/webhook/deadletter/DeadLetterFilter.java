package dev.slipway.webhook.deadletter;

import dev.slipway.http.Parameter;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * Which dead letters are meant; what is empty does not restrict.
 *
 * @param service who gave them up
 * @param from the first time at which they were
 * @param to the time before which they were
 */
record DeadLetterFilter(
        Optional<String> service,
        Optional<UUID> deliveryId,
        Optional<DeadLetterState> state,
        Optional<Instant> from,
        Optional<Instant> to) {

    /**
     * Reads what a call gives.
     *
     * @throws dev.slipway.http.ProblemException 400, if something cannot be read
     */
    static DeadLetterFilter read(
            Optional<String> service,
            Optional<UUID> deliveryId,
            Optional<String> state,
            Optional<String> from,
            Optional<String> to) {
        return new DeadLetterFilter(
                new Parameter("service", service).text(),
                deliveryId,
                new Parameter("state", state).oneOf(DeadLetterState.class),
                new Parameter("from", from).time(),
                new Parameter("to", to).time());
    }
}
