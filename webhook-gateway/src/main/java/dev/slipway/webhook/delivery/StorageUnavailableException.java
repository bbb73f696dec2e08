package dev.slipway.webhook.delivery;

/** A delivery could not be made durable now; its sender should send it again. */
public final class StorageUnavailableException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    StorageUnavailableException(String message) {
        super(message);
    }

    StorageUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
