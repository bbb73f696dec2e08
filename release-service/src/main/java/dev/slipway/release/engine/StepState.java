package dev.slipway.release.engine;

/** Where a step stands. */
public enum StepState {
    PENDING,
    /** Slipway works on it. */
    RUNNING,
    /** Somebody else must act: a person, CI, a provider. */
    WAITING,
    SUCCEEDED,
    FAILED,
    TIMED_OUT,
    SKIPPED,
    CANCELLED;

    /** Whether it was begun and has not ended. */
    public boolean inFlight() {
        return this == RUNNING || this == WAITING;
    }

    /** Whether it did not succeed though it was tried. */
    public boolean unsuccessful() {
        return this == FAILED || this == TIMED_OUT;
    }

    /** Whether it is over. */
    public boolean ended() {
        return this != PENDING && !inFlight();
    }
}
