package dev.slipway.webhook.source;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.slipway.condition.Durations;
import dev.slipway.event.Subject;
import dev.slipway.webhook.forward.Endpoint;
import dev.slipway.webhook.scheme.KnownScheme;
import dev.slipway.webhook.source.SourceSecret.Kind;
import dev.slipway.webhook.source.SourceSecret.State;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/**
 * A source as the API shows it: never a secret, only what is known of each.
 *
 * @param where the properties or the file of a source that is configured
 * @param url where its sender delivers to
 * @param tolerance {@code off} if the time of a signature does not matter
 * @param largestBody in bytes
 * @param steps what to do at the sender
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record SourceView(
        String name,
        KnownScheme scheme,
        Optional<String> application,
        Optional<String> environment,
        Source.State state,
        OriginKind origin,
        Optional<String> where,
        String url,
        List<SecretView> secrets,
        String tolerance,
        Map<String, String> options,
        long largestBody,
        Optional<RateLimit> rateLimit,
        Optional<RateLimit> senderRateLimit,
        String retention,
        String dedupeWindow,
        List<EndpointView> forwardTo,
        Optional<Instant> createdAt,
        Optional<Instant> changedAt,
        Optional<List<String>> steps) {

    /** Where a source was set up. */
    public enum OriginKind {
        API,
        CONFIGURATION
    }

    /**
     * What is known of a secret.
     *
     * @param id by which it can be kept or deleted
     * @param reference the variable or file that it stands in
     * @param problem why it cannot be used, and what to do about it
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record SecretView(
            Optional<UUID> id,
            Kind kind,
            Optional<String> reference,
            State state,
            Optional<String> problem,
            Optional<Instant> addedAt,
            Optional<Instant> expiresAt) {

        static SecretView of(SourceSecret secret, Instant now) {
            return new SecretView(
                    secret.id(),
                    secret.kind(),
                    secret.reference(),
                    secret.state(now),
                    secret.problem(),
                    secret.addedAt(),
                    secret.expiresAt());
        }
    }

    /**
     * An endpoint that it forwards to; how it is stands elsewhere.
     *
     * @param url in full only for those who may set sources up
     * @param secret the one that was made for it just now; it is not shown again
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record EndpointView(
            String name,
            URI url,
            String signing,
            Optional<List<SecretView>> secrets,
            Optional<String> secret,
            List<String> schedule,
            String timeout,
            boolean ordered,
            int concurrency,
            List<String> types) {

        static EndpointView of(
                SourceEndpoint configured, Optional<String> secret, Function<Endpoint, URI> url, Instant now) {
            var endpoint = configured.endpoint();
            return new EndpointView(
                    endpoint.name(),
                    url.apply(endpoint),
                    endpoint.signing().label(),
                    Optional.of(configured.secrets())
                            .filter(secrets -> !secrets.isEmpty())
                            .map(secrets -> secrets.stream()
                                    .map(it -> SecretView.of(it, now))
                                    .toList()),
                    secret,
                    endpoint.schedule().stream().map(Durations::format).toList(),
                    Durations.format(endpoint.timeout()),
                    endpoint.ordered(),
                    endpoint.concurrency(),
                    endpoint.types());
        }
    }

    /**
     * Part of a list.
     *
     * @param next the cursor of what follows, if anything does
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record SourcePage(List<SourceView> items, Optional<String> next) {}

    /**
     * As one caller gets to see it.
     *
     * @param made the secrets that were just made for its endpoints, by their names
     * @param endpointUrl what is shown of an endpoint's URL
     */
    static SourceView of(
            Source source,
            String url,
            Optional<List<String>> steps,
            Map<String, String> made,
            Function<Endpoint, URI> endpointUrl,
            Instant now) {
        var origin = source.origin();
        var api = origin instanceof Origin.Api it ? Optional.of(it) : Optional.<Origin.Api>empty();
        return new SourceView(
                source.name(),
                source.scheme(),
                source.environment().map(Subject::application),
                source.environment().map(Subject::environment),
                source.state(now),
                api.isPresent() ? OriginKind.API : OriginKind.CONFIGURATION,
                origin instanceof Origin.Configuration(String where) ? Optional.of(where) : Optional.empty(),
                url,
                source.secrets().stream()
                        .map(secret -> SecretView.of(secret, now))
                        .toList(),
                source.tolerance().map(Durations::format).orElse("off"),
                source.options(),
                source.largestBody(),
                source.rateLimit(),
                source.senderRateLimit(),
                Durations.format(source.retention()),
                Durations.format(source.dedupeWindow()),
                source.endpoints().stream()
                        .map(it -> EndpointView.of(
                                it, Optional.ofNullable(made.get(it.endpoint().name())), endpointUrl, now))
                        .toList(),
                api.map(Origin.Api::createdAt),
                api.map(Origin.Api::changedAt),
                steps);
    }
}
