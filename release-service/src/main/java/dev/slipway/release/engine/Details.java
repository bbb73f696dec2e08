package dev.slipway.release.engine;

import dev.slipway.event.Evidence;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds what stands in JSON values by its path: {@code data.object.id}, {@code items.0}. */
final class Details {

    private Details() {}

    /** The text at a path, or under a name that has dots in it. */
    static Optional<String> text(Map<?, ?> data, String path) {
        if (data.get(path) != null) {
            return Optional.of(String.valueOf(data.get(path)));
        }
        Optional<Object> at = Optional.of(data);
        for (var name : path.split("\\.", -1)) {
            at = at.flatMap(it -> child(it, name));
        }
        return at.map(String::valueOf);
    }

    private static Optional<Object> child(Object of, String name) {
        return switch (of) {
            case Map<?, ?> map -> Optional.ofNullable(map.get(name));
            case List<?> list
            when name.matches("[0-9]{1,6}") && Integer.parseInt(name) < list.size() ->
                Optional.ofNullable(list.get(Integer.parseInt(name)));
            default -> Optional.empty();
        };
    }

    /**
     * What a step gave that ended well with that evidence: a field of the report's data, one of the output that an
     * operation was told to take from its answer, or one of the evidence itself.
     */
    static Optional<String> output(Evidence evidence, String path) {
        var details = evidence.details();
        return Stream.of(details.get("data"), details.get("output"), details)
                .flatMap(it -> it instanceof Map<?, ?> map ? text(map, path).stream() : Stream.empty())
                .findFirst();
    }
}
