package dev.slipway.webhook.source;

import com.fasterxml.jackson.databind.JsonNode;
import dev.slipway.condition.Suggestion;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** The fields of an object in JSON. It notes what is wrong with them rather than giving up; {@code null} is none. */
final class Fields {

    private final JsonNode object;
    private final String path;
    private final List<SourceError> errors;
    private final Set<String> known = new LinkedHashSet<>();

    Fields(JsonNode object, String path, List<SourceError> errors) {
        this.object = object;
        this.path = path;
        this.errors = errors;
        if (!object.isObject()) {
            error("must be an object");
        }
    }

    /** A text, number or boolean, read by a parser that throws {@link IllegalArgumentException}. */
    <T> Optional<T> read(String name, Function<String, T> parser) {
        return value(name).flatMap(value -> {
            if (!value.isValueNode()) {
                error(name, "must be a text");
                return Optional.empty();
            }
            try {
                return Optional.of(parser.apply(value.asText().strip()));
            } catch (IllegalArgumentException e) {
                error(name, String.valueOf(e.getMessage()));
                return Optional.empty();
            }
        });
    }

    /** One that must be there. */
    <T> Optional<T> require(String name, Function<String, T> parser) {
        if (object.isObject() && !has(name)) {
            error(name, "is missing");
        }
        return read(name, parser);
    }

    Optional<Fields> object(String name) {
        return value(name).map(value -> new Fields(value, at(name), errors));
    }

    Optional<List<JsonNode>> list(String name) {
        return value(name).flatMap(value -> {
            if (!value.isArray()) {
                error(name, "must be a list");
                return Optional.empty();
            }
            return Optional.of(value.valueStream().toList());
        });
    }

    /** Every field, whatever its name, as a text. */
    Map<String, String> texts() {
        var texts = new LinkedHashMap<String, String>();
        object.fieldNames()
                .forEachRemaining(name -> read(name, Function.identity()).ifPresent(text -> texts.put(name, text)));
        return texts;
    }

    /** Takes fields without looking at them. */
    void ignore(Set<String> names) {
        known.addAll(names);
    }

    /** Notes that the object as a whole is wrong. */
    void error(String message) {
        errors.add(new SourceError(path, message));
    }

    void error(String name, String message) {
        errors.add(new SourceError(at(name), message));
    }

    /** Notes every field that was not asked for. */
    void close() {
        object.fieldNames().forEachRemaining(name -> {
            if (!known.contains(name)) {
                error(name, Suggestion.unknown(name, known));
            }
        });
    }

    boolean has(String name) {
        return value(name).isPresent();
    }

    private Optional<JsonNode> value(String name) {
        known.add(name);
        return Optional.ofNullable(object.get(name)).filter(value -> !value.isNull());
    }

    private String at(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }
}
