package dev.slipway.release.call;

import dev.slipway.messaging.TraceParent;

/**
 * Who calls, and from where.
 *
 * @param name that of the caller's token
 * @param address the client's; what {@code X-Forwarded-For} says counts only if Quarkus' proxy settings trust the proxy
 * @param trace what the call belongs to
 */
record Caller(String name, String address, TraceParent trace) {}
