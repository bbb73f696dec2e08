package dev.slipway.http;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The conditions of a query, from what a call asks for. One without a value is left out, rather than made true by one: so the database sees what is
 * asked, and takes the index for it.
 */
public final class Conditions {

    private final List<String> conditions = new ArrayList<>();
    private final Map<String, Object> values = new HashMap<>();

    /** Adds a condition, if there is a value for its parameter. */
    public Conditions and(String condition, String name, Optional<?> value) {
        value.ifPresent(it -> {
            conditions.add(condition);
            values.put(name, it instanceof Instant time ? time.atOffset(ZoneOffset.UTC) : it);
        });
        return this;
    }

    /** Adds a value for a further parameter of a condition. */
    public Conditions value(String name, Optional<?> value) {
        value.ifPresent(it -> values.put(name, it));
        return this;
    }

    /** The parameters' values by their names. */
    public Map<String, Object> values() {
        return values;
    }

    /** What follows WHERE. */
    @Override
    public String toString() {
        return conditions.isEmpty() ? "true" : String.join(" AND ", conditions);
    }
}
