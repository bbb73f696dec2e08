/**
 * How a service publishes and consumes events: an outbox row in the caller's transaction, relayed in order; an inbox,
 * so that a repeat has no effect; CloudEvents in Kafka headers; dead letters for what cannot be handled.
 */
@NullMarked
package dev.slipway.messaging;

import org.jspecify.annotations.NullMarked;
