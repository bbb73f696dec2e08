package dev.slipway.webhook.delivery;

/**
 * A delivery with what it brought.
 *
 * @param headers a line {@code name: value} for each header, without what is secret; empty where it is not needed
 * @param body the bytes as they arrived; not changed by anyone
 */
@SuppressWarnings("ArrayRecordComponent") // Nobody compares these, and a copy of each body would cost too much.
public record Received(Delivery delivery, String headers, byte[] body) {}
