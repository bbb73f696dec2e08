/** Wake-ups as rows: when one is due, it becomes an event. */
@NullMarked
package dev.slipway.release.timer;

import org.jspecify.annotations.NullMarked;
