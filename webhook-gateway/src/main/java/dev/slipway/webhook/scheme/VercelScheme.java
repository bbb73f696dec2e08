package dev.slipway.webhook.scheme;

import static dev.slipway.webhook.scheme.Place.field;

import java.util.List;
import java.util.Optional;

/**
 * Vercel: {@code x-vercel-signature}, over the body, with HMAC-SHA1; the secret is the webhook's, or the client secret of
 * an integration.
 *
 * @see <a href="https://vercel.com/docs/webhooks/webhooks-api">Vercel: webhooks API reference</a>
 */
final class VercelScheme {

    private VercelScheme() {}

    static SignatureScheme create() {
        return new HmacScheme(
                HmacSignature.ofBody("x-vercel-signature", "", HmacAlgorithm.SHA1),
                new EventForm(
                        List.of(field("/id")),
                        List.of(field("/type")),
                        Optional.empty(),
                        List.of(field("/createdAt"))));
    }
}
