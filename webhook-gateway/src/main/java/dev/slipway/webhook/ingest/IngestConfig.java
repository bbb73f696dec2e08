package dev.slipway.webhook.ingest;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How requests are received. */
@ConfigMapping(prefix = "slipway.webhook.ingest")
public interface IngestConfig {

    /** The largest body that is read, unless its source says otherwise; a larger one is answered 413. */
    @WithDefault("1M")
    MemorySize largestBody();

    /** The longest that the head of a request may take to come, from its first byte; then its connection is closed. */
    @WithDefault("10s")
    Duration headWithin();

    /** The longest that a body may take to come; then it is answered 408, and its connection is closed. */
    @WithDefault("10s")
    Duration bodyWithin();

    /** The most memory for the bodies of all requests that are not answered yet; beyond it requests are answered 503. */
    @WithDefault("64M")
    MemorySize unanswered();

    /**
     * The most requests that are verified off the event loops at the same time, or wait for it: those with an Ed25519
     * signature or more than 256 KiB. Further ones are answered 503.
     */
    @WithDefault("256")
    int verifying();

    /** The longest that a delivery may take to become durable; then it is answered 503, and its sender tries again. */
    @WithDefault("5s")
    Duration acknowledgeWithin();

    /** When senders are asked to try again after a 503, as far as they follow {@code Retry-After}. */
    @WithDefault("5s")
    Duration retryAfter();
}
