/** The senders of webhooks that this gateway knows, with their secrets and the environment that each belongs to. */
@NullMarked
package dev.slipway.webhook.source;

import org.jspecify.annotations.NullMarked;
