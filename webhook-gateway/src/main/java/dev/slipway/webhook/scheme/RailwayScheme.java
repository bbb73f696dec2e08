package dev.slipway.webhook.scheme;

import static dev.slipway.webhook.scheme.Place.field;

import java.util.List;
import java.util.Optional;

/**
 * Railway: it signs nothing and sends no headers of ours, so that its secret stands in the URL.
 *
 * @see <a href="https://docs.railway.com/observability/webhooks">Railway: webhooks</a>
 */
final class RailwayScheme {

    private RailwayScheme() {}

    static SignatureScheme create() {
        return new SharedSecretScheme(
                SharedSecretScheme.AUTHORIZATION,
                new EventForm(
                        List.of(field("/type"), field("/details/id"), field("/timestamp")),
                        List.of(field("/type")),
                        Optional.empty(),
                        List.of(field("/timestamp"))));
    }
}
