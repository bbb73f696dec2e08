package dev.slipway.webhook.scheme;

import com.fasterxml.jackson.core.JsonPointer;
import java.util.Optional;

/** Where a text stands in a request. */
sealed interface Place {

    /** What stands before the name of a header. */
    String HEADER = "header:";

    /** A header. */
    record Header(String name) implements Place {}

    /** A field of the JSON body. */
    record Field(JsonPointer at) implements Place {}

    /** A word of ours, if the JSON body has a field. */
    record Word(String word, JsonPointer ifThereIs) implements Place {}

    static Place header(String name) {
        return new Header(name);
    }

    /** @param pointer as in RFC 6901: {@code /event/id} */
    static Place field(String pointer) {
        return new Field(JsonPointer.compile(pointer));
    }

    static Place word(String word, String ifThereIs) {
        return new Word(word, JsonPointer.compile(ifThereIs));
    }

    /**
     * Reads {@code header:<name>} or a JSON pointer.
     *
     * @throws IllegalArgumentException if it is neither
     */
    static Place parse(String text) {
        if (text.startsWith(HEADER)) {
            return header(text.substring(HEADER.length()));
        }
        if (text.startsWith("/")) {
            return field(text);
        }
        throw new IllegalArgumentException("a place is 'header:<name>', or a JSON pointer such as '/event/id'");
    }

    /** The field that must be read to know the text, if it takes one. */
    default Optional<JsonPointer> pointer() {
        return switch (this) {
            case Header _ -> Optional.empty();
            case Field(JsonPointer at) -> Optional.of(at);
            case Word(String _, JsonPointer at) -> Optional.of(at);
        };
    }

    /** The text, if it is there. */
    default Optional<String> find(Request request, EventFields fields) {
        return switch (this) {
            case Header(String name) -> request.header(name);
            case Field(JsonPointer at) -> fields.text(at);
            case Word(String word, JsonPointer at) -> fields.text(at).map(there -> word);
        };
    }
}
