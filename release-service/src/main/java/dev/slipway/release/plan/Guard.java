package dev.slipway.release.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * When a step is needed: {@code migration.upgrade}, {@code failed(downgrade-schema) || failed(verify)}.
 *
 * <p>A step's bare name holds when the step was begun, so that it may have had an effect, well or badly. {@code !},
 * {@code &&}, {@code ||} and parentheses combine; {@code &&} binds more tightly than {@code ||}.
 */
public sealed interface Guard {

    /** What became of a step, as far as guards ask. */
    enum Fact {
        /** It was begun. */
        BEGUN,
        /** It ended well. */
        SUCCEEDED,
        /** It was begun and ended badly, or not in its time. */
        FAILED
    }

    /** Holds if that is the fact about the step. */
    record Is(Fact fact, StepRef step) implements Guard {}

    /** Holds if the other does not. */
    record Not(Guard guard) implements Guard {}

    /** Holds if all hold. */
    record And(List<Guard> guards) implements Guard {}

    /** Holds if any holds. */
    record Or(List<Guard> guards) implements Guard {}

    /** Tells a fact about a step. */
    @FunctionalInterface
    interface Facts {
        /** Whether that is so. */
        boolean is(Fact fact, StepRef step);
    }

    /** Whether the step is needed. */
    default boolean holds(Facts facts) {
        return switch (this) {
            case Is is -> facts.is(is.fact(), is.step());
            case Not not -> !not.guard().holds(facts);
            case And and -> and.guards().stream().allMatch(guard -> guard.holds(facts));
            case Or or -> or.guards().stream().anyMatch(guard -> guard.holds(facts));
        };
    }

    /** The steps that it asks after. */
    default Stream<StepRef> steps() {
        return switch (this) {
            case Is is -> Stream.of(is.step());
            case Not not -> not.guard().steps();
            case And and -> and.guards().stream().flatMap(Guard::steps);
            case Or or -> or.guards().stream().flatMap(Guard::steps);
        };
    }

    /** The steps whose failure makes this hold, by themselves or with others. */
    default Stream<StepRef> failures() {
        return switch (this) {
            case Is is -> is.fact() == Fact.FAILED ? Stream.of(is.step()) : Stream.empty();
            case Not not -> Stream.empty();
            case And and -> and.guards().stream().flatMap(Guard::failures);
            case Or or -> or.guards().stream().flatMap(Guard::failures);
        };
    }

    /**
     * Reads a guard.
     *
     * @param step finds the step of a name, or throws {@link IllegalArgumentException}
     * @throws IllegalArgumentException if it cannot be read, with what is wrong
     */
    static Guard parse(String text, Function<String, StepRef> step) {
        return new Parser(text, step).parse();
    }

    /** A parser by recursive descent. */
    final class Parser {

        private static final Pattern TOKEN = Pattern.compile("\\s*(&&|\\|\\||[!()]|[A-Za-z0-9._-]+|\\S)");
        private static final int MAX_DEPTH = 20;

        private final List<String> tokens;
        private final Function<String, StepRef> step;
        private int next;

        private Parser(String text, Function<String, StepRef> step) {
            this.tokens =
                    TOKEN.matcher(text).results().map(match -> match.group(1)).toList();
            this.step = step;
        }

        private Guard parse() {
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
            if (!take("(")) {
                return new Is(Fact.BEGUN, step.apply(name));
            }
            var fact = switch (name) {
                case "failed" -> Fact.FAILED;
                case "succeeded" -> Fact.SUCCEEDED;
                case "begun" -> Fact.BEGUN;
                default ->
                    throw new IllegalArgumentException(
                            "'%s(…)' is unknown; there are failed(…), succeeded(…) and begun(…)".formatted(name));
            };
            var guard = new Is(fact, step.apply(name()));
            expect(")");
            return guard;
        }

        private String name() {
            if (next == tokens.size()
                    || !Character.isLetterOrDigit(tokens.get(next).charAt(0))) {
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
}
