package dev.slipway.release.plan;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Texts with references: {@code ${api}} or {@code ${vars.api}} for a plan's variable, {@code ${inputs.strategy}} for
 * what was said when the release was asked for, {@code ${release.version}} for the release, {@code
 * ${steps.upgrade.output.revision}} for what a step gave, {@code ${secrets.NAME}} for a secret, which stays a reference
 * until the moment of its use.
 */
public final class Template {

    private static final Pattern REFERENCE = Pattern.compile("\\$\\{([^}]*)}");
    private static final Pattern SECRET = Pattern.compile("secrets\\.([A-Z][A-Z0-9_]*)");

    private Template() {}

    /** Every reference in a text, without its braces. */
    public static List<String> references(String text) {
        return REFERENCE
                .matcher(text.substring(0, end(text)))
                .results()
                .map(match -> match.group(1))
                .toList();
    }

    /** The name of the secret that a reference is to, if it is to one. */
    public static Optional<String> secret(String reference) {
        var matcher = SECRET.matcher(reference);
        return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    /** The names of the secrets that the texts of a JSON-like value refer to. */
    public static Stream<String> secrets(Object value) {
        return switch (value) {
            case String text -> references(text).stream().flatMap(it -> secret(it).stream());
            case Collection<?> items -> items.stream().flatMap(Template::secrets);
            case Map<?, ?> map -> secrets(map.values());
            default -> Stream.empty();
        };
    }

    /** Whether no part of a text can be taken for a reference, not even beside another text. */
    public static boolean isPlain(String text) {
        return !text.contains("${") && !text.endsWith("$");
    }

    /** Puts values in place of references; those without a value, secrets among them, stay. */
    public static String fill(String text, Function<String, Optional<String>> values) {
        return text.indexOf('$') < 0
                ? text
                : REFERENCE
                                .matcher(text.substring(0, end(text)))
                                .replaceAll(match -> Matcher.quoteReplacement(
                                        values.apply(match.group(1)).orElse(match.group())))
                        + text.substring(end(text));
    }

    /** Where the last reference must have ended: whoever looks for its end beyond, looks again at every beginning. */
    private static int end(String text) {
        return text.lastIndexOf('}') + 1;
    }

    /** Puts secrets in place of references to them. */
    public static String fillSecrets(String text, UnaryOperator<String> secrets) {
        return fill(text, reference -> secret(reference).map(secrets));
    }

    /** Puts values in place of references in all texts of a JSON-like value. */
    public static Object fillAll(Object value, UnaryOperator<String> fill) {
        return switch (value) {
            case String text -> fill.apply(text);
            case List<?> list -> list.stream().map(item -> fillAll(item, fill)).toList();
            case Map<?, ?> map ->
                map.entrySet().stream()
                        .collect(Collectors.toUnmodifiableMap(
                                entry -> String.valueOf(entry.getKey()), entry -> fillAll(entry.getValue(), fill)));
            default -> value;
        };
    }
}
