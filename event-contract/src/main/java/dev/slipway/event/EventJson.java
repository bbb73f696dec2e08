package dev.slipway.event;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.slipway.event.ReportEvent.CustomReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Events as JSON: what is unknown is ignored, what is missing is an error, absent values are left out. */
public final class EventJson {

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .addModule(new Jdk8Module())
            // Of what a map holds, nothing is left out: a null in evidence is a fact too.
            .defaultPropertyInclusion(
                    JsonInclude.Value.construct(JsonInclude.Include.NON_ABSENT, JsonInclude.Include.ALWAYS))
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .disable(SerializationFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .withConfigOverride(List.class, it -> it.setSetterInfo(JsonSetter.Value.forValueNulls(Nulls.AS_EMPTY)))
            .withConfigOverride(Map.class, it -> it.setSetterInfo(JsonSetter.Value.forValueNulls(Nulls.AS_EMPTY)))
            .build();

    private EventJson() {}

    /** The mapper that reads and writes events; also for what is stored beside them. */
    public static JsonMapper mapper() {
        return MAPPER;
    }

    /** An event's data as UTF-8 JSON. */
    public static byte[] write(Event event) {
        try {
            return MAPPER.writeValueAsBytes(event instanceof CustomReport custom ? dataOf(custom) : event);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("The event %s cannot be written as JSON".formatted(event.name()), e);
        }
    }

    /**
     * Reads an event.
     *
     * @param name the event's name; one that has no record gives a {@link CustomReport}
     * @throws IOException if the data is not JSON, or not this event's
     */
    public static Event read(String name, byte[] data) throws IOException {
        if (!(MAPPER.readTree(data) instanceof ObjectNode object)) {
            throw new IOException("The data of %s is not a JSON object".formatted(name));
        }
        var type = EventTypes.byName(name);
        return type.isPresent() ? MAPPER.treeToValue(object, type.get()) : custom(name, object);
    }

    private static ObjectNode dataOf(CustomReport custom) {
        ObjectNode data = MAPPER.valueToTree(custom.details());
        custom.releaseId().ifPresent(id -> data.put("releaseId", id.toString()));
        return data;
    }

    private static CustomReport custom(String name, ObjectNode data) throws IOException {
        var releaseId = Optional.ofNullable(MAPPER.treeToValue(data.remove("releaseId"), UUID.class));
        return new CustomReport(name, releaseId, MAPPER.convertValue(data, new TypeReference<>() {}));
    }
}
