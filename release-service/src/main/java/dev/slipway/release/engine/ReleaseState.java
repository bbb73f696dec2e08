package dev.slipway.release.engine;

/** Where a release stands. */
public enum ReleaseState {
    /** Another release is active in its environment. */
    QUEUED,
    RUNNING,
    /** No further step is started until somebody says so. */
    PAUSED,
    SUCCEEDED,
    ROLLING_BACK,
    ROLLED_BACK,
    ROLLBACK_FAILED,
    FAILED,
    ABORTED,
    /** A newer release took its place in the queue. */
    SUPERSEDED;

    /** Whether nothing more happens to it. */
    public boolean ended() {
        return switch (this) {
            case QUEUED, RUNNING, PAUSED, ROLLING_BACK -> false;
            case SUCCEEDED, ROLLED_BACK, ROLLBACK_FAILED, FAILED, ABORTED, SUPERSEDED -> true;
        };
    }

    /** Whether it holds its environment. */
    public boolean active() {
        return this != QUEUED && !ended();
    }
}
