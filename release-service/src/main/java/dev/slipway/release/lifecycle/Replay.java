package dev.slipway.release.lifecycle;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.slipway.event.EventJson;
import dev.slipway.release.engine.Engine;
import dev.slipway.release.engine.Input;
import dev.slipway.release.engine.Release;
import dev.slipway.release.journal.Journal.Entry;
import dev.slipway.release.plan.Plan;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/** Lets the engine go through a stored journal once more, and says where it comes to something else. */
public final class Replay {

    /** More would tell nothing new. */
    private static final int MOST = 20;

    private static final int LONGEST_VALUE = 200;

    /** Numbers as the database keeps them: exactly. */
    private static final JsonMapper MAPPER = EventJson.mapper()
            .rebuild()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private final List<Difference> differences = new ArrayList<>();

    private Replay() {}

    /**
     * What is stored, and what replays, where they differ.
     *
     * @param seq of the entry; of the last one, if it is the state that differs
     * @param path the place in it, as a JSON Pointer
     */
    public record Difference(long seq, String path, String stored, String replayed) {}

    /**
     * Replays a journal.
     *
     * @param entries all of it
     * @param states the state, as often as it is stored
     */
    public static List<Difference> differences(Plan plan, List<Entry> entries, List<JsonNode> states) {
        var replay = new Replay();
        replay.run(plan, entries, states);
        return replay.differences.stream().distinct().limit(MOST).toList();
    }

    private void run(Plan plan, List<Entry> entries, List<JsonNode> states) {
        if (entries.isEmpty() || !(entries.getFirst().input() instanceof Input.Requested request)) {
            differences.add(new Difference(0, "/input", "none", "the request for the release"));
            return;
        }
        var first = entries.getFirst();
        var made = Engine.request(first.releaseId(), plan, request, first.at());
        compare(first.seq(), "/seq", tree(first.seq()), tree(0));
        compare(first.seq(), "/changes", tree(first.changes()), tree(made.changes()));
        var release = made.release();
        for (var entry : entries.subList(1, entries.size())) {
            release = replay(plan, release, entry);
        }
        for (var state : states) {
            compare(release.revision(), "", state, tree(release));
        }
    }

    private Release replay(Plan plan, Release before, Entry entry) {
        var decision = Engine.decide(plan, before, entry.input(), entry.at());
        compare(entry.seq(), "/seq", tree(entry.seq()), tree(before.revision() + 1));
        compare(entry.seq(), "/changes", tree(entry.changes()), tree(decision.changes()));
        return decision.release();
    }

    private void compare(long seq, String path, JsonNode stored, JsonNode replayed) {
        if (stored.isObject() && replayed.isObject()) {
            var names = new TreeSet<String>();
            stored.fieldNames().forEachRemaining(names::add);
            replayed.fieldNames().forEachRemaining(names::add);
            names.forEach(name -> compare(seq, path + "/" + name, stored.path(name), replayed.path(name)));
        } else if (stored.isArray() && replayed.isArray() && stored.size() == replayed.size()) {
            for (var i = 0; i < stored.size(); i++) {
                compare(seq, path + "/" + i, stored.path(i), replayed.path(i));
            }
        } else if (!same(stored, replayed)) {
            differences.add(new Difference(seq, path, shown(stored), shown(replayed)));
        }
    }

    private static boolean same(JsonNode stored, JsonNode replayed) {
        if (stored.isMissingNode() && replayed.isContainerNode()) {
            // What an older version did not know of yet, it stored nothing of.
            return replayed.isEmpty();
        }
        if (stored.isNumber() && replayed.isNumber()) {
            return stored.decimalValue().compareTo(replayed.decimalValue()) == 0;
        }
        // The database may write the fraction of a second with more zeros.
        return stored.equals(replayed)
                || (stored.isTextual()
                        && replayed.isTextual()
                        && instant(stored).isPresent()
                        && instant(stored).equals(instant(replayed)));
    }

    private static Optional<Instant> instant(JsonNode text) {
        try {
            return Optional.of(Instant.parse(text.textValue()));
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    private static String shown(JsonNode node) {
        var text = node.isMissingNode() ? "none" : node.toString();
        return text.length() <= LONGEST_VALUE ? text : text.substring(0, LONGEST_VALUE) + "…";
    }

    private static JsonNode tree(Object value) {
        try {
            return json(MAPPER.writeValueAsString(value));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("What was replayed cannot be written as JSON", e);
        }
    }

    /** Reads JSON, its numbers exactly. */
    static JsonNode json(String text) {
        try {
            return MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("What is stored is not JSON", e);
        }
    }
}
