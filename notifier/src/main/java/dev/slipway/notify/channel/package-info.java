/**
 * Where people are told: one class for each channel that knows its format, its protocol, and what its answers mean. A
 * channel is asked once for each attempt; when to ask again is decided in {@code notification}.
 */
@NullMarked
package dev.slipway.notify.channel;

import org.jspecify.annotations.NullMarked;
