package dev.slipway.event;

import com.fasterxml.classmate.ResolvedType;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.victools.jsonschema.generator.CustomDefinition;
import com.github.victools.jsonschema.generator.FieldScope;
import com.github.victools.jsonschema.generator.Option;
import com.github.victools.jsonschema.generator.OptionPreset;
import com.github.victools.jsonschema.generator.SchemaGenerationContext;
import com.github.victools.jsonschema.generator.SchemaGenerator;
import com.github.victools.jsonschema.generator.SchemaGeneratorConfigBuilder;
import com.github.victools.jsonschema.generator.SchemaVersion;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** The JSON Schema that an event's record has: what may be absent is not required, and there may always be more. */
final class EventSchema {

    private static final Map<Class<?>, String> FORMATS =
            Map.of(Instant.class, "date-time", Duration.class, "duration", UUID.class, "uuid");

    private static final SchemaGenerator GENERATOR = generator();

    private EventSchema() {}

    static ObjectNode of(Class<? extends Event> type) {
        ObjectNode schema = GENERATOR.generateSchema(type);
        ObjectNode titled = schema.objectNode();
        titled.set("$schema", schema.remove("$schema"));
        titled.put("title", type.getSimpleName());
        return titled.setAll(schema);
    }

    private static SchemaGenerator generator() {
        var builder = new SchemaGeneratorConfigBuilder(
                        EventJson.mapper(), SchemaVersion.DRAFT_2020_12, OptionPreset.PLAIN_JSON)
                .with(Option.INLINE_ALL_SCHEMAS, Option.MAP_VALUES_AS_ADDITIONAL_PROPERTIES);
        builder.forTypesInGeneral()
                .withPropertySorter((one, other) -> 0)
                .withCustomDefinitionProvider(EventSchema::definition);
        builder.forFields()
                .withIgnoreCheck(EventSchema::isAnythingElse)
                .withRequiredCheck(field -> !isOptional(field.getType()))
                .withTargetTypeOverridesResolver(
                        field -> isOptional(field.getType()) ? field.getType().getTypeParameters() : null);
        return new SchemaGenerator(builder.build());
    }

    private static CustomDefinition definition(ResolvedType type, SchemaGenerationContext context) {
        var schema = context.getGeneratorConfig().createObjectNode();
        if (FORMATS.containsKey(type.getErasedType())) {
            return new CustomDefinition(
                    schema.put("type", "string").put("format", FORMATS.get(type.getErasedType())), true);
        }
        var isAnyJson = type.getErasedType() == JsonNode.class || type.getErasedType() == Object.class;
        return isAnyJson ? new CustomDefinition(schema, true) : null;
    }

    /** The map that takes all fields without a name of their own. */
    private static boolean isAnythingElse(FieldScope field) {
        return field.getAnnotation(JsonAnySetter.class) != null;
    }

    private static boolean isOptional(ResolvedType type) {
        return type != null && type.getErasedType() == Optional.class;
    }
}
