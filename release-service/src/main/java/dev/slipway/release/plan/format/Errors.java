package dev.slipway.release.plan.format;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** What is wrong, as it is found. */
final class Errors {

    /** The most that are told; a file that is wrong in more ways is another kind of file. */
    static final int MOST = 500;

    private final List<PlanError> found = new ArrayList<>();

    void add(PlanError error) {
        found.add(error);
    }

    boolean none() {
        return found.isEmpty();
    }

    /** All of them in the order of the file, each once. */
    List<PlanError> told() {
        var all = found.stream()
                .distinct()
                .sorted(Comparator.comparingInt(PlanError::line).thenComparingInt(PlanError::column))
                .toList();
        if (all.size() <= MOST) {
            return all;
        }
        var last = all.get(MOST - 1);
        var more = new PlanError(
                "", "There are %d more errors from here on".formatted(all.size() - MOST), last.line(), last.column());
        return Stream.concat(all.stream().limit(MOST), Stream.of(more)).toList();
    }
}
