package dev.slipway.webhook.forward;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toMap;

import dev.slipway.webhook.forward.EndpointStates.EndpointState;
import dev.slipway.webhook.forward.ForwardStore.Backlog;
import jakarta.inject.Singleton;
import java.util.List;
import org.jdbi.v3.core.Jdbi;

/** How all endpoints are, as the API and the metrics show it. */
@Singleton
public class EndpointOverview {

    private final Jdbi jdbi;
    private final ForwardStore store;
    private final EndpointStates states;
    private final Endpoints endpoints;

    EndpointOverview(Jdbi jdbi, ForwardStore store, EndpointStates states, Endpoints endpoints) {
        this.jdbi = jdbi;
        this.store = store;
        this.states = states;
        this.endpoints = endpoints;
    }

    /** How an endpoint is. */
    record EndpointStatus(EndpointRef ref, Endpoint endpoint, EndpointState state, Backlog backlog) {}

    /** How each is, those of a source in the order in which they are set up. */
    List<EndpointStatus> all() {
        return jdbi.withHandle(handle -> {
            var known = states.all(handle);
            var backlogs = store.backlogs(handle).stream().collect(toMap(Backlog::endpoint, identity()));
            return endpoints.bySource().entrySet().stream()
                    .flatMap(entry -> entry.getValue().stream().map(endpoint -> {
                        var ref = new EndpointRef(entry.getKey(), endpoint.name());
                        return new EndpointStatus(
                                ref,
                                endpoint,
                                known.getOrDefault(ref, EndpointState.SOUND),
                                backlogs.getOrDefault(ref, Backlog.none(ref)));
                    }))
                    .toList();
        });
    }
}
