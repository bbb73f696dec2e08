package dev.slipway.webhook.forward;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The endpoints there are now. */
@FunctionalInterface
public interface Endpoints {

    /** The endpoints by the names of their sources. */
    Map<String, List<Endpoint>> bySource();

    /** Why a source that there is cannot be read now, so that nothing is known of its endpoints, and what to do. */
    default Optional<String> problem(String source) {
        return Optional.empty();
    }
}
