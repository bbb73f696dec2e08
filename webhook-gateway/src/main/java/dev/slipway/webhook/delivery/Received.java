package dev.slipway.webhook.delivery;

import java.util.List;

/**
 * A delivery with what it brought.
 *
 * @param headers a line {@code name: value} for each header, without what is secret; empty where it is not needed
 * @param body the bytes as they arrived; not changed by anyone
 * @param isJson whether the body is known to be JSON that can stand in an event; if not, it may be all the same
 * @param endpoints the names of those endpoints of its source that it is to be forwarded to
 */
@SuppressWarnings("ArrayRecordComponent") // Nobody compares these, and a copy of each body would cost too much.
public record Received(Delivery delivery, String headers, byte[] body, boolean isJson, List<String> endpoints) {

    /** About what an object takes in memory beside its texts and bytes. */
    private static final int REST = 1024;

    public Received {
        endpoints = List.copyOf(endpoints);
    }

    /** One whose body nobody has read, and that is forwarded to nobody. */
    public Received(Delivery delivery, String headers, byte[] body) {
        this(delivery, headers, body, false, List.of());
    }

    /** About what it takes in memory, in bytes. */
    long bytes() {
        return REST + headers.length() + body.length;
    }
}
