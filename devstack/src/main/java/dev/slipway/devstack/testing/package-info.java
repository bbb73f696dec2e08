/** The infrastructure of the modules' tests: one PostgreSQL and one Kafka for each module run, or private ones to break. */
@NullMarked
package dev.slipway.devstack.testing;

import org.jspecify.annotations.NullMarked;
