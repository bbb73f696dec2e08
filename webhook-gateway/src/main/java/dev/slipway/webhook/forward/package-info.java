/**
 * Deliveries on their way to the applications that want them over HTTP: signed, tried again, stopped where an endpoint
 * has had enough, and never sent to an address that is not meant to be called.
 */
@NullMarked
package dev.slipway.webhook.forward;

import org.jspecify.annotations.NullMarked;
