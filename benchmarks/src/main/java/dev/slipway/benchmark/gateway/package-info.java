/**
 * The webhook gateway under load, beside its floors and a peer, all on this machine and in one run: {@code ./slipway bench
 * gateway}.
 */
@NullMarked
package dev.slipway.benchmark.gateway;

import org.jspecify.annotations.NullMarked;
