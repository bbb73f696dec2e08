/** How well releasing goes: DORA's figures, from how releases ended. */
@NullMarked
package dev.slipway.release.insight;

import org.jspecify.annotations.NullMarked;
