/**
 * Requests that were refused: counted and told in sums, a few of them kept to look at, so that a storm of forgeries costs
 * nothing.
 */
@NullMarked
package dev.slipway.webhook.rejection;

import org.jspecify.annotations.NullMarked;
