package dev.slipway.release.plan;

import dev.slipway.condition.Condition;
import dev.slipway.release.plan.Guard.And;
import dev.slipway.release.plan.Guard.Fact;
import dev.slipway.release.plan.Guard.Fulfils;
import dev.slipway.release.plan.Guard.Is;
import dev.slipway.release.plan.Guard.Names;
import dev.slipway.release.plan.Guard.Not;
import dev.slipway.release.plan.Guard.Or;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Reads guards, by recursive descent. */
final class GuardParser {

    private static final Pattern TOKEN =
            Pattern.compile("\\s*(&&|\\|\\||==|!=|<=|>=|\"[^\"]*\"|[^\\s&|!()<>=,\"]+|\\S)");
    private static final Set<String> OPERATORS = Set.of("==", "!=", "<", "<=", ">", ">=");
    private static final String IS_TRUE = "== true";
    private static final int MAX_DEPTH = 20;

    private final String text;
    private final List<String> tokens = new ArrayList<>();
    private final List<Integer> places = new ArrayList<>();
    private final Names names;
    private int next;

    GuardParser(String text, Names names) {
        this.text = text.strip();
        this.names = names;
        TOKEN.matcher(this.text).results().forEach(match -> {
            tokens.add(match.group(1));
            places.add(match.start(1));
        });
    }

    Guard parse() {
        var guard = or(0);
        if (next < tokens.size()) {
            throw new IllegalArgumentException("'%s' is not expected there".formatted(tokens.get(next)));
        }
        return guard;
    }

    private Guard or(int depth) {
        var guards = new ArrayList<>(List.of(and(depth)));
        while (take("||")) {
            guards.add(and(depth));
        }
        return guards.size() == 1 ? guards.getFirst() : new Or(List.copyOf(guards));
    }

    private Guard and(int depth) {
        var guards = new ArrayList<>(List.of(not(depth)));
        while (take("&&")) {
            guards.add(not(depth));
        }
        return guards.size() == 1 ? guards.getFirst() : new And(List.copyOf(guards));
    }

    private Guard not(int depth) {
        if (depth > MAX_DEPTH) {
            throw new IllegalArgumentException("It is nested more than %d deep".formatted(MAX_DEPTH));
        }
        if (take("!")) {
            return new Not(not(depth + 1));
        }
        if (take("(")) {
            var guard = or(depth + 1);
            expect(")");
            return guard;
        }
        var name = name();
        if (take("(")) {
            var guard = new Is(fact(name), names.step(name()));
            expect(")");
            return guard;
        }
        return next < tokens.size() && OPERATORS.contains(tokens.get(next))
                ? comparison(name, tokens.get(next++))
                : alone(name);
    }

    private static Fact fact(String name) {
        return Arrays.stream(Fact.values())
                .filter(fact -> shown(fact).equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("'%s(…)' is unknown; there are %s"
                        .formatted(
                                name,
                                Arrays.stream(Fact.values())
                                        .map(fact -> shown(fact) + "(…)")
                                        .collect(Collectors.joining(", ")))));
    }

    /** A fact as plans say it. */
    static String shown(Fact fact) {
        return fact.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** A step that was begun, or a value that is true. */
    private Guard alone(String name) {
        return names.value(name)
                .<Guard>map(value -> new Fulfils(value, condition(value, IS_TRUE)))
                .orElseGet(() -> new Is(Fact.BEGUN, names.step(name)));
    }

    private Guard comparison(String name, String operator) {
        var value = names.value(name)
                .orElseThrow(() -> new IllegalArgumentException(
                        "'%s' is no value; there are inputs.…, vars.…, release.… and steps.….output.…"
                                .formatted(name)));
        return new Fulfils(value, condition(value, operator + " " + expected()));
    }

    private static Condition condition(String value, String expected) {
        try {
            return Condition.parse("[BODY] " + expected);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(String.valueOf(e.getMessage()).replace("[BODY]", value), e);
        }
    }

    /** One word, a text in quotes, or {@code any(…)} and {@code pat(…)}. */
    private String expected() {
        if (next == tokens.size() || tokens.get(next).matches("[&|()!]+")) {
            throw new IllegalArgumentException("What it is compared with is missing %s".formatted(place()));
        }
        var word = tokens.get(next++);
        if (!take("(")) {
            return word;
        }
        var from = next;
        while (!take(")")) {
            if (next == tokens.size()) {
                throw new IllegalArgumentException("')' is missing at the end");
            }
            next++;
        }
        return "%s(%s)".formatted(word, text.substring(places.get(from), places.get(next - 1)));
    }

    private String name() {
        if (next == tokens.size() || !tokens.get(next).matches("(?:\\$\\{|[\\p{L}\\p{Nd}_]).*")) {
            throw new IllegalArgumentException("The name of a step is missing %s".formatted(place()));
        }
        return tokens.get(next++);
    }

    private boolean take(String token) {
        if (next < tokens.size() && tokens.get(next).equals(token)) {
            next++;
            return true;
        }
        return false;
    }

    private void expect(String token) {
        if (!take(token)) {
            throw new IllegalArgumentException("'%s' is missing %s".formatted(token, place()));
        }
    }

    private String place() {
        return next < tokens.size() ? "before '%s'".formatted(tokens.get(next)) : "at the end";
    }
}
