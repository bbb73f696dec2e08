package dev.slipway.event;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What an outcome rests on: a response, an event, an approver. Kept for ever and shown to people, so it never holds a
 * secret.
 *
 * @param summary one sentence for a person
 * @param details the facts behind it, as JSON values; the keys depend on what kind of outcome it is
 */
public record Evidence(String summary, Map<String, Object> details) {

    public Evidence {
        details = Collections.unmodifiableMap(new LinkedHashMap<>(details));
    }

    /** Evidence that a sentence says in full. */
    public static Evidence of(String summary) {
        return new Evidence(summary, Map.of());
    }
}
