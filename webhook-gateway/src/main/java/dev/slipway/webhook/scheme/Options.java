package dev.slipway.webhook.scheme;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toUnmodifiableMap;

import java.util.Locale;
import java.util.Map;
import java.util.Map.Entry;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What a source chose of what its scheme lets it choose. Every error names the option, and the mend. */
final class Options {

    private static final Pattern HEADER_NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}");

    private final KnownScheme scheme;
    private final Map<String, String> values;

    /**
     * @param values by name; a dot or underscore counts as a dash, because environment variables know no dash
     * @throws IllegalArgumentException if there is one that the scheme does not have, or one twice
     */
    Options(KnownScheme scheme, Map<String, String> values) {
        this.scheme = scheme;
        this.values = values.entrySet().stream()
                .collect(toUnmodifiableMap(entry -> known(entry.getKey()), Entry::getValue, (one, other) -> {
                    throw new IllegalArgumentException("An option stands there twice; keep one");
                }));
    }

    /** The name of a header, if one was chosen. */
    Optional<String> header(String name) {
        return text(name).map(value -> read(name, value, Options::headerName));
    }

    /** A place in a request, if one was chosen. */
    Optional<Place> place(String name) {
        return text(name).map(value -> read(name, value, Place::parse));
    }

    /** A text as it stands, if one was chosen. */
    Optional<String> text(String name) {
        return Optional.ofNullable(values.get(name));
    }

    /** One of a closed set, by its name in any case. */
    <E extends Enum<E>> E oneOf(String name, E otherwise) {
        return text(name)
                .map(value -> read(name, value, it -> choice(it, otherwise.getDeclaringClass())))
                .orElse(otherwise);
    }

    /** What a reader makes of a text; the message of what it throws tells what is wrong with the text. */
    <T> T read(String name, String value, Function<String, T> reader) {
        try {
            return reader.apply(value);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "The option '%s' of the scheme '%s' is '%s': %s"
                            .formatted(name, scheme.label(), value, e.getMessage()),
                    e);
        }
    }

    /** The error that an option is not there, which must be. */
    IllegalArgumentException missing(String name, String meaning) {
        return new IllegalArgumentException(
                "The scheme '%s' needs the option '%s': %s".formatted(scheme.label(), name, meaning));
    }

    private String known(String name) {
        var normal = name.toLowerCase(Locale.ROOT).replaceAll("[._]", "-");
        if (!scheme.options().contains(normal)) {
            throw new IllegalArgumentException("The scheme '%s' has no option '%s'; it has %s"
                    .formatted(
                            scheme.label(),
                            name,
                            scheme.options().isEmpty() ? "none" : String.join(", ", scheme.options())));
        }
        return normal;
    }

    private static String headerName(String value) {
        if (!HEADER_NAME.matcher(value).matches()) {
            throw new IllegalArgumentException("a header's name is letters, digits and dashes");
        }
        return value;
    }

    private static <E extends Enum<E>> E choice(String value, Class<E> choices) {
        return Stream.of(choices.getEnumConstants())
                .filter(choice -> choice.name().equalsIgnoreCase(value))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("use one of "
                        + Stream.of(choices.getEnumConstants())
                                .map(choice -> choice.name().toLowerCase(Locale.ROOT))
                                .collect(joining(", "))));
    }
}
