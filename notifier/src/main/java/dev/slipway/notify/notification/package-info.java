/**
 * Who is told, and that they are: events become notifications in the consumer's transaction, and each notification is
 * sent, retried or given up, in the order of its environment.
 */
@NullMarked
package dev.slipway.notify.notification;

import org.jspecify.annotations.NullMarked;
