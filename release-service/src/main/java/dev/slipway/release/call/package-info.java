/** What people and CI may ask for: calls that are accepted, made durable as events, and carried out by the engine. */
@NullMarked
package dev.slipway.release.call;

import org.jspecify.annotations.NullMarked;
