package dev.slipway.webhook.scheme;

import static dev.slipway.webhook.scheme.Requests.request;
import static dev.slipway.webhook.scheme.Requests.settings;
import static dev.slipway.webhook.scheme.Requests.withPathSecret;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.event.WebhookEvent.Mode;
import dev.slipway.webhook.scheme.Verification.Rejected;
import dev.slipway.webhook.scheme.Verification.Verified;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SharedSecretSchemeTest {

    private static final Instant NOW = Instant.ofEpochSecond(1_760_000_010);
    private static final String SECRET = "nobody-can-guess-this";
    private static final String BODY = "anything at all";
    private static final String HASH = "sha256:25f4ec36fb1d43c5f7c4b56e252382d391f18d2544f8eaae115801e12dddafd1";

    private final List<Secret> secrets = KnownScheme.SHARED_SECRET.secrets("another-long-secret," + SECRET);

    @ParameterizedTest
    @CsvSource({
        "Authorization,nobody-can-guess-this",
        "Authorization,Bearer nobody-can-guess-this",
        "authorization,bearer another-long-secret"
    })
    void takesAnyOfItsSecretsAsAuthorization(String header, String value) {
        // When
        var verification = scheme(Map.of()).verify(request(BODY, Map.of(header, value)), secrets, NOW);

        // Then
        assertThat(verification).isEqualTo(new Verified(HASH, "webhook", Mode.LIVE, NOW, false));
    }

    @Test
    void takesItsSecretInAHeaderOfTheSourcesChoice() {
        // Given
        var scheme = scheme(Map.of("header", "X-Supabase-Secret"));

        // When
        var verification = scheme.verify(request(BODY, Map.of("X-Supabase-Secret", SECRET)), secrets, NOW);

        // Then
        assertThat(verification).isInstanceOf(Verified.class);
        assertThat(scheme.secretHeaders()).containsExactly("x-supabase-secret");
    }

    @Test
    void takesItsSecretInTheUrl() {
        // When
        var verification = scheme(Map.of()).verify(withPathSecret(BODY, SECRET), secrets, NOW);

        // Then
        assertThat(verification).isInstanceOf(Verified.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Bearer ",
                "Bearer",
                "nobody-can-guess-thi",
                "nobody-can-guess-this ",
                "Nobody-can-guess-this",
                "Basic nobody-can-guess-this",
                "Bearer Bearer nobody-can-guess-this",
                "nobody-can-guess-this,another-long-secret",
                "ü"
            })
    void refusesAnotherSecret(String value) {
        // When
        var verification = scheme(Map.of()).verify(request(BODY, Map.of("Authorization", value)), secrets, NOW);

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.BAD_AUTHORIZATION));
    }

    @Test
    void refusesAWrongSecretInTheUrlWhateverTheHeaderSays() {
        // Given
        var request = new Request(name -> Optional.of(SECRET), Optional.of("wrong"), new byte[0]);

        // When
        var verification = scheme(Map.of()).verify(request, secrets, NOW);

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.BAD_AUTHORIZATION));
    }

    @Test
    void refusesARequestThatProvesNothing() {
        // When
        var verification = scheme(Map.of("header", "X-Secret"))
                .verify(request(BODY, Map.of("Authorization", SECRET)), secrets, NOW);

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.MISSING_AUTHORIZATION));
    }

    @Test
    void readsWhatTheSourcesOptionsName() {
        // Given
        var scheme =
                scheme(Map.of("event-id", "/events/0/id", "type", "header:X-Event", "occurred-at", "/events/0/at"));
        var body = """
                {"events":[{"id":7,"at":"2026-11-20T10:15:30Z"},{"id":8}]}""";

        // When
        var verification =
                scheme.verify(request(body, Map.of("Authorization", SECRET, "X-Event", "built")), secrets, NOW);

        // Then
        assertThat(verification)
                .isEqualTo(new Verified("7", "built", Mode.LIVE, Instant.parse("2026-11-20T10:15:30Z"), true));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"{}", "{\"id\":null}", "{\"id\":\"\"}", "{\"id\":\"a b\"}", "{\"id\":\"1\",\"id\":\"2\"}", "id"})
    void takesTheHashOfTheBodyWhereTheIdIsNotThere(String body) {
        // Given
        var scheme = scheme(Map.of("event-id", "/id"));

        // When
        var verification = scheme.verify(request(body, Map.of("Authorization", SECRET)), secrets, NOW);

        // Then
        assertThat(verification).extracting("eventId").asString().hasSize("sha256:".length() + 64);
    }

    private static SignatureScheme scheme(Map<String, String> options) {
        return KnownScheme.SHARED_SECRET.with(settings(options));
    }
}
