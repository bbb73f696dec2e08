package dev.slipway.webhook.source;

import java.time.Instant;

/** Where a source was set up, and so where it can be changed. */
public sealed interface Origin {

    /**
     * In the gateway's configuration.
     *
     * @param where the properties, or the file
     */
    record Configuration(String where) implements Origin {}

    /**
     * By the API.
     *
     * @param version changes with every change of the source
     */
    record Api(long version, Instant createdAt, Instant changedAt) implements Origin {}
}
