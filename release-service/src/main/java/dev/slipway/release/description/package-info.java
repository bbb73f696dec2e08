/** How the API is described, to people and to programs. */
@NullMarked
package dev.slipway.release.description;

import org.jspecify.annotations.NullMarked;
