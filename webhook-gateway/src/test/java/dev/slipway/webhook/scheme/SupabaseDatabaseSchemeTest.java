package dev.slipway.webhook.scheme;

import static dev.slipway.webhook.scheme.Requests.request;
import static dev.slipway.webhook.scheme.Requests.settings;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.event.WebhookEvent.Mode;
import dev.slipway.webhook.scheme.Verification.Rejected;
import dev.slipway.webhook.scheme.Verification.Verified;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SupabaseDatabaseSchemeTest {

    private static final Instant NOW = Instant.ofEpochSecond(1_760_000_010);
    private static final String SECRET = "nobody-can-guess-this";
    private static final String BODY = """
            {"type":"UPDATE","table":"orders","schema":"public","record":{"id":1,"version":7},"old_record":{"id":1,"version":6}}""";

    private final List<Secret> secrets = KnownScheme.SUPABASE_DATABASE.secrets(SECRET);

    @Test
    void takesTheHashOfTheBodyForAnId() {
        // Given
        var scheme = KnownScheme.SUPABASE_DATABASE.with(settings(Map.of()));

        // When
        var verification = scheme.verify(request(BODY, Map.of("Authorization", "Bearer " + SECRET)), secrets, NOW);

        // Then
        assertThat(verification)
                .isEqualTo(new Verified(
                        "sha256:b8f282e8459d0af2264e495498685996fa09392ef2271c7e6ded3e75de396441",
                        "UPDATE",
                        Mode.LIVE,
                        NOW,
                        true));
    }

    @Test
    void takesTheColumnAndHeaderThatTheSourceNames() {
        // Given
        var scheme = KnownScheme.SUPABASE_DATABASE.with(
                settings(Map.of("header", "X-Supabase-Secret", "event-id", "/record/version")));

        // When
        var verification = scheme.verify(request(BODY, Map.of("X-Supabase-Secret", SECRET)), secrets, NOW);

        // Then
        assertThat(verification).isEqualTo(new Verified("7", "UPDATE", Mode.LIVE, NOW, true));
    }

    @Test
    void refusesAnotherSecret() {
        // Given
        var scheme = KnownScheme.SUPABASE_DATABASE.with(settings(Map.of()));

        // When
        var verification = scheme.verify(request(BODY, Map.of("Authorization", SECRET + "!")), secrets, NOW);

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.BAD_AUTHORIZATION));
    }

    @Test
    void refusesABodyThatIsNoEvent() {
        // Given
        var scheme = KnownScheme.SUPABASE_DATABASE.with(settings(Map.of()));

        // When
        var verification = scheme.verify(request("{}", Map.of("Authorization", SECRET)), secrets, NOW);

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.NOT_AN_EVENT));
    }
}
