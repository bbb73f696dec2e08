/** What a service does of its own accord, again and again. */
@NullMarked
package dev.slipway.release.recurring;

import org.jspecify.annotations.NullMarked;
