/**
 * What came in and is genuine: made durable by many at a time, published in order, kept for a while, shown.
 *
 * <p>A delivery's id, a UUID of version 7, is its time of arrival, its place in the order, and the CloudEvents id of
 * what is published about it.
 */
@NullMarked
package dev.slipway.webhook.delivery;

import org.jspecify.annotations.NullMarked;
