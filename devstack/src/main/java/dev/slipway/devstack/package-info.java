/** One process with all that Slipway needs on a machine without Docker: PostgreSQL, Kafka, the demo's target application. */
@NullMarked
package dev.slipway.devstack;

import org.jspecify.annotations.NullMarked;
