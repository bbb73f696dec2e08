package dev.slipway.webhook.scheme;

import java.time.Instant;
import java.util.List;

/**
 * How one provider proves that a request is its own.
 *
 * <p>Implementations have no state that changes, compare in constant time, and never throw, whatever arrives. They run
 * on an event loop: no I/O.
 */
public interface SignatureScheme {

    /**
     * Judges a request.
     *
     * @param body the bytes as they arrived
     * @param secrets any of them may have signed
     * @param now when the request arrived
     */
    Verification verify(Headers headers, byte[] body, List<Secret> secrets, Instant now);
}
