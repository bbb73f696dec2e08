/** Monitors that run for a while: probing, thresholds, what is told of them, and the answer at the end. */
@NullMarked
package dev.slipway.probe.watch;

import org.jspecify.annotations.NullMarked;
