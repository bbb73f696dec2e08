/** What is shown of releases: their status, with what they wait for and what each step rests on; live. */
@NullMarked
package dev.slipway.release.status;

import org.jspecify.annotations.NullMarked;
