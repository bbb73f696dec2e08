package dev.slipway.condition;

import dev.slipway.condition.Sight.NothingSeenException;
import java.util.List;

/** The side of a condition that says what is expected. */
sealed interface Expectation {

    /** One value. */
    record Literal(Value value) implements Expectation {}

    /** A text with {@code *} for any characters and {@code ?} for one. */
    record Glob(String pattern) implements Expectation {

        boolean matches(String text) {
            // Goes back to the last star only, so a hostile body cannot make it slow.
            int t = 0;
            int p = 0;
            int star = -1;
            int resume = 0;
            while (t < text.length()) {
                if (p < pattern.length() && pattern.charAt(p) == '*') {
                    star = p++;
                    resume = t;
                } else if (p < pattern.length() && (pattern.charAt(p) == '?' || pattern.charAt(p) == text.charAt(t))) {
                    p++;
                    t++;
                } else if (star >= 0) {
                    p = star + 1;
                    t = ++resume;
                } else {
                    return false;
                }
            }
            return pattern.substring(p).chars().allMatch(it -> it == '*');
        }
    }

    /** Any of several. */
    record AnyOf(List<Expectation> choices) implements Expectation {}

    /** What is seen elsewhere in the same answer. */
    record SameAs(Sight sight) implements Expectation {}

    /** Whether a value is what is expected. */
    default boolean isMetBy(Value seen, Observation observation) throws NothingSeenException {
        return switch (this) {
            case Literal(var value) -> seen.is(value);
            case Glob glob -> glob.matches(seen.text());
            case SameAs(var sight) -> seen.is(sight.in(observation));
            case AnyOf(var choices) -> {
                for (var choice : choices) {
                    if (choice.isMetBy(seen, observation)) {
                        yield true;
                    }
                }
                yield false;
            }
        };
    }
}
