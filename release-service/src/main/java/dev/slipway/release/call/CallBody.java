package dev.slipway.release.call;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.slipway.event.EventJson;
import dev.slipway.event.Subject;
import dev.slipway.http.Parameter;
import dev.slipway.http.ProblemException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** The JSON object that a call brings. What cannot be read, or not be stored, is answered 400. */
record CallBody(JsonNode json) {

    private static final int MAX_TEXT = 1_000;
    private static final int MAX_VALUES = 50;

    /** What PostgreSQL's jsonb cannot have: NUL, written as an escape, and unpaired surrogates. */
    private static final Pattern UNSTORABLE = Pattern.compile(
            "(?<!\\\\)(?:\\\\\\\\)*\\\\u0000|[\\uD800-\\uDBFF](?![\\uDC00-\\uDFFF])|(?<![\\uD800-\\uDBFF])[\\uDC00-\\uDFFF]");

    /** Reads a body; nothing is an empty object. */
    static CallBody read(String body) {
        if (body.isBlank()) {
            return new CallBody(EventJson.mapper().createObjectNode());
        }
        try {
            var json = EventJson.mapper().readTree(body);
            if (!json.isObject()) {
                throw ProblemException.badRequest("The body must be a JSON object");
            }
            if (UNSTORABLE.matcher(json.toString()).find()) {
                throw ProblemException.badRequest(
                        "The body has a NUL character or half of a surrogate pair; leave it out");
            }
            return new CallBody(json);
        } catch (JsonProcessingException e) {
            // One that is too deep, or has a number that is too long, has no place.
            var place = Optional.ofNullable(e.getLocation())
                    .map(it -> "line %d, column %d: ".formatted(it.getLineNr(), it.getColumnNr()))
                    .orElse("");
            throw ProblemException.badRequest("The body is not JSON: " + place + e.getOriginalMessage());
        }
    }

    /** A text that must be there. */
    String required(String field) {
        return optional(field).orElseThrow(() -> ProblemException.badRequest("'%s' is missing".formatted(field)));
    }

    /** A text of 1 to 1,000 characters. */
    Optional<String> optional(String field) {
        return present(field).map(value -> {
            if (!value.isTextual() || value.asText().isBlank() || value.asText().length() > MAX_TEXT) {
                throw ProblemException.badRequest(
                        "'%s' must be a text of 1 to %d characters".formatted(field, MAX_TEXT));
            }
            return value.asText();
        });
    }

    /** A time. */
    Optional<Instant> time(String field) {
        return new Parameter(field, optional(field)).time();
    }

    /** An object. */
    Optional<ObjectNode> object(String field) {
        return present(field).map(value -> {
            if (value instanceof ObjectNode object) {
                return object;
            }
            throw ProblemException.badRequest("'%s' must be an object".formatted(field));
        });
    }

    /** An object of a few texts, numbers and booleans, each as a text. */
    Map<String, String> values(String field) {
        var values = new LinkedHashMap<String, String>();
        object(field).filter(object -> object.size() > MAX_VALUES).ifPresent(object -> {
            throw ProblemException.badRequest("'%s' may have at most %d members".formatted(field, MAX_VALUES));
        });
        object(field)
                .ifPresent(object -> object.properties().forEach(entry -> {
                    if (!entry.getValue().isValueNode() || entry.getValue().isNull()) {
                        throw ProblemException.badRequest(
                                "'%s.%s' must be a text, a number, or true or false".formatted(field, entry.getKey()));
                    }
                    values.put(entry.getKey(), entry.getValue().asText());
                }));
        return values;
    }

    /** Why the caller asks: its {@code comment} or {@code reason}. */
    Optional<String> comment() {
        return optional("comment").or(() -> optional("reason"));
    }

    /** Why the caller asks, which must be said. */
    String requiredComment() {
        return comment().orElseThrow(() -> ProblemException.badRequest("'reason' is missing; say why"));
    }

    /** The application and the environment that it names. */
    Subject subject() {
        try {
            return new Subject(required("application"), required("environment"));
        } catch (IllegalArgumentException e) {
            throw ProblemException.badRequest(String.valueOf(e.getMessage()));
        }
    }

    private Optional<JsonNode> present(String field) {
        return Optional.ofNullable(json.get(field)).filter(it -> !it.isNull());
    }
}
