package dev.slipway.release.plan.format;

import java.util.regex.Pattern;

/**
 * Lets references such as {@code ${api}} stand unquoted everywhere in a plan, also between the braces of
 * <code>{ http: ${api}/health }</code>, where YAML would take theirs for its own. For the YAML parser they are put in
 * characters of Unicode's private use, one for one, so that lines and columns stay as they are.
 */
final class References {

    private static final Pattern REFERENCE = Pattern.compile("\\$\\{([^{}\\n]*)}");
    private static final String OPEN = "\uE000\uE001";
    private static final String CLOSE = "\uE002";

    private References() {}

    /** The text with the braces of its references hidden. */
    static String hide(String yaml) {
        return REFERENCE.matcher(yaml).replaceAll(OPEN + "$1" + CLOSE);
    }

    /** The text as it was. */
    static String show(String text) {
        return text.replace(OPEN, "${").replace(CLOSE, "}");
    }
}
