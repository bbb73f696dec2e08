package dev.slipway.release.plan.format;

import java.util.Arrays;

/**
 * How a plan's text is to be read. A plan keeps the meaning that it had when it was stored, so that a release that is
 * under way, and the replay of an old one, do not change with an upgrade.
 */
public enum PlanFormat {
    /** Slipway 0.1: a step that does not say what it needs, needs the one above it. */
    FIRST(1),
    /** A step needs the one above it if no step of its phase says what it needs. */
    PRESENT(2);

    private final int number;

    PlanFormat(int number) {
        this.number = number;
    }

    /** The number under which it is stored. */
    public int number() {
        return number;
    }

    /**
     * The format that has a number.
     *
     * @throws IllegalArgumentException if none has; a newer Slipway stored it then
     */
    public static PlanFormat of(int number) {
        return Arrays.stream(values())
                .filter(format -> format.number == number)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "This Slipway does not know the format %d of plans; a newer one stored it".formatted(number)));
    }
}
