package dev.slipway.condition;

import java.util.Arrays;
import java.util.Optional;

/** How the two sides of a condition compare. */
enum Operator {
    // The longer ones first: reading takes the first that fits.
    EQUAL("=="),
    NOT_EQUAL("!="),
    AT_MOST("<="),
    AT_LEAST(">="),
    LESS("<"),
    GREATER(">");

    private final String sign;

    Operator(String sign) {
        this.sign = sign;
    }

    static Optional<Operator> at(String text, int position) {
        return Arrays.stream(values())
                .filter(it -> text.startsWith(it.sign, position))
                .findFirst();
    }

    String sign() {
        return sign;
    }

    /** Whether it only asks if two values are the same. */
    boolean isEquality() {
        return this == EQUAL || this == NOT_EQUAL;
    }

    /** The operator that says the same when the sides are exchanged. */
    Operator flipped() {
        return switch (this) {
            case EQUAL, NOT_EQUAL -> this;
            case LESS -> GREATER;
            case GREATER -> LESS;
            case AT_MOST -> AT_LEAST;
            case AT_LEAST -> AT_MOST;
        };
    }

    /** @param comparison negative, zero or positive, as by {@link Comparable} */
    boolean holds(int comparison) {
        return switch (this) {
            case EQUAL -> comparison == 0;
            case NOT_EQUAL -> comparison != 0;
            case LESS -> comparison < 0;
            case GREATER -> comparison > 0;
            case AT_MOST -> comparison <= 0;
            case AT_LEAST -> comparison >= 0;
        };
    }
}
