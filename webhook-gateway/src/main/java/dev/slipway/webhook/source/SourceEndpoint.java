package dev.slipway.webhook.source;

import dev.slipway.webhook.forward.Endpoint;
import dev.slipway.webhook.source.SourceSecret.Value.Signs;
import java.util.List;

/**
 * An endpoint that a source forwards to.
 *
 * @param endpoint ready to be sent to
 * @param secrets those it signs with, also those that do not count
 */
public record SourceEndpoint(Endpoint endpoint, List<SourceSecret> secrets) {

    public SourceEndpoint {
        secrets = List.copyOf(secrets);
        endpoint = endpoint.signingWith(secrets.stream()
                .filter(secret -> secret.value() instanceof Signs)
                .map(secret -> ((Signs) secret.value()).secret())
                .toList());
    }
}
