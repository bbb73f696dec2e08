package dev.slipway.webhook.source;

import dev.slipway.webhook.forward.Endpoint;
import java.util.List;
import java.util.Optional;

/**
 * An endpoint as someone described it, without error.
 *
 * @param endpoint all but its secrets
 * @param secrets empty if nothing was said about them
 */
record EndpointDraft(Endpoint endpoint, Optional<List<SecretDraft>> secrets) {

    String name() {
        return endpoint.name();
    }

    EndpointDraft with(SecretDraft secret) {
        return new EndpointDraft(endpoint, Optional.of(List.of(secret)));
    }
}
