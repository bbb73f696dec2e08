package dev.slipway.release.lifecycle;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How long is kept what need not be kept for ever. Plans, releases and the journal are. */
@ConfigMapping(prefix = "slipway.retention")
public interface RetentionConfig {

    /** How long the answer to a call is remembered by its {@code Idempotency-Key}, at least. */
    @WithDefault("24h")
    Duration idempotencyKeys();

    /** How long a call is shown as accepted that never had its effect: its event became a dead letter, or was lost. */
    @WithDefault("7d")
    Duration calls();

    /** How long an operation is kept after its deadline, when its release has ended. */
    @WithDefault("90d")
    Duration operations();

    /** How often is looked for what is older. */
    @WithDefault("10m")
    Duration sweepEvery();

    /** Rows that one transaction deletes: few, so that it holds up nobody. */
    @WithDefault("1000")
    int chunk();
}
