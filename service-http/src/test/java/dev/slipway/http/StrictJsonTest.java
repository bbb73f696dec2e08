package dev.slipway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StrictJsonTest {

    private record Order(String source, Optional<Integer> limit) {}

    @Test
    void aBodyIsReadAsItsType() throws JsonProcessingException {
        // When
        var order = StrictJson.read("{\"source\": \"stripe\", \"limit\": 2}", Order.class);

        // Then
        assertThat(order).isEqualTo(new Order("stripe", Optional.of(2)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"sauce\": \"stripe\"}",
                "{\"source\": \"stripe\", \"source\": \"github\"}",
                "{\"source\": \"stripe\"} {}",
                "{\"limit\": 1.9}",
                "{\"source\": ",
                "[]",
                ""
            })
    void whatIsNotMeantLikeThatIsRefused(String body) {
        assertThatExceptionOfType(JsonProcessingException.class).isThrownBy(() -> StrictJson.read(body, Order.class));
    }

    @Test
    void nothingIsNoBody() {
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> StrictJson.read("null", Order.class))
                .withMessageContaining("must be a JSON object");
    }
}
