package dev.slipway.condition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DurationsTest {

    @ParameterizedTest
    @CsvSource({
        "500ms, PT0.5S",
        "30s, PT30S",
        "15m, PT15M",
        "2h, PT2H",
        "14d, PT336H",
        "1h30m, PT1H30M",
        "1d2h3m4s5ms, PT26H3M4.005S",
        "90m, PT1H30M",
        "1m500ms, PT1M0.5S",
        "0s, PT0S"
    })
    void readsWhatPeopleWrite(String text, Duration duration) {
        // When / Then
        assertThat(Durations.parse(text)).isEqualTo(duration);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "30", "s", "1.5h", "-5s", "1 h", "30m1h", "5 minutes", "1w", "PT5S", "99999999999s", "1s1s"})
    void refusesAllElseAndSaysWhatToWrite(String text) {
        // When / Then
        assertThatThrownBy(() -> Durations.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("'%s' is not a duration; write it like 500ms, 30s, 15m, 2h, 14d or 1h30m", text);
    }

    @Property
    void readsWhatItWrites(@ForAll @LongRange(min = 0, max = 10_000_000_000_000L) long millis) {
        // Given
        var duration = Duration.ofMillis(millis);

        // When
        var text = Durations.format(duration);

        // Then
        assertThat(Durations.parse(text)).isEqualTo(duration);
    }
}
