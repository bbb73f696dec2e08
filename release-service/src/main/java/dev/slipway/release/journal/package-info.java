/** What happened to each release, in order and for ever. */
@NullMarked
package dev.slipway.release.journal;

import org.jspecify.annotations.NullMarked;
