package dev.slipway.webhook.source;

/**
 * How often something may happen.
 *
 * @param perSecond in the long run; at least 1
 * @param burst at once, after a quiet time; at least 1
 */
public record RateLimit(int perSecond, int burst) {}
