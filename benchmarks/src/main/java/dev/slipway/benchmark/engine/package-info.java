/**
 * Releases of seven phases through Slipway and through its peers, on one PostgreSQL and in one run: {@code ./slipway bench
 * engine}.
 */
@NullMarked
package dev.slipway.benchmark.engine;

import org.jspecify.annotations.NullMarked;
