package dev.slipway.release.plan;

import dev.slipway.condition.Suggestion;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Something that whoever asks for a release may say, or must.
 *
 * @param otherwise its value if nothing is said; empty text, {@code false} for a boolean, if the plan names none
 * @param description what it is for
 * @param options what may be said, if it is a choice
 */
public record DeclaredInput(
        String name,
        Type type,
        boolean required,
        String otherwise,
        Optional<String> description,
        List<String> options) {

    /** The longest value, in characters. */
    public static final int MAX_LENGTH = 1_000;

    private static final Pattern NUMBER = Pattern.compile("-?[0-9]{1,18}(?:\\.[0-9]{1,18})?");

    public DeclaredInput {
        options = List.copyOf(options);
    }

    /** What may be said. */
    public enum Type {
        STRING,
        NUMBER,
        BOOLEAN,
        CHOICE
    }

    /** What is wrong with a value, if something is. */
    public Optional<String> problem(String value) {
        if (value.length() > MAX_LENGTH) {
            return Optional.of("may have at most %d characters".formatted(MAX_LENGTH));
        }
        if (!Template.isPlain(value)) {
            return Optional.of("may have no '${', and no '$' at its end: it could be taken for a reference");
        }
        var fits = switch (type) {
            case STRING -> true;
            case NUMBER -> NUMBER.matcher(value).matches();
            case BOOLEAN -> value.equals("true") || value.equals("false");
            case CHOICE -> options.contains(value);
        };
        return fits ? Optional.empty() : Optional.of(expectation(value));
    }

    private String expectation(String value) {
        return switch (type) {
            case STRING -> "must be a text";
            case NUMBER -> "must be a number, but is '%s'".formatted(value);
            case BOOLEAN -> "must be true or false, but is '%s'".formatted(value);
            case CHOICE -> Suggestion.unknown(value, options);
        };
    }
}
