package dev.slipway.webhook.scheme;

import static dev.slipway.webhook.scheme.Place.field;
import static dev.slipway.webhook.scheme.Place.header;

import java.util.List;
import java.util.Optional;

/**
 * GitHub: {@code X-Hub-Signature-256}, over the body, JSON or a form. The SHA-1 signature that it sends as well does not
 * count. A delivery keeps its id when someone sends it again; GitHub itself does not. The type is the event and, if there
 * is one, the action: {@code push}, {@code workflow_run.completed}.
 *
 * @see <a href="https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries">GitHub: validating
 *     webhook deliveries</a>
 */
final class GitHubScheme {

    private GitHubScheme() {}

    static SignatureScheme create() {
        return new HmacScheme(
                HmacSignature.ofBody("X-Hub-Signature-256", "sha256=", HmacAlgorithm.SHA256),
                new EventForm(
                        List.of(header("X-GitHub-Delivery")),
                        List.of(header("X-GitHub-Event"), field("/action")),
                        Optional.empty(),
                        List.of()));
    }
}
