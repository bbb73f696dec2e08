package dev.slipway.webhook.source;

import dev.slipway.event.Subject;
import dev.slipway.webhook.scheme.Request;
import dev.slipway.webhook.scheme.Secret;
import dev.slipway.webhook.scheme.SignatureScheme;
import dev.slipway.webhook.scheme.Verification;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A configured sender of webhooks.
 *
 * @param name what stands in its URL, {@code /webhooks/<name>}
 * @param scheme how it proves itself
 * @param environment the environment that claims it; without one, its events are offered to every release that awaits
 *     them
 * @param secrets any of them may have signed; at least one
 */
public record Source(String name, SignatureScheme scheme, Optional<Subject> environment, List<Secret> secrets) {

    /**
     * @throws IllegalArgumentException if the name does not match {@link Subject#NAME}, or there is no secret
     */
    public Source {
        if (!Subject.NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "The source '%s' must be named with 1 to 63 lower-case letters, digits, dots, dashes or underscores, and begin and end with a letter or digit"
                            .formatted(name));
        }
        if (secrets.isEmpty()) {
            throw new IllegalArgumentException("The source '%s' has no secret".formatted(name));
        }
        secrets = List.copyOf(secrets);
    }

    /** What its events are about, which is also their key: the environment that claims it, or its own name. */
    public String subject() {
        return environment.map(Subject::toString).orElse(name);
    }

    /** Judges a request that says it comes from here. */
    public Verification verify(Request request, Instant now) {
        return scheme.verify(request, secrets, now);
    }

    /** Whether {@link #verify} takes milliseconds, so that it must not run on an event loop. */
    public boolean isExpensive() {
        return scheme.isExpensive(secrets);
    }

    /** The most bytes that a body may have. */
    public long largestBody() {
        return 1024 * 1024;
    }

    /** How many deliveries it may send. */
    public Optional<RateLimit> rateLimit() {
        return Optional.empty();
    }

    /** How many requests each of its addresses may send. */
    public Optional<RateLimit> senderRateLimit() {
        return Optional.empty();
    }

    /** How long its deliveries are kept; whole days. */
    public java.time.Duration retention() {
        return java.time.Duration.ofDays(30);
    }

    public boolean isIncomplete(Instant now) {
        return false;
    }
}
