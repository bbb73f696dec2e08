/** Requests that were refused: counted and told in sums, so that a storm of forgeries costs nothing. */
@NullMarked
package dev.slipway.webhook.rejection;

import org.jspecify.annotations.NullMarked;
