package dev.slipway.webhook.ingest;

import dev.slipway.webhook.scheme.Headers;
import io.vertx.core.MultiMap;
import java.util.Locale;
import java.util.Set;

/**
 * The headers of a request as they are kept: a line {@code name: value} for each, as they came. What proves a caller by
 * itself, and is not bound to the body as a signature is, is not kept.
 */
final class StoredHeaders {

    private StoredHeaders() {}

    /** @param secretHeaders further names, in lower case, that are not kept */
    static String of(MultiMap headers, Set<String> secretHeaders) {
        var lines = new StringBuilder(512);
        for (var header : headers) {
            var name = header.getKey().toLowerCase(Locale.ROOT);
            var isSecret = Headers.isSecret(name) || secretHeaders.contains(name);
            lines.append(header.getKey()).append(": ").append(isSecret ? "***" : header.getValue());
            lines.append('\n');
        }
        // PostgreSQL's text has no NUL.
        return lines.indexOf("\0") < 0 ? lines.toString() : lines.toString().replace('\0', ' ');
    }
}
