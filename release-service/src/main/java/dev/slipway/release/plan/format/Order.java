package dev.slipway.release.plan.format;

import static java.util.stream.Collectors.toSet;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The order of the steps of one phase, read from above: what each needs, by what it says, by what it asks after, and by
 * where it stands. The steps of a fragment are one such step to those around them, and have an order of their own.
 */
final class Order {

    /** By step, all that has ended before it begins; also of the steps around, and of those in fragments. */
    private final Map<String, Set<String>> before;

    /** By item, the steps that end it: the step itself, or the last ones of a fragment. */
    private final Map<String, List<String>> ends = new LinkedHashMap<>();

    private final PlanFormat format;
    private final boolean inTurn;
    private final String prefix;
    private final List<String> entry;

    private Order(
            Map<String, Set<String>> before, PlanFormat format, boolean inTurn, String prefix, List<String> entry) {
        this.before = before;
        this.format = format;
        this.inTurn = inTurn;
        this.prefix = prefix;
        this.entry = entry;
    }

    /**
     * The order of steps.
     *
     * @param steps all of the phase: if none of them says what it needs, they follow one another
     */
    static Order of(List<YamlObject> steps, PlanFormat format) {
        return new Order(new HashMap<>(), format, format == PlanFormat.FIRST || isInTurn(steps), "", List.of());
    }

    private static boolean isInTurn(List<YamlObject> steps) {
        return steps.stream().noneMatch(step -> step.has("needs"));
    }

    /** The order of the steps of a fragment, none of which begins before what the whole needs. */
    Order inside(String name, List<YamlObject> steps, List<String> needs) {
        return new Order(before, format, isInTurn(steps), prefix(name), needs);
    }

    /** What stands before the names of a fragment's steps. */
    static String prefix(String use) {
        return use + "-";
    }

    /** The names above, as they are said here. */
    Set<String> above() {
        return ends.keySet();
    }

    /** The name of a step as the whole phase knows it. */
    String inFull(String name) {
        return prefix + name;
    }

    /** Whether the phase has such a step already. */
    boolean has(String nameInFull) {
        return before.containsKey(nameInFull);
    }

    /** The steps that one needs that says so, or says nothing. */
    List<String> needs(YamlObject step) {
        var value = step.get("needs");
        if (value.isEmpty()) {
            return inTurn && !ends.isEmpty() ? List.copyOf(ends.values()).getLast() : entry;
        }
        var said = new LinkedHashSet<String>();
        for (var item : value.get().list()) {
            item.text().ifPresent(name -> {
                if (!ends.containsKey(name)) {
                    item.error("The step '%s' does not stand above this one in its phase; %s"
                            .formatted(
                                    name, ends.isEmpty() ? "nothing does" : "these do: " + String.join(", ", above())));
                } else if (!said.add(name) && format != PlanFormat.FIRST) {
                    item.error("The step '%s' stands there twice; keep one".formatted(name));
                }
            });
        }
        var needs = said.stream()
                .flatMap(name -> ends.getOrDefault(name, List.of()).stream())
                .distinct()
                .toList();
        return needs.isEmpty() ? entry : needs;
    }

    /**
     * Puts a step below the others.
     *
     * @param needs what it says that it needs
     * @param asked the steps of its phase that it asks after: it needs these as well
     * @return all that it needs
     */
    List<String> add(String name, List<String> needs, Stream<String> asked) {
        var all = new ArrayList<>(needs);
        var ended = new HashSet<String>();
        // The last first: it needs most of the others itself.
        needs.reversed().forEach(need -> end(need, ended));
        asked.filter(it -> format != PlanFormat.FIRST && before.containsKey(it))
                .filter(it -> !ended.contains(it))
                .forEach(it -> {
                    all.add(it);
                    end(it, ended);
                });
        before.put(inFull(name), ended);
        ends.put(name, List.of(inFull(name)));
        return List.copyOf(all);
    }

    private void end(String step, Set<String> ended) {
        if (ended.add(step)) {
            ended.addAll(before.getOrDefault(step, Set.of()));
        }
    }

    /** Puts the steps of a fragment below the others; whoever needs it needs those of them that nothing in it follows. */
    void add(String name, Order inside) {
        var steps = inside.ends.values().stream().flatMap(List::stream).toList();
        var followed = steps.stream()
                .flatMap(step -> before.getOrDefault(step, Set.of()).stream())
                .collect(toSet());
        ends.put(
                name,
                steps.isEmpty()
                        ? inside.entry
                        : steps.stream()
                                .filter(step -> !followed.contains(step))
                                .toList());
    }
}
