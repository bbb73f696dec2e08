package dev.slipway.webhook.ingest;

import dev.slipway.webhook.scheme.Headers;
import io.vertx.core.MultiMap;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * The headers of a request as they are kept: a line {@code name: value} for each, as they came. What proves a caller by
 * itself, and is not bound to the body as a signature is, is not kept.
 */
final class StoredHeaders {

    private static final Set<String> NOTES_OF_URLS = Set.of(
            "referer", "x-envoy-original-path", "x-forwarded-uri", "x-original-uri", "x-original-url", "x-rewrite-url");

    private StoredHeaders() {}

    /**
     * @param secretHeaders further names, in lower case, that are not kept
     * @param pathSecret what the URL had as a secret: a proxy may have noted that URL in a header
     */
    static String of(MultiMap headers, Set<String> secretHeaders, Optional<String> pathSecret) {
        var lines = new StringBuilder(512);
        for (var header : headers) {
            var name = header.getKey().toLowerCase(Locale.ROOT);
            var isSecret = Headers.isSecret(name)
                    || secretHeaders.contains(name)
                    || pathSecret
                            .filter(secret -> NOTES_OF_URLS.contains(name)
                                    || header.getValue().contains(secret))
                            .isPresent();
            lines.append(header.getKey()).append(": ").append(isSecret ? "***" : header.getValue());
            lines.append('\n');
        }
        // PostgreSQL's text has no NUL.
        return lines.indexOf("\0") < 0 ? lines.toString() : lines.toString().replace('\0', ' ');
    }
}
