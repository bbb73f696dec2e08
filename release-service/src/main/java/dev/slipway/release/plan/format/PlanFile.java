package dev.slipway.release.plan.format;

import java.util.Optional;
import java.util.function.Function;

/**
 * A plan as it was handed in.
 *
 * @param yaml its text
 * @param format how that is to be read
 * @param environment the one that is meant, if the text has plans for several
 * @param fragments the texts of stored fragments, by the name that {@code uses} says
 */
public record PlanFile(
        String yaml, PlanFormat format, Optional<String> environment, Function<String, Optional<String>> fragments) {

    /** A text that is complete in itself. */
    public static PlanFile of(String yaml) {
        return new PlanFile(yaml, PlanFormat.PRESENT, Optional.empty(), name -> Optional.empty());
    }

    /** The same, for one of its environments. */
    public PlanFile in(String name) {
        return new PlanFile(yaml, format, Optional.of(name), fragments);
    }

    /** The same, in another format. */
    public PlanFile as(PlanFormat other) {
        return new PlanFile(yaml, other, environment, fragments);
    }

    /** The same, with stored fragments. */
    public PlanFile with(Function<String, Optional<String>> stored) {
        return new PlanFile(yaml, format, environment, stored);
    }
}
