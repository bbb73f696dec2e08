package dev.slipway.webhook.deadletter;

/** What became of a dead letter. */
public enum DeadLetterState {
    /** Nothing yet. */
    DEAD,
    /** It was sent once more. */
    REDRIVEN
}
