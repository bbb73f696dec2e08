package dev.slipway.webhook.source;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SourceDefaultsTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            1048576  | PT12H     | must be between
            1048576  | PT36H     | must be whole days
            1048576  | PT960000H | must be between
            67108864 | PT720H    | must be between 1K and 16M
            """)
    void whatASourceMayNotSayCannotBeItsDefault(long largestBody, Duration retention, String problem) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new SourceDefaults(largestBody, retention))
                .withMessageContaining(problem);
    }
}
