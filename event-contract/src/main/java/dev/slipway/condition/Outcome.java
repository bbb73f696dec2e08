package dev.slipway.condition;

/**
 * Whether a condition held.
 *
 * @param condition the condition as it was written
 * @param actual what was seen instead of, or as, what was expected; short, for people: {@code 503}, {@code 412 ms},
 *     {@code [BODY].status is missing}
 */
public record Outcome(String condition, boolean satisfied, String actual) {}
