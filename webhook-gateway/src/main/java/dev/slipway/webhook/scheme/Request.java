package dev.slipway.webhook.scheme;

import java.util.Optional;

/**
 * A request as it arrived, before anything in it is believed.
 *
 * @param pathSecret what stands behind the source's name in the URL, {@code /webhooks/<source>/<secret>}
 * @param body the bytes as they arrived; not changed by anyone
 */
@SuppressWarnings("ArrayRecordComponent") // Nobody compares these, and a copy of each body would cost too much.
public record Request(Headers headers, Optional<String> pathSecret, byte[] body) {

    /** The first value of a header; the name's case does not matter. */
    public Optional<String> header(String name) {
        return headers.first(name);
    }
}
