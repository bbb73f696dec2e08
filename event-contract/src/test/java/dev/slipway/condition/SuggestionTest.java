package dev.slipway.condition;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What may have been meant by a name that does not exist. */
class SuggestionTest {

    @ParameterizedTest
    @CsvSource({
        "tiemout, timeout",
        "timeot, timeout",
        "Timeout, timeout",
        "namee, name",
        "expct, expect",
        "runn, run",
    })
    void theClosestNameIsSuggested(String name, String meant) {
        assertThat(Suggestion.unknown(name, List.of("timeout", "name", "expect", "run", "watch")))
                .isEqualTo("'%s' is unknown; did you mean '%s'?".formatted(name, meant));
    }

    @ParameterizedTest
    @CsvSource({"retries", "x", "ab"})
    void allNamesAreToldWhenNoneIsClose(String name) {
        assertThat(Suggestion.unknown(name, List.of("watch", "name", "name")))
                .isEqualTo("'%s' is unknown; there are: name, watch".formatted(name));
    }

    @Test
    void whereThereAreNoNamesThatIsTold() {
        assertThat(Suggestion.unknown("x", List.of())).isEqualTo("'x' is unknown; there are none");
    }

    @Test
    void ofManyNamesTheFirstAreTold() {
        // Given
        var many = IntStream.range(100, 140).mapToObj("name-%d"::formatted).toList();

        // Then
        assertThat(Suggestion.unknown("x", many)).endsWith("name-128, name-129, … (40 in all)");
    }

    @Test
    void aNameAsLongAsAFileIsNotGuessedAt() {
        // Given
        var known =
                IntStream.range(0, 10_000).mapToObj(n -> "x".repeat(1_000) + n).toList();

        // Then
        assertThat(Suggestion.unknown("x".repeat(1_001), known)).contains("there are: ");
    }
}
