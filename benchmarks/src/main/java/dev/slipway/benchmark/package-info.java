/** Slipway's parts, and their peers, on the same work. */
@NullMarked
package dev.slipway.benchmark;

import org.jspecify.annotations.NullMarked;
