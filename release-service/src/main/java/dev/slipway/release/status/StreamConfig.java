package dev.slipway.release.status;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Listening to releases. */
@ConfigMapping(prefix = "slipway.stream")
public interface StreamConfig {

    /** How many may listen to one replica at a time; a further one is answered 503. */
    @WithDefault("500")
    int listeners();

    /** After so long without a change, listeners are sent a sign of life. */
    @WithDefault("15s")
    Duration heartbeat();

    /** A listener that does not take what it was sent for so long is cut off; it may come back, and resume. */
    @WithDefault("30s")
    Duration patience();
}
