package dev.slipway.webhook.scheme;

import static dev.slipway.webhook.scheme.Place.field;
import static dev.slipway.webhook.scheme.Place.word;

import java.util.List;
import java.util.Optional;

/**
 * Expo EAS: {@code expo-signature}, over the body, with HMAC-SHA1. The body has no type; it is made of what ended and
 * how: {@code build.finished}, {@code submission.errored}. Expo sends again what is not answered with 200 to 399.
 *
 * @see <a href="https://docs.expo.dev/eas/webhooks/">Expo: webhooks</a>
 */
final class ExpoScheme {

    private ExpoScheme() {}

    static SignatureScheme create() {
        return new HmacScheme(
                HmacSignature.ofBody("expo-signature", "sha1=", HmacAlgorithm.SHA1),
                new EventForm(
                        List.of(field("/id"), field("/status")),
                        List.of(
                                word("build", "/buildDetailsPageUrl"),
                                word("submission", "/submissionDetailsPageUrl"),
                                field("/status")),
                        Optional.empty(),
                        List.of(field("/completedAt"), field("/updatedAt"))));
    }
}
