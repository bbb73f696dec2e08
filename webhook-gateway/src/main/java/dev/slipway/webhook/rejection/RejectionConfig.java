package dev.slipway.webhook.rejection;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How refused requests are told and kept. */
@ConfigMapping(prefix = "slipway.webhook.rejections")
public interface RejectionConfig {

    /** How often they are told and counted in the database. */
    @WithDefault("10s")
    Duration every();

    /** The most samples that are kept of each source and reason, the newest. */
    @WithDefault("20")
    int samples();

    /** How long counts and samples are kept. */
    @WithDefault("7d")
    Duration retention();
}
