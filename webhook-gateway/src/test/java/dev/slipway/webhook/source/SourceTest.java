package dev.slipway.webhook.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.webhook.scheme.KnownScheme;
import dev.slipway.webhook.source.SourceSecret.Kind;
import dev.slipway.webhook.source.SourceSecret.State;
import dev.slipway.webhook.source.SourceSecret.Value;
import dev.slipway.webhook.source.SourceSecret.Value.Known;
import dev.slipway.webhook.source.SourceSecret.Value.Unknown;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class SourceTest {

    private static final Instant NOW = Instant.parse("2026-11-20T10:15:30Z");

    @Test
    void whileNothingHasExpiredTheSameListIsHandedOut() {
        // Given
        var source = source(known(Optional.empty()), known(Optional.of(NOW.plusSeconds(1))));

        // Then
        assertThat(source.validSecrets(NOW)).hasSize(2).isSameAs(source.validSecrets(NOW));
        assertThat(source.state(NOW)).isEqualTo(Source.State.READY);
    }

    @Property
    void aSecretCountsUntilTheMomentItExpires(@ForAll @Size(max = 10) List<@IntRange(min = -5, max = 5) Integer> ends) {
        // Given
        var source = source(ends.stream()
                .map(end -> known(Optional.of(NOW.plusSeconds(end))))
                .toArray(SourceSecret[]::new));

        // When
        var valid = source.validSecrets(NOW);

        // Then
        assertThat(valid).hasSize((int) ends.stream().filter(end -> end > 0).count());
    }

    @Test
    void whenAllHaveExpiredTheSourceHas() {
        // Given
        var source = source(known(Optional.of(NOW)), unknown(Optional.of(NOW)));

        // Then
        assertThat(source.validSecrets(NOW)).isEmpty();
        assertThat(source.isIncomplete(NOW)).isFalse();
        assertThat(source.state(NOW)).isEqualTo(Source.State.EXPIRED);
        assertThat(source.secrets()).extracting(secret -> secret.state(NOW)).containsOnly(State.EXPIRED);
    }

    @Test
    void aSourceIsIncompleteUntilTheSecretThatIsNotToBeHadExpires() {
        // Given
        var source = source(known(Optional.empty()), unknown(Optional.of(NOW.plusSeconds(1))));

        // Then
        assertThat(source.state(NOW)).isEqualTo(Source.State.INCOMPLETE);
        assertThat(source.validSecrets(NOW)).hasSize(1);
        assertThat(source.secrets().getLast().state(NOW)).isEqualTo(State.MISSING);
        assertThat(source.secrets().getLast().problem()).hasValue("gone");
        assertThat(source.state(NOW.plusSeconds(1))).isEqualTo(Source.State.READY);
    }

    @Test
    void aSourceWithoutSecretIsIncomplete() {
        // When
        var source = source();

        // Then
        assertThat(source.state(NOW)).isEqualTo(Source.State.INCOMPLETE);
    }

    private static Source source(SourceSecret... secrets) {
        return new Source(
                new SourceSettings(
                        "stripe",
                        KnownScheme.STRIPE,
                        Optional.empty(),
                        Optional.empty(),
                        Map.of(),
                        1024,
                        Optional.empty(),
                        Optional.empty(),
                        Duration.ofDays(1),
                        Duration.ofDays(1)),
                Arrays.asList(secrets),
                new Origin.Configuration("a test"));
    }

    private static SourceSecret known(Optional<Instant> expiresAt) {
        return secret(expiresAt, new Known(List.of(KnownScheme.STRIPE.secret("whsec_number_1"))));
    }

    private static SourceSecret unknown(Optional<Instant> expiresAt) {
        return secret(expiresAt, new Unknown(State.MISSING, "gone"));
    }

    private static SourceSecret secret(Optional<Instant> expiresAt, Value value) {
        return SourceSecret.configured(Kind.CONFIGURED, Optional.empty(), expiresAt, value);
    }
}
