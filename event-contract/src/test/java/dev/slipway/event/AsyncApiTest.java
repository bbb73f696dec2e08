package dev.slipway.event;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.slipway.event.ReportEvent.CustomReport;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code asyncapi.yaml} names every topic and every event, and nothing else. */
class AsyncApiTest {

    private static final File FILE = new File("src/main/resources/asyncapi.yaml");

    private final JsonNode api = read();

    static List<Class<? extends Event>> events() {
        return EventTypes.all();
    }

    @Test
    void isAsyncApi3() {
        // When
        var version = api.path("asyncapi").asText();

        // Then
        assertThat(version).isEqualTo("3.0.0");
    }

    @Test
    void theChannelsAreTheTopicsAndTheirDeadLetters() {
        // Given
        var topics = Arrays.stream(Topic.values())
                .flatMap(topic -> Stream.of(topic.topicName(), topic.deadLetterName()))
                .toList();

        // When
        var addresses = api.path("channels")
                .valueStream()
                .map(channel -> channel.path("address").asText());

        // Then
        assertThat(addresses).containsExactlyInAnyOrderElementsOf(topics);
    }

    @ParameterizedTest
    @MethodSource("events")
    void everyEventIsAMessageOfItsSchemaAndType(Class<? extends Event> type) {
        // Given
        var name = type.getSimpleName();

        // When
        var message = api.path("components").path("messages").path(name);

        // Then
        var schema = message.at("/payload/schema/$ref").asText();
        assertThat(new File(FILE.getParentFile(), schema)).isFile().hasName(name + ".v1.json");
        assertThat(message.path("name").asText()).isEqualTo(EventTypes.typeOf(name));
        assertThat(message.at("/headers/properties/ce_type/const").asText()).isEqualTo(EventTypes.typeOf(name));
        assertThat(message.at("/traits/0/$ref").asText()).isEqualTo("#/components/messageTraits/cloudEvent");
        assertThat(message.path("summary").asText()).isNotBlank();
    }

    @ParameterizedTest
    @EnumSource
    void everyEventIsOnTheChannelOfItsTopic(Topic topic) {
        // Given
        var expected = events().stream()
                .filter(type -> topicOf(type) == topic)
                .map(Class::getSimpleName)
                .collect(Collectors.toSet());
        if (topic == Topic.RELEASES) {
            // Stands for the names that have no record.
            expected.add(CustomReport.class.getSimpleName());
        }

        // When
        var messages = channel(topic.topicName()).path("messages").properties();

        // Then
        assertThat(messages.stream().map(Map.Entry::getKey)).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(messages)
                .allMatch(message ->
                        message.getValue().path("$ref").asText().equals("#/components/messages/" + message.getKey()));
    }

    @ParameterizedTest
    @EnumSource
    void everyTopicHasItsDeadLetters(Topic topic) {
        // When
        var messages = channel(topic.deadLetterName()).path("messages");

        // Then
        assertThat(messages.at("/DeadLetter/$ref").asText()).isEqualTo("#/components/messages/DeadLetter");
    }

    @Test
    void everyReferenceLeadsSomewhere() {
        // When
        var references = api.findValuesAsText("$ref").stream().filter(reference -> reference.startsWith("#"));

        // Then
        assertThat(references)
                .isNotEmpty()
                .allSatisfy(reference -> assertThat(api.at(JsonPointer.compile(reference.substring(1)))
                                .isMissingNode())
                        .as(reference)
                        .isFalse());
    }

    @Test
    void everyChannelHasAnOperation() {
        // Given
        var channels = api.path("channels").properties().stream()
                .map(channel -> "#/channels/" + channel.getKey())
                .collect(Collectors.toSet());

        // When
        var used = api.path("operations")
                .valueStream()
                .map(operation -> operation.at("/channel/$ref").asText())
                .collect(Collectors.toSet());

        // Then
        assertThat(used).isEqualTo(channels);
    }

    private JsonNode channel(String topic) {
        return api.path("channels")
                .valueStream()
                .filter(channel -> channel.path("address").asText().equals(topic))
                .findFirst()
                .orElseThrow();
    }

    /** The topic of an event is told by its instance; the golden file is one. */
    private static Topic topicOf(Class<? extends Event> type) {
        try {
            return EventJson.mapper()
                    .readValue(new File("src/test/resources/golden/%s.v1.json".formatted(type.getSimpleName())), type)
                    .topic();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode read() {
        try {
            return new YAMLMapper().readTree(FILE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
