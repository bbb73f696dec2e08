package dev.slipway.release.plan;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Something that a step gave, which others refer to: {@code steps.migration.upgrade.output.revision}.
 *
 * @param path where it stands in what the step gave
 */
public record Output(StepRef step, String path) {

    /** The longest value, in characters; a longer one is as if it had not been given. */
    public static final int MAX_LENGTH = 10_000;

    private static final Pattern FORM = Pattern.compile("steps\\.([^.]+)\\.([^.]+)\\.output\\.(.+)");

    /** The output that a reference in full names, if it names one. */
    public static Optional<Output> of(String reference) {
        var matcher = FORM.matcher(reference);
        return matcher.matches()
                ? Optional.of(new Output(new StepRef(matcher.group(1), matcher.group(2)), matcher.group(3)))
                : Optional.empty();
    }

    @Override
    public String toString() {
        return "steps.%s.output.%s".formatted(step, path);
    }
}
