package dev.slipway.release.call;

import com.fasterxml.jackson.core.JsonToken;
import dev.slipway.event.EventJson;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Finds where something stands in a body, so that an error can point at it. */
final class JsonPlaces {

    private JsonPlaces() {}

    /** One thing wrong with a body. */
    record FieldError(String path, String message, int line, int column) {}

    /** An error about a member of an object in the body; about the object if it has no such member. */
    static FieldError error(String body, String object, String member, String message) {
        try (var parser = EventJson.mapper().createParser(body)) {
            var line = 1;
            var column = 1;
            while (parser.nextToken() != null) {
                var path = parser.getParsingContext().pathAsPointer().toString();
                var isObject = path.equals("/" + object);
                if (parser.currentToken() == JsonToken.FIELD_NAME
                        && (isObject || path.equals("/" + object + "/" + member))) {
                    line = parser.currentTokenLocation().getLineNr();
                    column = parser.currentTokenLocation().getColumnNr();
                    if (!isObject) {
                        break;
                    }
                }
            }
            return new FieldError(object + "." + member, message, line, column);
        } catch (IOException e) {
            throw new UncheckedIOException("A body that was read cannot be read again", e);
        }
    }
}
