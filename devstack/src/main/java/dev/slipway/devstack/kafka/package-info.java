/** Kafka inside this process, without Docker, with its data kept between starts. */
@NullMarked
package dev.slipway.devstack.kafka;

import org.jspecify.annotations.NullMarked;
