package dev.slipway.messaging;

/** The event is in order, but cannot be handled now; it is handed in again after a while. */
public final class TryAgainException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public TryAgainException(String message) {
        super(message);
    }

    public TryAgainException(String message, Throwable cause) {
        super(message, cause);
    }
}
