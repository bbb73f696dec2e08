package dev.slipway.webhook.source;

import dev.slipway.event.Subject;
import dev.slipway.webhook.forward.Endpoint;
import dev.slipway.webhook.scheme.KnownScheme;
import dev.slipway.webhook.scheme.Request;
import dev.slipway.webhook.scheme.SchemeSettings;
import dev.slipway.webhook.scheme.Secret;
import dev.slipway.webhook.scheme.SignatureScheme;
import dev.slipway.webhook.scheme.Verification;
import dev.slipway.webhook.source.SourceSecret.Value.Known;
import dev.slipway.webhook.source.SourceSecret.Value.Unknown;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A sender of webhooks, ready to judge requests. It never changes; a changed source is another object. */
public final class Source {

    private final SourceSettings settings;
    private final SignatureScheme verifier;
    private final List<SourceSecret> secrets;
    private final Origin origin;
    private final List<SourceEndpoint> endpoints;
    private final String subject;

    /** The values that there are, those that expire first at the end, and when they do. */
    private final List<Secret> values;

    private final List<Instant> ends;

    /** When the last secret expires that is not to be had. */
    private final Instant incompleteUntil;

    /** @throws IllegalArgumentException if the scheme does not take the options */
    Source(SourceSettings settings, List<SourceSecret> secrets, Origin origin) {
        this(settings, secrets, origin, List.of());
    }

    /** @throws IllegalArgumentException if the scheme does not take the options */
    Source(SourceSettings settings, List<SourceSecret> secrets, Origin origin, List<SourceEndpoint> endpoints) {
        this.settings = settings;
        this.verifier = settings.scheme().with(new SchemeSettings(settings.tolerance(), settings.options()));
        this.secrets = List.copyOf(secrets);
        this.origin = origin;
        this.endpoints = List.copyOf(endpoints);
        this.subject = settings.environment().map(Subject::toString).orElseGet(settings::name);
        var known = secrets.stream()
                .filter(secret -> secret.value() instanceof Known)
                .sorted(Comparator.comparing(SourceSecret::end).reversed())
                .toList();
        this.ends = known.stream()
                .flatMap(secret -> values(secret).stream().map(_ -> secret.end()))
                .toList();
        this.values = known.stream().flatMap(secret -> values(secret).stream()).toList();
        this.incompleteUntil = secrets.stream()
                .filter(secret -> secret.value() instanceof Unknown)
                .map(SourceSecret::end)
                .max(Comparator.naturalOrder())
                .orElse(secrets.isEmpty() ? Instant.MAX : Instant.MIN);
    }

    private static List<Secret> values(SourceSecret known) {
        return ((Known) known.value()).secrets();
    }

    /** Whether a source takes deliveries. */
    public enum State {
        READY,
        /** A secret is not to be had, or there is none yet. What no other proves may be genuine: it is answered 503. */
        INCOMPLETE,
        /** Every secret has expired. */
        EXPIRED
    }

    /** What stands in its URL, {@code /webhooks/<name>}. */
    public String name() {
        return settings.name();
    }

    /** How it proves itself. */
    public KnownScheme scheme() {
        return settings.scheme();
    }

    /** The environment that claims it; without one, its events are offered to every release that awaits them. */
    public Optional<Subject> environment() {
        return settings.environment();
    }

    /** What its events are about, which is also their key: the environment that claims it, or its own name. */
    public String subject() {
        return subject;
    }

    /** Its secrets, also those that do not count. */
    public List<SourceSecret> secrets() {
        return secrets;
    }

    /** The secrets that count; any of them may have signed. */
    public List<Secret> validSecrets(Instant now) {
        var count = values.size();
        while (count > 0 && !now.isBefore(ends.get(count - 1))) {
            count--;
        }
        return count == values.size() ? values : values.subList(0, count);
    }

    /** How far the time of a signature may be from ours, to either side; empty if it does not matter. */
    public Optional<Duration> tolerance() {
        return settings.tolerance();
    }

    /** What else its scheme lets it choose. */
    public Map<String, String> options() {
        return settings.options();
    }

    /** The most bytes that a body may have. */
    public long largestBody() {
        return settings.largestBody();
    }

    /** How many deliveries it may send. */
    public Optional<RateLimit> rateLimit() {
        return settings.rateLimit();
    }

    /** How many requests each of its addresses may send. */
    public Optional<RateLimit> senderRateLimit() {
        return settings.senderRateLimit();
    }

    /** How long its deliveries are kept; whole days. */
    public Duration retention() {
        return settings.retention();
    }

    /** How long repeats of its events are recognised; at most {@link #retention()}. */
    public Duration dedupeWindow() {
        return settings.dedupeWindow();
    }

    /** Where its deliveries are forwarded to. */
    public List<SourceEndpoint> endpoints() {
        return endpoints;
    }

    /** The names of the endpoints that get events of a type. */
    public List<String> endpointsFor(String type) {
        return endpoints.stream()
                .map(SourceEndpoint::endpoint)
                .filter(endpoint -> endpoint.takes(type))
                .map(Endpoint::name)
                .toList();
    }

    /** Where it was set up. */
    public Origin origin() {
        return origin;
    }

    /** Whether it takes deliveries. */
    public State state(Instant now) {
        if (isIncomplete(now)) {
            return State.INCOMPLETE;
        }
        return validSecrets(now).isEmpty() ? State.EXPIRED : State.READY;
    }

    /** Whether a secret is not to be had that would count, so that what seems forged may be genuine. */
    public boolean isIncomplete(Instant now) {
        return now.isBefore(incompleteUntil);
    }

    /** Judges a request that says it comes from here. */
    public Verification verify(Request request, Instant now) {
        return verifier.verify(request, validSecrets(now), now);
    }

    /** The headers, in lower case, whose value alone proves the sender, so that it must not be kept. */
    public Set<String> secretHeaders() {
        return verifier.secretHeaders();
    }

    /** Whether {@link #verify} takes milliseconds, so that it must not run on an event loop. */
    public boolean isExpensive() {
        return verifier.isExpensive(values);
    }
}
