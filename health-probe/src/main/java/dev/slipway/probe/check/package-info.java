/** One check, made once: an HTTP request or a look at a certificate, and the evidence of what it came to. */
@NullMarked
package dev.slipway.probe.check;

import org.jspecify.annotations.NullMarked;
