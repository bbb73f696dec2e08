package dev.slipway.webhook.scheme;

import java.time.Instant;
import java.util.List;
import java.util.Set;

/**
 * How one provider proves that a request is its own.
 *
 * <p>Implementations have no state that changes, compare in constant time, and never throw, whatever arrives. They do no
 * I/O, so that they can run on an event loop.
 */
public interface SignatureScheme {

    /**
     * Judges a request.
     *
     * @param secrets any of them may have signed; made by {@link KnownScheme#secret} of the same scheme
     * @param now when the request arrived
     */
    Verification verify(Request request, List<Secret> secrets, Instant now);

    /** Whether {@link #verify} takes milliseconds with such secrets, so that it must not run on an event loop. */
    default boolean isExpensive(List<Secret> secrets) {
        return false;
    }

    /** The headers, in lower case, whose value alone proves the sender, so that it must not be kept. */
    default Set<String> secretHeaders() {
        return Set.of();
    }

    /** Whether the headers that are kept prove the sender to whoever verifies them once more. */
    default boolean isProofKept() {
        return secretHeaders().isEmpty();
    }
}
