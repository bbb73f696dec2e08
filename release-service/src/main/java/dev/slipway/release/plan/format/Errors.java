package dev.slipway.release.plan.format;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** What is wrong, as it is found, each once. */
final class Errors {

    /** The most that are told; a file that is wrong in more ways is another kind of file. */
    static final int MOST = 500;

    private static final Comparator<PlanError> IN_ORDER =
            Comparator.comparingInt(PlanError::line).thenComparingInt(PlanError::column);

    private final Set<PlanError> found = new LinkedHashSet<>();
    private boolean areTooMany;

    /** Ends the reading of a file in which too much is wrong. */
    private static final class TooManyException extends RuntimeException {

        private static final long serialVersionUID = 1;

        private TooManyException() {
            super("Too much is wrong", null, false, false);
        }
    }

    void add(PlanError error) {
        if (found.size() == MOST && !found.contains(error)) {
            areTooMany = true;
            throw new TooManyException();
        }
        found.add(error);
    }

    /** Reads a file to its end, or until too much is wrong: to find all of that could take long. */
    <T> Optional<T> unlessTooMany(Supplier<Optional<T>> reading) {
        try {
            return reading.get();
        } catch (TooManyException e) {
            return Optional.empty();
        }
    }

    boolean none() {
        return found.isEmpty();
    }

    /** All of them in the order of the file. */
    List<PlanError> told() {
        var all = new ArrayList<>(found.stream().sorted(IN_ORDER).toList());
        if (areTooMany) {
            var last = all.getLast();
            all.add(new PlanError("", "There is more that is wrong; mend this first", last.line(), last.column()));
        }
        return all;
    }
}
