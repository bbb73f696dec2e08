/**
 * The facts that Slipway's services tell each other: one record for each event, the topic it travels on, and its JSON.
 *
 * <p>An event is named in the past tense, without suffix; its CloudEvents type is {@code dev.slipway.<Name>.v1}. The
 * records of one topic stand in one sealed interface.
 */
@NullMarked
package dev.slipway.event;

import org.jspecify.annotations.NullMarked;
