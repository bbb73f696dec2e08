/** Side effects at providers: each under a key, so that it happens once, and with a lease, so that a crash ends none. */
@NullMarked
package dev.slipway.release.operation;

import org.jspecify.annotations.NullMarked;
