package dev.slipway.webhook.scheme;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.slipway.event.WebhookEvent.Mode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A few fields of a JSON body, read in one pass without building a tree of it.
 *
 * <p>The body must be one JSON document in UTF-8, to its last byte, and such that it can stand in an event. A field that
 * is asked for must not stand there twice, since readers differ in which of the two they take; of fields that nobody asks
 * for, that is not checked.
 */
public final class EventFields {

    /** Of a body that is not JSON, or that nobody has read. */
    static final EventFields NONE = new EventFields();

    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(JsonFactory.Feature.CHARSET_DETECTION)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            // Stricter than who reads the event: in it a body stands one level deeper.
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(StreamReadConstraints.DEFAULT_MAX_DEPTH - 1)
                    .build())
            .build();

    private final Map<JsonPointer, String> texts = new HashMap<>();

    private EventFields() {}

    /** Whether a body is as it must be. */
    public static boolean isJson(byte[] body) {
        return read(body, List.of()).isPresent();
    }

    /** Reads fields; nothing if the body is not as it must be. */
    static Optional<EventFields> read(byte[] body, List<JsonPointer> wanted) {
        var fields = new EventFields();
        try (var parser = JSON.createParser(body)) {
            if (!isUtf8(body) || parser.nextToken() == null) {
                return Optional.empty();
            }
            fields.readValue(
                    parser, wanted.stream().map(at -> new Wanted(at, at)).toList());
            return parser.nextToken() == null ? Optional.of(fields) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** A string, or a number or truth value as it stands; nothing if there is none of these. */
    Optional<String> text(JsonPointer at) {
        return Optional.ofNullable(texts.get(at));
    }

    /** A time, see {@link TimestampFormat#readAny}. */
    Optional<Instant> time(JsonPointer at) {
        return text(at).flatMap(TimestampFormat::readAny);
    }

    /** An event whose body these are the fields of. */
    Verification event(@Nullable String eventId, @Nullable String type, Mode mode, @Nullable Instant occurredAt) {
        return Verification.event(eventId, type, mode, occurredAt, this != NONE);
    }

    private void readValue(JsonParser parser, List<Wanted> wanted) throws IOException {
        if (wanted.isEmpty()) {
            parser.skipChildren();
        } else if (parser.currentToken() == JsonToken.START_OBJECT) {
            readObject(parser, wanted);
        } else if (parser.currentToken() == JsonToken.START_ARRAY) {
            for (var i = 0; parser.nextToken() != JsonToken.END_ARRAY; i++) {
                var index = i;
                readValue(parser, below(wanted, at -> at.matchElement(index)));
            }
        } else if (parser.currentToken() != JsonToken.VALUE_NULL) {
            for (var field : wanted) {
                if (field.rest().matches()) {
                    texts.put(field.at(), parser.getText());
                }
            }
        }
    }

    private void readObject(JsonParser parser, List<Wanted> wanted) throws IOException {
        var seen = new HashSet<String>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            var name = parser.currentName();
            var inside = below(wanted, at -> at.matchProperty(name));
            if (!inside.isEmpty() && !seen.add(name)) {
                throw new JsonParseException(parser, "A field stands there twice");
            }
            parser.nextToken();
            readValue(parser, inside);
        }
    }

    private static List<Wanted> below(List<Wanted> wanted, Function<JsonPointer, @Nullable JsonPointer> step) {
        var inside = new ArrayList<Wanted>(0);
        for (var field : wanted) {
            var rest = step.apply(field.rest());
            if (rest != null) {
                inside.add(new Wanted(field.at(), rest));
            }
        }
        return inside;
    }

    /** Jackson is lenient here: it takes overlong forms and halves of surrogate pairs. */
    private static boolean isUtf8(byte[] body) {
        var decoder = UTF_8.newDecoder();
        var in = ByteBuffer.wrap(body);
        var out = CharBuffer.allocate(1024);
        var result = decoder.decode(in, out, true);
        while (result.isOverflow()) {
            out.clear();
            result = decoder.decode(in, out, true);
        }
        return result.isUnderflow();
    }

    /**
     * A field to be found.
     *
     * @param rest the way that is left to it from here
     */
    private record Wanted(JsonPointer at, JsonPointer rest) {}
}
