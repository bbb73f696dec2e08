package dev.slipway.webhook.scheme;

import static dev.slipway.webhook.scheme.Place.field;
import static dev.slipway.webhook.scheme.Place.header;

import java.util.List;
import java.util.Optional;

/**
 * Sentry: {@code Sentry-Hook-Signature}, over the body, with the client secret of the integration. Sentry signs the very
 * text that it sends; its documentation's example parses and writes it again, which differs as soon as there is a letter
 * outside ASCII. The type is the resource and the action: {@code issue.created}.
 *
 * <p>Sentry makes a new {@code Request-ID} for each attempt, so that an event that it sends again counts as another; the
 * body would not do instead, because it is the same for an issue that is resolved a second time.
 *
 * @see <a href="https://docs.sentry.io/organization/integrations/integration-platform/webhooks/">Sentry: webhooks</a>
 */
final class SentryScheme {

    private SentryScheme() {}

    static SignatureScheme create() {
        return new HmacScheme(
                HmacSignature.ofBody("Sentry-Hook-Signature", "", HmacAlgorithm.SHA256),
                new EventForm(
                        List.of(header("Request-ID")),
                        List.of(header("Sentry-Hook-Resource"), field("/action")),
                        Optional.empty(),
                        List.of(header("Sentry-Hook-Timestamp"))));
    }
}
