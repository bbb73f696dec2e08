package dev.slipway.probe.watch;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What one probe of a monitor came to.
 *
 * @param at when it began
 * @param responseTime how long the answer took; nothing if none came
 * @param summary one sentence for a person
 */
public record Probe(boolean passed, Instant at, Optional<Duration> responseTime, String summary) {}
