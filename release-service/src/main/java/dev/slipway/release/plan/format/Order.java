package dev.slipway.release.plan.format;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The order of the steps of one phase, read from above: what each needs, by what it says, by what it asks after, and by
 * where it stands.
 */
final class Order {

    /** By step, all that has ended before it begins. */
    private final Map<String, Set<String>> before = new LinkedHashMap<>();

    private final boolean inTurn;
    private final boolean needsWhatItAsks;

    private Order(boolean inTurn, boolean needsWhatItAsks) {
        this.inTurn = inTurn;
        this.needsWhatItAsks = needsWhatItAsks;
    }

    /**
     * The order of steps.
     *
     * @param steps all of the phase: if none of them says what it needs, they follow one another
     */
    static Order of(List<YamlObject> steps, PlanFormat format) {
        return switch (format) {
            case FIRST -> new Order(true, false);
            case PRESENT -> new Order(steps.stream().noneMatch(step -> step.has("needs")), true);
        };
    }

    /** The names of the steps above. */
    Set<String> above() {
        return before.keySet();
    }

    /** What a step needs that says so, or says nothing. */
    List<String> needs(YamlObject step) {
        var value = step.get("needs");
        if (value.isEmpty()) {
            return inTurn && !before.isEmpty()
                    ? List.of(List.copyOf(before.keySet()).getLast())
                    : List.of();
        }
        var needs = new LinkedHashSet<String>();
        for (var item : value.get().list()) {
            item.text().ifPresent(name -> {
                if (!before.containsKey(name)) {
                    item.error("The step '%s' does not stand above this one in its phase".formatted(name));
                } else if (!needs.add(name)) {
                    item.error("The step '%s' stands there twice; keep one".formatted(name));
                }
            });
        }
        return List.copyOf(needs);
    }

    /**
     * Puts a step below the others.
     *
     * @param needs what it says that it needs
     * @param asked the steps of its phase that it asks after: it needs these as well
     * @return all that it needs
     */
    List<String> add(String step, List<String> needs, Stream<String> asked) {
        var all = new ArrayList<>(needs);
        var ended = new HashSet<String>();
        needs.forEach(need -> end(need, ended));
        asked.filter(it -> needsWhatItAsks && before.containsKey(it))
                .filter(it -> !ended.contains(it))
                .forEach(it -> {
                    all.add(it);
                    end(it, ended);
                });
        before.put(step, ended);
        return List.copyOf(all);
    }

    private void end(String step, Set<String> ended) {
        ended.add(step);
        ended.addAll(before.getOrDefault(step, Set.of()));
    }
}
