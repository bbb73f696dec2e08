package dev.slipway.webhook.scheme;

import static dev.slipway.webhook.scheme.Requests.settings;
import static dev.slipway.webhook.scheme.Requests.withPathSecret;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.event.WebhookEvent.Mode;
import dev.slipway.webhook.scheme.Verification.Rejected;
import dev.slipway.webhook.scheme.Verification.Verified;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RailwaySchemeTest {

    private static final Instant NOW = Instant.ofEpochSecond(1_760_000_010);
    private static final String SECRET = "nobody-can-guess-this";

    /** As in Railway's documentation. */
    private static final String BODY = """
            {"type":"Deployment.failed","details":{"id":"8107edff-4b8e-44fc-b43a-04566e847a2a","source":"GitHub",
            "status":"SUCCESS"},"resource":{"environment":{"name":"production","isEphemeral":false}},
            "severity":"WARNING","timestamp":"2025-11-21T23:48:42.311Z"}""";

    private final SignatureScheme scheme = KnownScheme.RAILWAY.with(settings(Map.of()));
    private final List<Secret> secrets = KnownScheme.RAILWAY.secrets("another-long-secret," + SECRET);

    @Test
    void takesAnyOfItsSecretsInTheUrl() {
        // When
        var verification = scheme.verify(withPathSecret(BODY, SECRET), secrets, NOW);

        // Then
        assertThat(verification)
                .isEqualTo(new Verified(
                        "Deployment.failed/8107edff-4b8e-44fc-b43a-04566e847a2a/2025-11-21T23:48:42.311Z",
                        "Deployment.failed",
                        Mode.LIVE,
                        Instant.parse("2025-11-21T23:48:42.311Z"),
                        true));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "nobody-can-guess-thi", "nobody-can-guess-this/", "NOBODY-CAN-GUESS-THIS", "ü"})
    void refusesAnotherUrl(String pathSecret) {
        // When
        var verification = scheme.verify(withPathSecret(BODY, pathSecret), secrets, NOW);

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.BAD_AUTHORIZATION));
    }

    @Test
    void anAlertWithoutDetailsHasTheHashOfItsBody() {
        // Given
        var body = """
                {"type":"VolumeAlert.triggered","timestamp":"2025-11-21T23:48:42.311Z"}""";

        // When
        var verification = scheme.verify(withPathSecret(body, SECRET), secrets, NOW);

        // Then
        assertThat(verification).extracting("eventId").asString().startsWith("sha256:");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{}", "[]", "{\"type\":1} {}", "{\"type\":\"a b\"}"})
    void refusesABodyThatIsNoEvent(String body) {
        // When
        var verification = scheme.verify(withPathSecret(body, SECRET), secrets, NOW);

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.NOT_AN_EVENT));
    }
}
