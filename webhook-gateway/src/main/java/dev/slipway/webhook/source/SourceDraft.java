package dev.slipway.webhook.source;

import static java.util.stream.Collectors.toUnmodifiableMap;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.slipway.webhook.forward.Signing;
import dev.slipway.webhook.forward.SigningSecret;
import dev.slipway.webhook.source.SecretDraft.Added;
import dev.slipway.webhook.source.SecretDraft.Content;
import dev.slipway.webhook.source.SourceSecret.Kind;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A source as someone described it, without error.
 *
 * @param secrets empty if nothing was said about them
 * @param endpoints where its deliveries are forwarded to
 * @param definition all but the secrets, as it was written
 */
record SourceDraft(
        SourceSettings settings,
        Optional<List<SecretDraft>> secrets,
        List<EndpointDraft> endpoints,
        ObjectNode definition) {

    SourceDraft {
        endpoints = List.copyOf(endpoints);
    }

    /**
     * New secrets for the endpoints that sign and have none, by their names.
     *
     * @param withSecrets the endpoints that have secrets already
     */
    Map<String, String> generateSecrets(Set<String> withSecrets) {
        return endpoints.stream()
                .filter(draft -> draft.endpoint().signing() instanceof Signing.StandardWebhooks)
                .filter(draft -> draft.secrets().isEmpty() && !withSecrets.contains(draft.name()))
                .collect(toUnmodifiableMap(EndpointDraft::name, _ -> SigningSecret.generate()));
    }

    /** The same, its endpoints with further secrets, by their names. */
    SourceDraft with(Map<String, String> endpointSecrets) {
        return new SourceDraft(
                settings,
                secrets,
                endpoints.stream()
                        .map(draft -> Optional.ofNullable(endpointSecrets.get(draft.name()))
                                .map(text -> draft.with(new Added(new Content(Kind.STORED, text), Optional.empty())))
                                .orElse(draft))
                        .toList(),
                definition);
    }
}
