/** What became of deliveries downstream: which steps of releases rest on them, as release-service tells it. */
@NullMarked
package dev.slipway.webhook.outcome;

import org.jspecify.annotations.NullMarked;
