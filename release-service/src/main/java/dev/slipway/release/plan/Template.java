package dev.slipway.release.plan;

import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Texts with references: {@code ${api}} or {@code ${vars.api}} for a plan's variable, {@code ${release.version}} for
 * the release, {@code ${secrets.NAME}} for a secret, which stays a reference until the moment of its use.
 */
public final class Template {

    private static final Pattern REFERENCE = Pattern.compile("\\$\\{([^}]*)}");
    private static final Pattern SECRET = Pattern.compile("secrets\\.([A-Z][A-Z0-9_]*)");

    private Template() {}

    /** Every reference in a text, without its braces. */
    public static List<String> references(String text) {
        return REFERENCE.matcher(text).results().map(match -> match.group(1)).toList();
    }

    /** Whether a reference is to a secret. */
    public static boolean isSecret(String reference) {
        return SECRET.matcher(reference).matches();
    }

    /** Puts values in place of references; those without a value, secrets among them, stay. */
    public static String fill(String text, Map<String, String> values) {
        return text.indexOf('$') < 0
                ? text
                : REFERENCE
                        .matcher(text)
                        .replaceAll(match -> quoted(values.getOrDefault(match.group(1), match.group())));
    }

    /** Puts secrets in place of references to them. */
    public static String fillSecrets(String text, UnaryOperator<String> secret) {
        return REFERENCE.matcher(text).replaceAll(match -> quoted(secretOr(match, secret)));
    }

    /** Puts values in place of references in all texts of a JSON-like value. */
    public static Object fill(Object value, UnaryOperator<String> fill) {
        return switch (value) {
            case String text -> fill.apply(text);
            case List<?> list -> list.stream().map(item -> fill(item, fill)).toList();
            case Map<?, ?> map ->
                map.entrySet().stream()
                        .collect(Collectors.toUnmodifiableMap(
                                entry -> String.valueOf(entry.getKey()), entry -> fill(entry.getValue(), fill)));
            default -> value;
        };
    }

    private static String secretOr(MatchResult match, UnaryOperator<String> secret) {
        var reference = SECRET.matcher(match.group(1));
        return reference.matches() ? secret.apply(reference.group(1)) : match.group();
    }

    private static String quoted(String text) {
        return Matcher.quoteReplacement(text);
    }
}
