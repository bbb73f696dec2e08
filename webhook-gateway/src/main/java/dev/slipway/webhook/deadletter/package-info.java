/**
 * Dead letters of {@code slipway.webhooks}: what a service gave up, listed with its cause, and sent once more when the
 * fault is mended. They are faults of the pipeline; what is not genuine is refused at the door.
 */
@NullMarked
package dev.slipway.webhook.deadletter;

import org.jspecify.annotations.NullMarked;
