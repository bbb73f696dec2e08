package dev.slipway.webhook.forward;

/** How far a forward has come. */
public enum ForwardState {
    /** It waits for its next attempt, or is being attempted. */
    PENDING,
    /** The application has it. */
    DELIVERED,
    /** Every attempt of the schedule failed; it is tried again when somebody asks for it. */
    GIVEN_UP
}
