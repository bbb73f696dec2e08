package dev.slipway.webhook.source;

import java.time.Duration;

/**
 * What holds for a source that does not say otherwise.
 *
 * @param largestBody in bytes
 * @param retention in whole days
 */
public record SourceDefaults(long largestBody, Duration retention) {}
