package dev.slipway.release.plan.format;

/**
 * One thing wrong with a plan.
 *
 * @param path where, in the plan's terms: {@code phases[2].steps[0].check.expect[0]}
 * @param message what is wrong, and how to mend it
 * @param line the line in the file, from 1
 * @param column the column in the file, from 1
 */
public record PlanError(String path, String message, int line, int column) {

    /** What is wrong, and where in the plan's terms. */
    public String described() {
        return path.isEmpty() ? message : path + ": " + message;
    }
}
