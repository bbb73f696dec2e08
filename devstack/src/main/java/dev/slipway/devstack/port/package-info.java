/** The TCP ports of this machine. */
@NullMarked
package dev.slipway.devstack.port;

import org.jspecify.annotations.NullMarked;
