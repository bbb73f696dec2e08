package dev.slipway.release.plan.format;

import static java.util.stream.Collectors.joining;

import dev.slipway.condition.Suggestion;
import dev.slipway.release.plan.StepRef;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The steps of a plan by what they are called: in full, {@code phase.step}, or by the step's name alone. */
final class StepNames {

    private final Map<String, StepRef> inFull = new LinkedHashMap<>();
    private final Map<String, Set<StepRef>> alone = new LinkedHashMap<>();
    private final Map<StepRef, Integer> places = new HashMap<>();
    private final int size;

    /** @param steps in their order, those of the way back last */
    StepNames(List<StepRef> steps) {
        size = steps.size();
        for (var ref : steps) {
            inFull.put(ref.toString(), ref);
            alone.computeIfAbsent(ref.step(), name -> new LinkedHashSet<>()).add(ref);
            places.putIfAbsent(ref, places.size());
        }
    }

    int size() {
        return size;
    }

    /** Whether that is a step's name in full. */
    boolean has(String nameInFull) {
        return inFull.containsKey(nameInFull);
    }

    /** Whether a step has ended when another begins, if only it was begun. */
    boolean isBefore(StepRef step, StepRef other) {
        return !places.containsKey(other)
                || places.getOrDefault(step, -1) < places.getOrDefault(other, Integer.MAX_VALUE);
    }

    /**
     * A step by {@code phase.step}, or by its name alone: one of the same fragment, of the same phase, or the only one
     * of that name.
     *
     * @param prefix what stands before the names of the steps of the same fragment
     * @throws IllegalArgumentException if there is none, or several
     */
    StepRef find(String name, String phase, String prefix) {
        var anywhere = List.copyOf(alone.getOrDefault(name, Set.of()));
        return Optional.ofNullable(inFull.get(name))
                .or(() -> Optional.ofNullable(inFull.get(new StepRef(phase, prefix + name).toString())))
                .or(() -> Optional.ofNullable(inFull.get(new StepRef(phase, name).toString())))
                .or(() -> Optional.of(anywhere).filter(it -> it.size() == 1).map(List::getFirst))
                .orElseThrow(() -> new IllegalArgumentException(
                        anywhere.isEmpty()
                                ? "The step "
                                        + Suggestion.unknown(
                                                name, name.indexOf('.') < 0 ? alone.keySet() : inFull.keySet())
                                : "There are several steps '%s'; say which: %s"
                                        .formatted(
                                                name,
                                                anywhere.stream()
                                                        .map(StepRef::toString)
                                                        .collect(joining(", ")))));
    }
}
