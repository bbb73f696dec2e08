package dev.slipway.webhook.delivery;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** How much one call replays; what remains takes further calls. */
@ConfigMapping(prefix = "slipway.webhook.replay")
public interface ReplayConfig {

    /** The most deliveries. */
    @WithDefault("10000")
    int most();

    /** The most bytes of bodies, unless the first delivery alone has more. */
    @WithDefault("64M")
    MemorySize bytes();
}
