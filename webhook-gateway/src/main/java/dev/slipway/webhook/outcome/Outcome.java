package dev.slipway.webhook.outcome;

import java.time.Instant;
import java.util.UUID;

/**
 * A step of a release that rests on a delivery.
 *
 * @param event what told it: {@code StepSucceeded}
 * @param subject the release's environment
 */
public record Outcome(String event, UUID releaseId, String subject, String phase, String step, Instant at) {}
