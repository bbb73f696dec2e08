package dev.slipway.webhook.scheme;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * A sender that signs nothing, but knows a secret: it stands behind the source's name in the URL, or in a header, as it
 * is or after {@code Bearer}. Where the URL has one, that one counts.
 *
 * <p>This proves who sends, not what: use a signature where the sender has one.
 *
 * @param header the header of the secret
 * @param form where the sender puts what an event is
 */
record SharedSecretScheme(String header, EventForm form) implements ProofFirst {

    /** Where a secret stands if nothing else is said. */
    static final String AUTHORIZATION = "Authorization";

    private static final String BEARER = "Bearer ";

    /** As a source's options say. */
    static SignatureScheme of(Options options) {
        return new SharedSecretScheme(
                options.header("header").orElse(AUTHORIZATION),
                EventForm.ofUnknown(Optional.empty()).with(options));
    }

    @Override
    public Optional<Reason> refuse(Request request, List<Secret> secrets, Instant now) {
        var sent = request.pathSecret().or(() -> request.header(header).map(SharedSecretScheme::withoutBearer));
        if (sent.isEmpty()) {
            return Optional.of(Reason.MISSING_AUTHORIZATION);
        }
        return Secret.isAnyOf(secrets, sent.get()) ? Optional.empty() : Optional.of(Reason.BAD_AUTHORIZATION);
    }

    @Override
    public Verification read(Request request, Instant now) {
        return form.read(request, now);
    }

    @Override
    public Set<String> secretHeaders() {
        return Set.of(header.toLowerCase(Locale.ROOT));
    }

    private static String withoutBearer(String value) {
        return value.regionMatches(true, 0, BEARER, 0, BEARER.length()) ? value.substring(BEARER.length()) : value;
    }
}
