/**
 * The imperative shell of the engine: events become inputs, decisions become rows, each batch in one transaction; and
 * the sweeper that asserts that no release is forgotten.
 */
@NullMarked
package dev.slipway.release.lifecycle;

import org.jspecify.annotations.NullMarked;
