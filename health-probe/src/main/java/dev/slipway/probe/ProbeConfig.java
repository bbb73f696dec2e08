package dev.slipway.probe;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Settings of checking. */
@ConfigMapping(prefix = "slipway.probe")
public interface ProbeConfig {

    /**
     * How long a replica keeps a check or a monitor without a sign of life; then another takes it. It must be some
     * times {@link #roundEvery()}.
     */
    @WithDefault("5s")
    Duration lease();

    /** How often a replica gives its sign of life, writes what went well, and looks for work that others left. */
    @WithDefault("1s")
    Duration roundEvery();

    /** The most checks, and the most monitors, that a replica takes in one round. */
    @WithDefault("1000")
    int takeAtOnce();

    /** The longest random pause before a monitor's first probe, so that those started together do not call together. */
    @WithDefault("1s")
    Duration phase();

    /** How many bytes of a response's body are read; conditions see no more. */
    @WithDefault("65536")
    int bodyLimit();

    /** How many redirects are followed. */
    @WithDefault("5")
    int redirects();

    /** How long the addresses of a host are used again before they are looked up anew. */
    @WithDefault("10s")
    Duration addressLifetime();

    /** How long an answered check and an ended watch are remembered; a repeat that comes later is done again. */
    @WithDefault("7d")
    Duration retention();
}
