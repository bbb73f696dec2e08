/** What would happen if a release were asked for now: order, waits, approvals, the way back, and what is missing. */
@NullMarked
package dev.slipway.release.dryrun;

import org.jspecify.annotations.NullMarked;
