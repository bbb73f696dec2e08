/**
 * How senders prove that a request is theirs: one small class for each provider's scheme, after the provider's own page.
 */
@NullMarked
package dev.slipway.webhook.scheme;

import org.jspecify.annotations.NullMarked;
