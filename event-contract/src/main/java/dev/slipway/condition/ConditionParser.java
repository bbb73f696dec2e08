package dev.slipway.condition;

import dev.slipway.condition.Expectation.AnyOf;
import dev.slipway.condition.Expectation.Glob;
import dev.slipway.condition.Expectation.Literal;
import dev.slipway.condition.Expectation.SameAs;
import dev.slipway.condition.Sight.Kind;
import dev.slipway.condition.Sight.Placeholder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Reads conditions. What can never hold, or not as it seems to be meant, is refused with a word on what to write. */
final class ConditionParser {

    private static final int LONGEST = 1_000;
    private static final Pattern PLACEHOLDER = Pattern.compile("\\[([A-Za-z_]+)](.*)");
    private static final Pattern FUNCTION = Pattern.compile("([A-Za-z]+)\\((.*)\\)");
    private static final List<String> PLACEHOLDERS =
            List.of("STATUS", "RESPONSE_TIME", "BODY", "CERTIFICATE_EXPIRATION", "CONNECTED", "IP");

    private final String text;

    private ConditionParser(String text) {
        this.text = text;
    }

    static Condition parse(String text) {
        if (text.isEmpty()) {
            throw new IllegalArgumentException("A condition is empty; write one like [STATUS] == 200");
        }
        if (text.length() > LONGEST) {
            throw new IllegalArgumentException("A condition is longer than %d characters".formatted(LONGEST));
        }
        return new ConditionParser(text).parse();
    }

    private Condition parse() {
        var position = operatorFrom(0);
        if (position < 0) {
            throw error("has no operator; write one of ==, !=, <, <=, >, >= between two sides, as in [STATUS] == 200");
        }
        var operator = Operator.at(text, position)
                .orElseThrow(() -> error("'=' is not an operator; write == for equality, or <= and >="));
        var left = text.substring(0, position).strip();
        var after = position + operator.sign().length();
        var right = text.substring(after).strip();
        if (operatorFrom(after) >= 0) {
            throw error("has two operators; put text that contains one in quotes");
        }
        if (left.isEmpty() || right.isEmpty()) {
            throw error("has nothing on the %s of %s".formatted(left.isEmpty() ? "left" : "right", operator.sign()));
        }
        return looks(left) ? condition(left, operator, right) : condition(right, operator.flipped(), left);
    }

    private Condition condition(String looking, Operator operator, String expected) {
        if (!looks(looking)) {
            throw error("looks at nothing; one side must be one of %s, len() or has(), as in [STATUS] == 200"
                    .formatted(listed()));
        }
        var sight = sight(looking);
        var expectation = looks(expected) ? new SameAs(sight(expected)) : expectation(expected, sight);
        if (!operator.isEquality()) {
            if (expectation instanceof Glob || expectation instanceof AnyOf) {
                throw error("compares pat() or any() by %s; only == and != go with them".formatted(operator.sign()));
            }
            if (sight.kind() == Kind.BOOLEAN) {
                throw error("compares %s, which is true or false, by %s; only == and != go with it"
                        .formatted(sight, operator.sign()));
            }
        }
        return new Condition(text, sight, operator, expectation);
    }

    /** Whether a side looks at the answer, or tries to. */
    private static boolean looks(String side) {
        return PLACEHOLDER.matcher(side).matches() || side.startsWith("len(") || side.startsWith("has(");
    }

    private Sight sight(String side) {
        var function = FUNCTION.matcher(side);
        if (function.matches()) {
            var path = path(function.group(1), function.group(2).strip());
            return function.group(1).equals("len") ? new Sight.Length(path) : new Sight.Has(path);
        }
        var placeholder = PLACEHOLDER.matcher(side);
        if (!placeholder.matches()) {
            throw error("does not close the parenthesis of '%s'".formatted(side));
        }
        var name = placeholder.group(1);
        var path = placeholder.group(2);
        if (name.equals("BODY")) {
            return new Sight.Body(path(path));
        }
        if (name.equals("DNS_RCODE") || name.equals("DOMAIN_EXPIRATION")) {
            throw error("asks for [%s], which Slipway does not look at; it looks at %s".formatted(name, listed()));
        }
        if (!PLACEHOLDERS.contains(name)) {
            var meant = Suggestion.nearest(name.toUpperCase(Locale.ROOT), PLACEHOLDERS.stream())
                    .orElseThrow();
            throw error("asks for [%s], which is unknown; did you mean [%s]? There are %s"
                    .formatted(name, meant, listed()));
        }
        if (!path.isEmpty()) {
            throw error("has '%s' after [%s]; only [BODY] has places in it".formatted(path, name));
        }
        return Placeholder.valueOf(name);
    }

