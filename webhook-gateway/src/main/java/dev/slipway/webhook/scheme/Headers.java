package dev.slipway.webhook.scheme;

import java.util.Optional;

/** The headers of a request. */
@FunctionalInterface
public interface Headers {

    /** The first value of a header; the name's case does not matter. */
    Optional<String> first(String name);
}
