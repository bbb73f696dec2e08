/** How every service answers over HTTP: who may call, what an error looks like, whether it is healthy. */
@NullMarked
package dev.slipway.http;

import org.jspecify.annotations.NullMarked;