    private BodyPath path(String function, String argument) {
        if (!argument.startsWith("[BODY]")) {
            throw error("has %s(%s); %s() looks at the body, as in %s([BODY].items)"
                    .formatted(function, argument, function, function));
        }
        return path(argument.substring("[BODY]".length()));
    }

    private BodyPath path(String path) {
        try {
            return BodyPath.parse(path);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("The condition '%s': %s".formatted(text, e.getMessage()), e);
        }
    }

    private Expectation expectation(String side, Sight sight) {
        var function = FUNCTION.matcher(side);
        if (!function.matches()) {
            return new Literal(literal(side, sight));
        }
        var argument = function.group(2).strip();
        return switch (function.group(1)) {
            case "pat" -> new Glob(unquoted(argument));
            case "any" -> new AnyOf(choices(argument, sight));
            default ->
                throw error(
                        "has the function %s(), which is unknown; there are len(), has(), pat() and any(). Put text with parentheses in quotes"
                                .formatted(function.group(1)));
        };
    }

    private List<Expectation> choices(String argument, Sight sight) {
        var choices = new ArrayList<Expectation>();
        var start = 0;
        for (var i = 0; i <= argument.length(); i++) {
            if (i == argument.length() || (argument.charAt(i) == ',' && isOutside(argument, i))) {
                var choice = argument.substring(start, i).strip();
                if (choice.isEmpty()) {
                    throw error("has an empty choice in any(); write them like any(200, 204)");
                }
                choices.add(expectation(choice, sight));
                start = i + 1;
            }
        }
        return List.copyOf(choices);
    }

    private Value literal(String side, Sight sight) {
        var isQuoted = !unquoted(side).equals(side);
        if (isQuoted && sight.kind() == Kind.TEXT) {
            return Value.ofText(unquoted(side));
        }
        return switch (sight.kind()) {
            case TEXT -> Value.ofLiteral(side);
            case NUMBER ->
                Value.number(side)
                        .map(Value::ofNumber)
                        .orElseThrow(() -> error("compares %s, which is a number, with '%s'".formatted(sight, side)));
            case DURATION -> Value.number(side).map(Value::ofNumber).orElseGet(() -> duration(side, sight));
            case BOOLEAN -> {
                if (!side.equals("true") && !side.equals("false")) {
                    throw error("compares %s, which is true or false, with '%s'".formatted(sight, side));
                }
                yield Value.ofText(side);
            }
        };
    }

    private Value duration(String side, Sight sight) {
        try {
            return Value.ofDuration(Durations.parse(side), side);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "The condition '%s' compares %s, which is a duration, with '%s'; write it like 300ms, 48h or 14d"
                            .formatted(text, sight, side),
                    e);
        }
    }

    /** The position of the next operator, or of an equals sign that is none, outside of quotes and parentheses; or -1. */
    private int operatorFrom(int start) {
        for (var i = start; i < text.length(); i++) {
            var isOperator = text.charAt(i) == '=' || Operator.at(text, i).isPresent();
            if (isOperator && isOutside(text.substring(start), i - start)) {
                return i;
            }
        }
        return -1;
    }

    /** Whether a position is neither in quotes nor in parentheses. */
    private static boolean isOutside(String text, int position) {
        var depth = 0;
        var quote = '\0';
        for (var i = 0; i < position; i++) {
            var it = text.charAt(i);
            if (quote != '\0') {
                quote = it == quote ? '\0' : quote;
            } else if (it == '"') {
                quote = it;
            } else if (it == '(') {
                depth++;
            } else if (it == ')') {
                depth--;
            }
        }
        return depth <= 0 && quote == '\0';
    }

    private static String unquoted(String text) {
        return text.length() >= 2 && text.startsWith("\"") && text.endsWith("\"")
                ? text.substring(1, text.length() - 1)
                : text;
    }

    private static String listed() {
        return "[" + String.join("], [", PLACEHOLDERS) + "]";
    }

    private IllegalArgumentException error(String what) {
        return new IllegalArgumentException("The condition '%s' %s".formatted(text, what));
    }
}
