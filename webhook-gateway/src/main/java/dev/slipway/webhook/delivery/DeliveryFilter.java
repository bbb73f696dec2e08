package dev.slipway.webhook.delivery;

import dev.slipway.event.WebhookEvent.Mode;
import dev.slipway.http.Parameter;
import dev.slipway.http.ProblemException;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * Which deliveries are meant; what is empty does not restrict.
 *
 * @param eventId the sender's id of the event; found as long as repeats of it are recognised
 * @param replayOf the delivery that they repeat
 * @param from the first time of arrival
 * @param to the time of arrival before which they came
 */
record DeliveryFilter(
        Optional<String> source,
        Optional<String> type,
        Optional<DeliveryState> state,
        Optional<String> eventId,
        Optional<Mode> mode,
        Optional<UUID> replayOf,
        Optional<Instant> from,
        Optional<Instant> to) {

    /** Every delivery. */
    static final DeliveryFilter ALL = new DeliveryFilter(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());

    /**
     * Reads what a call gives.
     *
     * @throws ProblemException 400, if something cannot be read
     */
    static DeliveryFilter read(
            Optional<String> source,
            Optional<String> type,
            Optional<String> state,
            Optional<String> eventId,
            Optional<String> mode,
            Optional<UUID> replayOf,
            Optional<String> from,
            Optional<String> to) {
        return new DeliveryFilter(
                new Parameter("source", source).text(),
                new Parameter("type", type).text(),
                new Parameter("state", state).oneOf(DeliveryState.class),
                new Parameter("eventId", eventId).text(),
                new Parameter("mode", mode).oneOf(Mode.class),
                replayOf,
                new Parameter("from", from).time(),
                new Parameter("to", to).time());
    }
}
