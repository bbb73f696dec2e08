/** What is said: which events people are told of, and in which words. No I/O, and no channel's own format. */
@NullMarked
package dev.slipway.notify.message;

import org.jspecify.annotations.NullMarked;
