package dev.slipway.webhook.deadletter;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How dead letters are kept and redriven. */
@ConfigMapping(prefix = "slipway.webhook.dead-letters")
public interface DeadLetterConfig {

    /** How long they are kept. */
    @WithDefault("30d")
    Duration retention();

    /** The most that one call redrives; what remains takes further calls. */
    @WithDefault("1000")
    int most();
}
