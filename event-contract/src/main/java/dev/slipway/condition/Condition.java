package dev.slipway.condition;

import dev.slipway.condition.Expectation.AnyOf;
import dev.slipway.condition.Expectation.Glob;
import dev.slipway.condition.Expectation.Literal;
import dev.slipway.condition.Expectation.SameAs;
import dev.slipway.condition.Sight.NothingSeenException;

/**
 * Something that must hold of an answer, in <a href="https://github.com/TwiN/gatus#conditions">Gatus's language</a>.
 *
 * <p>Two sides and {@code ==}, {@code !=}, {@code <}, {@code <=}, {@code >} or {@code >=} between them. What is looked
 * at:
 *
 * <ul>
 *   <li>{@code [STATUS]}, {@code [CONNECTED]} ({@code true} or {@code false}), {@code [IP]};
 *   <li>{@code [RESPONSE_TIME]} and {@code [CERTIFICATE_EXPIRATION]}, compared with a duration ({@code 300ms},
 *       {@code 14d}) or a number of milliseconds;
 *   <li>{@code [BODY]}, the text, or a place in its JSON: {@code [BODY].items[0].name}, or, beyond Gatus,
 *       {@code [BODY].items[name:"web"].state} of the first item whose {@code name} is that;
 *   <li>{@code len([BODY].items)}, {@code has([BODY].error)}.
 * </ul>
 *
 * What is expected is a value, {@code pat(UP*)} with {@code *} and {@code ?}, or {@code any(200, 204)}. Text needs no
 * quotes, but may have them.
 *
 * <p>Numbers compare as numbers, all else as text. What is not there satisfies no condition but one on {@code has()}.
 */
public final class Condition {

    private final String text;
    private final Sight sight;
    private final Operator operator;
    private final Expectation expectation;

    Condition(String text, Sight sight, Operator operator, Expectation expectation) {
        this.text = text;
        this.sight = sight;
        this.operator = operator;
        this.expectation = expectation;
    }

    /**
     * Reads a condition.
     *
     * @throws IllegalArgumentException if it is not one; the message says what is wrong, and what is allowed
     */
    public static Condition parse(String text) {
        return ConditionParser.parse(text.strip());
    }

    /** The condition as it was written. */
    public String text() {
        return text;
    }

    /** Tells whether it holds; whatever was seen, it does not throw. */
    public Outcome evaluate(Observation observation) {
        try {
            var seen = sight.in(observation);
            return new Outcome(text, holds(seen, observation), seen.shown());
        } catch (NothingSeenException e) {
            return new Outcome(text, false, String.valueOf(e.getMessage()));
        }
    }

    private boolean holds(Value seen, Observation observation) throws NothingSeenException {
        return switch (operator) {
            case EQUAL -> expectation.isMetBy(seen, observation);
            case NOT_EQUAL -> !expectation.isMetBy(seen, observation);
            case LESS, GREATER, AT_MOST, AT_LEAST ->
                operator.holds(seen.compareTo(
                        switch (expectation) {
                            case Literal(var value) -> value;
                            case SameAs(var other) -> other.in(observation);
                            case Glob _, AnyOf _ ->
                                throw new IllegalStateException("The parser lets these have no order");
                        }));
        };
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Condition it && it.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
