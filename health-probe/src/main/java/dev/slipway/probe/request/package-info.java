/** Checks that were asked for once: each is made by one replica, and answered once. */
@NullMarked
package dev.slipway.probe.request;

import org.jspecify.annotations.NullMarked;
