package dev.slipway.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion.VersionFlag;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The published schemas, the golden files and the records say the same. After a change of a record,
 * {@code -Dslipway.contract.write=true} writes the schemas anew; a golden file that no longer fits shows whom the change
 * breaks.
 */
class EventSchemasTest {

    private static final Path SCHEMAS = Path.of("src/main/resources/schemas");
    private static final Path GOLDEN = Path.of("src/test/resources/golden");

    static List<Class<? extends Event>> events() {
        return EventTypes.all();
    }

    @ParameterizedTest
    @MethodSource("events")
    void theSchemaIsThatOfTheRecord(Class<? extends Event> type) throws IOException {
        // Given
        var file = schemaFile(type);

        // When
        var schema = EventSchema.of(type);
        if (Boolean.getBoolean("slipway.contract.write")) {
            Files.writeString(file, schema.toPrettyString() + "\n");
        }

        // Then
        assertThat(json(file)).isEqualTo(schema);
    }

    @ParameterizedTest
    @MethodSource("events")
    void theGoldenFileFitsTheSchema(Class<? extends Event> type) throws IOException {
        // Given
        var schema = schema(type);

        // When
        var errors = schema.validate(golden(type));

        // Then
        assertThat(errors).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("events")
    void theGoldenFileUsesEveryFieldOfTheSchema(Class<? extends Event> type) throws IOException {
        // Given
        var properties = json(schemaFile(type)).path("properties");

        // When
        var golden = golden(type);

        // Then
        assertThat(properties.fieldNames()).toIterable().allMatch(golden::has);
    }

    @ParameterizedTest
    @MethodSource("events")
    void theGoldenFileIsReadAndWrittenBackTheSame(Class<? extends Event> type) throws IOException {
        // Given
        var golden = golden(type);

        // When
        var event = EventJson.read(type.getSimpleName(), bytes(golden));

        // Then
        assertThat(event).isInstanceOf(type);
        assertThat(event.name()).isEqualTo(type.getSimpleName());
        assertThat(EventJson.mapper().readTree(EventJson.write(event))).isEqualTo(golden);
    }

    @ParameterizedTest
    @MethodSource("events")
    void anUnknownFieldIsIgnored(Class<? extends Event> type) throws IOException {
        // Given
        var golden = golden(type);
        var event = EventJson.read(type.getSimpleName(), bytes(golden));
        var later = golden.deepCopy().put("addedLater", "x");

        // When
        var read = EventJson.read(type.getSimpleName(), bytes(later));

        // Then
        assertThat(schema(type).validate(later)).isEmpty();
        switch (read) {
            // Whatever a report carries is its evidence.
            case ReportEvent report -> assertThat(report.details()).containsEntry("addedLater", "x");
            default -> assertThat(read).isEqualTo(event);
        }
    }

    @ParameterizedTest
    @MethodSource("valuesThatAreRequired")
    void aRequiredValueThatIsMissingIsAnError(Class<? extends Event> type, String field) throws IOException {
        // Given
        var incomplete = bytes(golden(type).without(field));

        // When
        assertThatThrownBy(() -> EventJson.read(type.getSimpleName(), incomplete))
                // Then
                .isInstanceOf(IOException.class)
                .hasMessageContaining(field);
    }

    @ParameterizedTest
    @MethodSource("fieldsThatMayBeAbsent")
    void anOptionalFieldMayBeAbsent(Class<? extends Event> type, String field) throws IOException {
        // Given
        var without = golden(type).without(field);

        // When
        var event = EventJson.read(type.getSimpleName(), bytes(without));

        // Then
        assertThat(schema(type).validate(without)).isEmpty();
        assertThat(EventJson.mapper().readTree(EventJson.write(event))).isEqualTo(without);
    }

    @ParameterizedTest
    @MethodSource("fieldsThatMayBeAbsent")
    void anOptionalFieldMayBeNull(Class<? extends Event> type, String field) throws IOException {
        // Given
        var withNull = golden(type).putNull(field);

        // When
        var event = EventJson.read(type.getSimpleName(), bytes(withNull));

        // Then
        assertThat(schema(type).validate(withNull)).isEmpty();
        assertThat(event)
                .isEqualTo(
                        EventJson.read(type.getSimpleName(), bytes(golden(type).without(field))));
    }

    @Test
    void thereIsNoSchemaAndNoGoldenFileOfAnythingElse() throws IOException {
        // Given
        var expected =
                events().stream().map(type -> type.getSimpleName() + ".v1.json").toList();

        // When
        try (var schemas = Files.list(SCHEMAS);
                var golden = Files.list(GOLDEN)) {

            // Then
            assertThat(schemas.map(EventSchemasTest::fileName)).containsExactlyInAnyOrderElementsOf(expected);
            assertThat(golden.map(EventSchemasTest::fileName)).containsExactlyInAnyOrderElementsOf(expected);
        }
    }

    static Stream<Arguments> valuesThatAreRequired() throws IOException {
        return fields((field, schema) -> required(schema).contains(field.getKey()) && !isCollection(field.getValue()));
    }

    static Stream<Arguments> fieldsThatMayBeAbsent() throws IOException {
        return fields((field, schema) -> !required(schema).contains(field.getKey()));
    }

    private static Stream<Arguments> fields(BiPredicate<Map.Entry<String, JsonNode>, JsonNode> which)
            throws IOException {
        var fields = new ArrayList<Arguments>();
        for (var type : events()) {
            var schema = json(schemaFile(type));
            schema.path("properties").properties().stream()
                    .filter(field -> which.test(field, schema))
                    .forEach(field -> fields.add(arguments(type, field.getKey())));
        }
        return fields.stream();
    }

    private static List<String> required(JsonNode schema) {
        return schema.path("required").valueStream().map(JsonNode::asText).toList();
    }

    /** An absent list or map is an empty one. */
    private static boolean isCollection(JsonNode property) {
        return property.path("type").asText().equals("array")
                || property.path("additionalProperties").isObject();
    }

    private static JsonSchema schema(Class<? extends Event> type) throws IOException {
        return JsonSchemaFactory.getInstance(VersionFlag.V202012)
                .getSchema(
                        json(schemaFile(type)),
                        SchemaValidatorsConfig.builder()
                                .formatAssertionsEnabled(true)
                                .build());
    }

    private static ObjectNode golden(Class<? extends Event> type) throws IOException {
        return (ObjectNode) json(GOLDEN.resolve(type.getSimpleName() + ".v1.json"));
    }

    private static Path schemaFile(Class<? extends Event> type) {
        return SCHEMAS.resolve(type.getSimpleName() + ".v1.json");
    }

    private static JsonNode json(Path file) throws IOException {
        return EventJson.mapper().readTree(file.toFile());
    }

    private static byte[] bytes(JsonNode json) throws IOException {
        return EventJson.mapper().writeValueAsBytes(json);
    }

    private static String fileName(Path file) {
        return String.valueOf(file.getFileName());
    }
}
