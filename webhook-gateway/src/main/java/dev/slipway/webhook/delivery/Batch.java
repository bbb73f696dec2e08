package dev.slipway.webhook.delivery;

import java.util.List;
import java.util.UUID;

/**
 * Deliveries that one transaction stores, in the order of their arrival.
 *
 * @param id a UUID of version 7; the ids of a replica's batches have the order in which the batches were begun
 */
record Batch(UUID id, List<Received> deliveries) {

    Batch {
        deliveries = List.copyOf(deliveries);
    }

    /** About what all deliveries take together in memory, in bytes. */
    long bytes() {
        return deliveries.stream().mapToLong(Received::bytes).sum();
    }
}
