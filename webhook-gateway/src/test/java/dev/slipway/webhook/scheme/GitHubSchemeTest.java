package dev.slipway.webhook.scheme;

import static dev.slipway.webhook.scheme.Requests.hexHmac;
import static dev.slipway.webhook.scheme.Requests.request;
import static dev.slipway.webhook.scheme.Requests.settings;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.event.WebhookEvent.Mode;
import dev.slipway.webhook.scheme.Verification.Rejected;
import dev.slipway.webhook.scheme.Verification.Verified;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GitHubSchemeTest {

    private static final Instant NOW = Instant.ofEpochSecond(1_760_000_010);

    /** What GitHub's documentation tells to try an implementation with. */
    private static final String SECRET = "It's a Secret to Everybody";

    private static final String BODY = "Hello, World!";
    private static final String SIGNATURE = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    private final SignatureScheme scheme = KnownScheme.GITHUB.with(settings(Map.of()));
    private final List<Secret> secrets = KnownScheme.GITHUB.secrets(SECRET);

    @Test
    void takesTheExampleOfItsDocumentation() {
        // When
        var verification = scheme.verify(request(BODY, headers(SIGNATURE)), secrets, NOW);

        // Then
        assertThat(verification)
                .isEqualTo(new Verified("72d3162e-cc78-11e3-81ab-4c9367dc0958", "push", Mode.LIVE, NOW, false));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Hello World!", "Hello, World!\n", "hello, World!", ""})
    void refusesAnotherBody(String body) {
        // When
        var verification = scheme.verify(request(body, headers(SIGNATURE)), secrets, NOW);

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.BAD_SIGNATURE));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "sha256=",
                "sha256=00",
                "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
                "sha1=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
                "SHA256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
                "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e18",
                "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e1700",
                "sha256=757107EA0EB2509FC211221CCE984B8A37570B6D7586C22C46F4379C8B043E17",
                "sha256=ü"
            })
    void refusesAnotherSignature(String signature) {
        // When
        var verification = scheme.verify(request(BODY, headers(signature)), secrets, NOW);

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.BAD_SIGNATURE));
    }

    @Test
    void refusesTheOlderSignatureAlone() {
        // Given
        var headers = headers(SIGNATURE);
        headers.put("X-Hub-Signature", "sha1=" + hexHmac("HmacSHA1", SECRET, "", BODY.getBytes(UTF_8)));
        headers.remove("X-Hub-Signature-256");

        // When
        var verification = scheme.verify(request(BODY, headers), secrets, NOW);

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.MISSING_SIGNATURE));
    }

    @Test
    void takesWhatAnyOfItsSecretsSigned() {
        // Given
        var both = KnownScheme.GITHUB.secrets("the next one," + SECRET);

        // When
        var verification = scheme.verify(request(BODY, headers(SIGNATURE)), both, NOW);

        // Then
        assertThat(verification).isInstanceOf(Verified.class);
    }

    @Test
    void namesTheActionBehindTheEvent() {
        // Given
        var body = """
                {"action":"completed","workflow_run":{"id":7}}""";
        var headers = headers("sha256=" + hexHmac("HmacSHA256", SECRET, "", body.getBytes(UTF_8)));
        headers.put("X-GitHub-Event", "workflow_run");

        // When
        var verification = scheme.verify(request(body, headers), secrets, NOW);

        // Then
        assertThat(verification).extracting("type").isEqualTo("workflow_run.completed");
    }

    @Test
    void aRequestThatNamesNoEventIsNone() {
        // Given
        var headers = headers(SIGNATURE);
        headers.remove("X-GitHub-Event");

        // When
        var verification = scheme.verify(request(BODY, headers), secrets, NOW);

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.NOT_AN_EVENT));
    }

    private static Map<String, String> headers(String signature) {
        var headers = new HashMap<String, String>();
        headers.put("X-Hub-Signature-256", signature);
        headers.put("X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958");
        headers.put("X-GitHub-Event", "push");
        return headers;
    }
}
