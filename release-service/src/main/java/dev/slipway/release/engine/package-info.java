/**
 * What a release does next: a pure function of the plan, the state and what happened. No I/O, no clock, no framework,
 * so that it can be tested by tables and properties, and replayed from the journal.
 */
@NullMarked
package dev.slipway.release.engine;

import org.jspecify.annotations.NullMarked;
