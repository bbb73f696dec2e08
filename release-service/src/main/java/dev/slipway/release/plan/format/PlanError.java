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

    /** A file may say one name as long as itself; nobody reads that again in an error, let alone in many. */
    private static final int LONGEST = 2_000;

    public PlanError {
        path = shortened(path);
        message = shortened(message);
    }

    private static String shortened(String text) {
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
    }

    /** What is wrong, and where in the plan's terms. */
    public String described() {
        return path.isEmpty() ? message : path + ": " + message;
    }
}
