package dev.slipway.webhook.rejection;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SampleTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            Content-Type      | application/json | Content-Type: application/json
            USER-AGENT        | Stripe/1.0       | USER-AGENT: Stripe/1.0
            Authorization     | Bearer s3cret    | Authorization: ***
            Stripe-Signature  | t=1,v1=s3cret    | Stripe-Signature: ***
            X-Whatever-Secret | s3cret           | X-Whatever-Secret: ***
            """)
    void ofHeadersTheNamesAreKeptAndTheValuesThatAreHarmless(String name, String value, String kept) {
        // When
        var sample = Sample.of("192.0.2.1", List.of(Map.entry(name, value)), new byte[0]);

        // Then
        assertThat(sample.headers()).isEqualTo(kept + "\n");
    }

    @Test
    void itIsSmallWhateverCame() {
        // Given
        var headers = IntStream.range(0, 1_000)
                .mapToObj(i -> Map.entry("Via", "x".repeat(10_000)))
                .toList();

        // When
        var sample = Sample.of("192.0.2.1", headers, "x".repeat(1_000_000).getBytes(UTF_8));

        // Then
        assertThat(sample.headers()).hasSize(4_096);
        assertThat(sample.body()).hasSize(2_048);
        assertThat(sample.bodySize()).isEqualTo(1_000_000);
    }

    @Test
    void aNulInAHeaderIsABlank() {
        // When
        var sample = Sample.of("192.0.2.1", List.of(Map.entry("Via", "a\0b")), new byte[0]);

        // Then
        assertThat(sample.headers()).isEqualTo("Via: a b\n");
    }
}
