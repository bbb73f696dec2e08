package dev.slipway.condition;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.slipway.event.EventJson;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;

/**
 * A place in a JSON body: {@code .items[0].name}, or {@code .items[name:"web"].state} of the first item of that name.
 *
 * @param text the path as it was written; empty for the whole body
 */
record BodyPath(String text, List<Segment> segments) {

    private static final Pattern SEGMENT = Pattern.compile(
            "\\.(?<field>[^.\\[\\]\\s]+)|\\[(?<index>\\d{1,9})]|\\[(?<key>[^.\\[\\]\\s:]+):\"(?<value>[^\"]*)\"]");
    private static final ObjectReader JSON = EventJson.mapper()
            .reader()
            .with(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    /** @throws IllegalArgumentException if it is not a path */
    static BodyPath parse(String text) {
        var segments = new ArrayList<Segment>();
        var matcher = SEGMENT.matcher(text);
        var end = 0;
        while (end < text.length()) {
            if (!matcher.find() || matcher.start() != end) {
                throw new IllegalArgumentException(
                        "'%s' is not a path in a body; write it like [BODY].items[0].name, or [BODY].items[name:\"web\"].state"
                                .formatted("[BODY]" + text));
            }
            segments.add(segment(matcher));
            end = matcher.end();
        }
        return new BodyPath(text, List.copyOf(segments));
    }

    private static Segment segment(Matcher matcher) {
        if (matcher.group("field") != null) {
            return new Segment.Field(matcher.group("field"));
        }
        return matcher.group("index") != null
                ? new Segment.Index(Integer.parseInt(matcher.group("index")))
                : new Segment.Item(matcher.group("key"), matcher.group("value"));
    }

    boolean isWholeBody() {
        return segments.isEmpty();
    }

    /**
     * What stands there; a missing node if nothing does.
     *
     * @throws NotJsonException if the body is not JSON
     */
    JsonNode in(String body) throws NotJsonException {
        try {
            var node = JSON.readTree(body);
            for (var segment : segments) {
                node = switch (segment) {
                    case Segment.Field(var name) -> node.path(name);
                    case Segment.Index(var index) -> node.path(index);
                    case Segment.Item item -> item.in(node);
                };
            }
            return node;
        } catch (JsonProcessingException e) {
            throw new NotJsonException(e);
        }
    }

    @Override
    public String toString() {
        return "[BODY]" + text;
    }

    sealed interface Segment {

        record Field(String name) implements Segment {}

        record Index(int index) implements Segment {}

        /** The first item of an array whose field has that text. */
        record Item(String field, String text) implements Segment {

            JsonNode in(JsonNode array) {
                return StreamSupport.stream(array.spliterator(), false)
                        .filter(item ->
                                array.isArray() && item.path(field).asText().equals(text))
                        .findFirst()
                        .orElse(MissingNode.getInstance());
            }
        }
    }

    static final class NotJsonException extends Exception {

        private static final long serialVersionUID = 1L;

        NotJsonException(Throwable cause) {
            super("the body is not JSON", cause);
        }
    }
}
