/** The webhook gateway: everything that comes in from third parties. */
@NullMarked
package dev.slipway.webhook;

import org.jspecify.annotations.NullMarked;
