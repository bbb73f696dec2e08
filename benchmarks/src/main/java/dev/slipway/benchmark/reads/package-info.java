/** Releases, many of them: how quickly one is found, and shown, among a million. */
@NullMarked
package dev.slipway.benchmark.reads;

import org.jspecify.annotations.NullMarked;
