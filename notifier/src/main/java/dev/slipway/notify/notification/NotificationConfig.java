package dev.slipway.notify.notification;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.net.URI;
import java.time.Duration;

/** How notifications are sent. */
@ConfigMapping(prefix = "slipway.notifications")
public interface NotificationConfig {

    /** Where people reach the status page ({@code SLIPWAY_PUBLIC_URL}); every message links to it. */
    URI publicUrl();

    /** The pause before the second attempt; each later one is twice as long, up to {@link #longestPause()}. */
    @WithDefault("1s")
    Duration firstPause();

    /** The longest pause between two attempts, unless the channel asks for a longer one. */
    @WithDefault("5m")
    Duration longestPause();

    /** After this long a notification that could not be delivered is given up. */
    @WithDefault("24h")
    Duration giveUpAfter();

    /**
     * How long a notification that cannot be delivered holds back the later ones to the same recipient about the same
     * environment, so that they arrive in order; after that they go without it.
     */
    @WithDefault("10m")
    Duration keepOrderFor();

    /** How long one attempt may take; the next notifications of the channel wait for it. */
    @WithDefault("15s")
    Duration attemptLimit();

    /**
     * How long a notification belongs to the process that sends it; after a crash it is sent again when this is over.
     * Longer than {@link #attemptLimit()}.
     */
    @WithDefault("30s")
    Duration lease();

    /** How often a channel looks for notifications that became due, besides when new ones are written. */
    @WithDefault("500ms")
    Duration sweepEvery();
}
