/** The packaged services together: end to end, and with whatever can be killed being killed. */
@NullMarked
package dev.slipway.system;

import org.jspecify.annotations.NullMarked;
