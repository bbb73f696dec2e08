package dev.slipway.condition;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
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
}
