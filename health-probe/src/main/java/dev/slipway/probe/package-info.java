/** The service's frame: its settings, the events it takes, and the rounds in which its replicas share the work. */
@NullMarked
package dev.slipway.probe;

import org.jspecify.annotations.NullMarked;
