package dev.slipway.webhook.forward;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** How deliveries are forwarded. What concerns one endpoint is said with its source. */
@ConfigMapping(prefix = "slipway.webhook.forward")
public interface ForwardConfig {

    /**
     * Networks that endpoints may be in although they are not public, such as {@code 10.0.0.0/8,fd00::/8}. Plain {@code
     * http} is only spoken there.
     */
    Optional<List<String>> allowedNetworks();

    /** The most attempts that a replica makes at the same time. */
    @WithDefault("64")
    int atOnce();

    /** No further attempt begins once the bodies of those that are made are this large together. */
    @WithDefault("16M")
    MemorySize bytesAtOnce();

    /** After how many failures in a row nothing more is sent to an endpoint but a probe now and then. */
    @WithDefault("10")
    int openAfter();

    /** How long an endpoint that keeps failing is left alone before a forward is tried again, as a probe. */
    @WithDefault("30s")
    Duration probeEvery();

    /** The longest that an application can ask to be left alone with {@code Retry-After}. */
    @WithDefault("1h")
    Duration longestRetryAfter();

    /** The longest that a forward which fell due, or which another replica stored, waits until it is seen. */
    @WithDefault("500ms")
    Duration sweepEvery();
}
