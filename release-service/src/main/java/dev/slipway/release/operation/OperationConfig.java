package dev.slipway.release.operation;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How operations are worked on. */
@ConfigMapping(prefix = "slipway.operations")
public interface OperationConfig {

    /** How long an operation stays with a replica that gives no sign of life; then another takes it over. */
    @WithDefault("6s")
    Duration lease();

    /** How often is looked for operations that are due, when no commit announces one. */
    @WithDefault("200ms")
    Duration lookEvery();

    /** The most operations that one replica works on at a time. */
    @WithDefault("64")
    int atOnce();
}
