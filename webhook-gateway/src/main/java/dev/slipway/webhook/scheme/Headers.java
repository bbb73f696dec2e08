package dev.slipway.webhook.scheme;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** The headers of a request. */
@FunctionalInterface
public interface Headers {

    /** Names, in lower case, of those that prove a caller by themselves almost everywhere. */
    Set<String> SECRET = Set.of("authorization", "proxy-authorization", "cookie", "x-api-key", "x-webhook-secret");

    /** Whether a header of this name is never kept, whatever its scheme says of it. */
    static boolean isSecret(String name) {
        return SECRET.contains(name.toLowerCase(Locale.ROOT));
    }

    /** The first value of a header; the name's case does not matter. */
    Optional<String> first(String name);
}
