package dev.slipway.webhook.delivery;

/**
 * A delivery with its body.
 *
 * @param body the bytes as they arrived; not changed by anyone
 */
@SuppressWarnings("ArrayRecordComponent") // Nobody compares these, and a copy of each body would cost too much.
public record Received(Delivery delivery, byte[] body) {}
