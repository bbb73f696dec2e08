package dev.slipway.release.dryrun;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.net.URI;
import java.time.Duration;

/** Where a dry run asks what the other services have. They are asked with the caller's own token. */
@ConfigMapping(prefix = "slipway.dry-run")
public interface DryRunConfig {

    /** Where health-probe is, which puts secrets into checks and monitors. */
    URI healthProbe();

    /** Where the notifier is, which has the channels. */
    URI notifier();

    /** How long each has to answer. */
    @WithDefault("2s")
    Duration timeout();
}
