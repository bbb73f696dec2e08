package dev.slipway.notify.message;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.slipway.event.EventJson;
import java.net.URI;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MessageTest {

    @Test
    void says_where_what_and_what_to_do_in_one_line() {
        // Given
        var message = message(Optional.of("2"), "It is bad.", Optional.of("Act now."));

        // When
        var text = message.text();

        // Then
        assertThat(text).isEqualTo("solacore/production 2: Rollback failed. It is bad. Act now. https://slipway.test/");
    }

    @Test
    void does_without_a_version_and_without_anything_to_do() {
        // Given
        var message = message(Optional.empty(), "It is bad.", Optional.empty());

        // When
        var text = message.text();

        // Then
        assertThat(text).isEqualTo("solacore/production: Rollback failed. It is bad. https://slipway.test/");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r\n", "\t", "\0", "\u2028", "\u2029", "\u0085", "\u001b"})
    void what_others_wrote_cannot_begin_a_line_of_its_own(String control) {
        // Given
        var message = message(Optional.of("2" + control + "3"), "a" + control + "b", Optional.empty());

        // When
        var text = message.text();

        // Then
        assertThat(text).startsWith("solacore/production 2 3: Rollback failed. a b ");
    }

    @Test
    void is_the_same_after_it_was_stored() throws JsonProcessingException {
        // Given
        var message = message(Optional.of("2"), "It is bad.", Optional.of("Act now."));

        // When
        var read = EventJson.mapper().readValue(EventJson.mapper().writeValueAsString(message), Message.class);

        // Then
        assertThat(read).isEqualTo(message);
    }

    private static Message message(Optional<String> version, String happened, Optional<String> toDo) {
        return new Message(
                "RollbackFailed",
                new News(Kind.RELEASE, Tone.BAD, "Rollback failed", happened, toDo),
                "solacore/production",
                version,
                Instant.parse("2026-03-01T14:05:00.123Z"),
                URI.create("https://slipway.test/"));
    }
}
