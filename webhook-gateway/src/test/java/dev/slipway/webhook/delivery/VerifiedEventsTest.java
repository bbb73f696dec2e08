package dev.slipway.webhook.delivery;

import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.slipway.event.EventJson;
import io.quarkus.runtime.configuration.ConfigurationException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

class VerifiedEventsTest {

    @ParameterizedTest
    @ValueSource(strings = {"{\"amount\": 12345678901234567890.1230}", "[1,\n2]", "\"€\"", "\"\ufffd\"", "null", " 1 "})
    void jsonIsWrittenAsItStands(String body) throws Exception {
        // When
        var json = VerifiedEvents.json(body.getBytes(UTF_8)).orElseThrow();

        // Then
        assertThat(EventJson.mapper().writeValueAsString(json)).isEqualTo(body);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "{", "{} {}", "a=1&b=2", "<event/>", "{'a':1}", "[1,]"})
    void whatIsNotJsonIsNotWritten(String body) {
        assertThat(VerifiedEvents.json(body.getBytes(UTF_8))).isEmpty();
    }

    @Test
    void whatIsNotUtf8IsNotWritten() {
        assertThat(VerifiedEvents.json(new byte[] {'"', (byte) 0xE2, (byte) 0x82, '"'}))
                .isEmpty();
        assertThat(VerifiedEvents.json(new byte[] {'"', (byte) 0xC0, (byte) 0x80, '"'}))
                .isEmpty();
        assertThat(VerifiedEvents.json("\"€\"".getBytes(UTF_16BE))).isEmpty();
        assertThat(VerifiedEvents.json("\"a\"".getBytes(UTF_16BE))).isEmpty();
        assertThat(VerifiedEvents.json("\ufeff{}".getBytes(UTF_8))).isEmpty();
    }

    @Test
    void whatIsNestedTooDeeplyToBeReadWithinAnEventIsNotWritten() throws Exception {
        // Given
        var deepest = "[".repeat(999) + "]".repeat(999);
        var tooDeep = "[".repeat(1_000) + "]".repeat(1_000);

        // When
        var json = VerifiedEvents.json(deepest.getBytes(UTF_8)).orElseThrow();

        // Then
        assertThat(EventJson.mapper().readTree("{\"payload\":%s}".formatted(json)))
                .isNotNull();
        assertThat(VerifiedEvents.json(tooDeep.getBytes(UTF_8))).isEmpty();
    }

    @Test
    void whatIsNestedWithoutEndIsNotWritten() {
        assertThat(VerifiedEvents.json("[".repeat(100_000).getBytes(UTF_8))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"3M, true", "3073K, false", "16M, false"})
    void aPayloadMustFitIntoARecord(String largest, boolean expected) {
        // When
        var refused = catchThrowable(() -> new Gateway(new PGSimpleDataSource(), Map.of("largest-payload", largest)));

        // Then
        if (expected) {
            assertThat(refused).isNull();
        } else {
            assertThat(refused)
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("slipway.webhook.delivery.largest-payload must be at most 3M");
        }
    }
}
