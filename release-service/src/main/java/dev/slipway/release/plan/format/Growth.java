package dev.slipway.release.plan.format;

import dev.slipway.release.plan.DeclaredInput;
import dev.slipway.release.plan.Output;
import java.util.HashMap;
import java.util.Map;

/**
 * How long a plan's texts become when the values are put in that they refer to: a small file could say a long variable
 * again and again.
 */
final class Growth {

    /** The most characters that all values in all texts may have. */
    static final int MOST = 10 * PlanText.MAX_LENGTH;

    private final Map<String, Integer> lengths = new HashMap<>();
    private long total;

    /** Notes how long a variable is with all that it refers to. */
    void variable(String name, int length) {
        lengths.put(name, length);
        lengths.put("vars." + name, length);
    }

    /** Notes that a text refers to a value; what is not known before may be as long as it is allowed to be. */
    void reference(String name) {
        total += lengths.getOrDefault(name, most(name));
    }

    private static int most(String name) {
        if (name.startsWith("inputs.")) {
            return DeclaredInput.MAX_LENGTH;
        }
        return name.startsWith("steps.") ? Output.MAX_LENGTH : 0;
    }

    boolean isTooMuch() {
        return total > MOST;
    }
}
