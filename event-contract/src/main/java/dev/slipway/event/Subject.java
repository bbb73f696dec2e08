package dev.slipway.event;

import java.util.regex.Pattern;

/**
 * An application in an environment, {@code solacore/production}: the key of every release and health event. At most
 * one release is active in it.
 *
 * @param application what is released
 * @param environment where it is released
 */
public record Subject(String application, String environment) {

    /** What either name may be: it stands in URLs, record keys and file names. */
    public static final Pattern NAME = Pattern.compile("[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?");

    /**
     * @throws IllegalArgumentException if a name does not match {@link #NAME}
     */
    public Subject {
        requireName("application", application);
        requireName("environment", environment);
    }

    /**
     * Reads the form {@code application/environment}.
     *
     * @throws IllegalArgumentException if it is not of that form
     */
    public static Subject parse(String text) {
        var slash = text.indexOf('/');
        if (slash < 0) {
            throw new IllegalArgumentException("'%s' is not of the form application/environment".formatted(text));
        }
        return new Subject(text.substring(0, slash), text.substring(slash + 1));
    }

    @Override
    public String toString() {
        return application + "/" + environment;
    }

    private static void requireName(String what, String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "The %s '%s' must be 1 to 63 lower-case letters, digits, dots, dashes or underscores, and begin and end with a letter or digit"
                            .formatted(what, name));
        }
    }
}
