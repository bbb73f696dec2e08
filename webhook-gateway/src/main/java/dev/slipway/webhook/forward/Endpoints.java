package dev.slipway.webhook.forward;

import java.util.List;
import java.util.Map;

/** The endpoints there are now. */
@FunctionalInterface
public interface Endpoints {

    /** The endpoints by the names of their sources. */
    Map<String, List<Endpoint>> bySource();
}
