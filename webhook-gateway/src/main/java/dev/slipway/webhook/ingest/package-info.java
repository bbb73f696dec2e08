/** The door: {@code POST /webhooks/{source}}, from the first byte of a request to its answer. */
@NullMarked
package dev.slipway.webhook.ingest;

import org.jspecify.annotations.NullMarked;
