/** How a plan is written: YAML, read and judged, with all that is wrong told at once, in its place. */
@NullMarked
package dev.slipway.release.plan.format;

import org.jspecify.annotations.NullMarked;
