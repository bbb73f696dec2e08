package dev.slipway.http;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * A page of a list.
 *
 * @param next the cursor of the next page; absent on the last
 */
public record Page<T>(List<T> items, Optional<String> next) {

    /**
     * The page that begins a list.
     *
     * @param found one more than the page may have, if there are so many
     * @param cursor an item's
     */
    public static <T> Page<T> of(List<T> found, int size, Function<T, Object> cursor) {
        return found.size() <= size
                ? new Page<>(found, Optional.empty())
                : new Page<>(
                        found.subList(0, size),
                        Optional.of(cursor.apply(found.get(size - 1)).toString()));
    }
}
