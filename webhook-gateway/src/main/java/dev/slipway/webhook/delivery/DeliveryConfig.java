package dev.slipway.webhook.delivery;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How deliveries are stored, published and kept. */
@ConfigMapping(prefix = "slipway.webhook.delivery")
public interface DeliveryConfig {

    /** How many transactions store deliveries at the same time; all repeats of an event are stored by the same writer. */
    @WithDefault("2")
    int writers();

    /** The most deliveries that share one transaction, and so one write to disk. */
    @WithDefault("128")
    int batchSize();

    /**
     * A transaction takes no further delivery once its bodies are this large together. Nor does one read of what is to be
     * published.
     */
    @WithDefault("4M")
    MemorySize batchBytes();

    /** The most deliveries that wait for a transaction, a share of them for each writer; further ones are answered 503. */
    @WithDefault("4096")
    int waiting();

    /** The most memory for bodies that are stored and wait for Kafka; what exceeds it is read again from the database. */
    @WithDefault("16M")
    MemorySize publishing();

    /** A body larger than this is left out of its event; the API has it. At most 3M, as Kafka takes records of 4M. */
    @WithDefault("256K")
    MemorySize largestPayload();

    /** The longest that a delivery which another replica stored, or a crash left behind, waits until it is seen. */
    @WithDefault("500ms")
    Duration sweepEvery();

    /** How long deliveries are kept, and repeats of their events are recognised; whole days. */
    @WithDefault("30d")
    Duration retention();
}
