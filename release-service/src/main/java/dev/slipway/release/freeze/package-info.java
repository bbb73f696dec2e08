/** When no release may begin: freeze windows, and the line that somebody has stopped. */
@NullMarked
package dev.slipway.release.freeze;

import org.jspecify.annotations.NullMarked;
