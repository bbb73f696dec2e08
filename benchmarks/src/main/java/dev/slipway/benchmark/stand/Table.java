package dev.slipway.benchmark.stand;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Figures as they came out, and whether they are what they should be. */
public final class Table {

    private final List<String> lines = new ArrayList<>();
    private boolean holds = true;

    public void add(String name, double value, String remark) {
        add(name, number(value), remark);
    }

    /** Adds a line, and prints it at once: a run that is cut short has shown what it measured. */
    public void add(String name, String value, String remark) {
        System.out.printf("  %s: %s %s%n", name, value, remark);
        lines.add("| %s | %s | %s |".formatted(name, value, remark));
    }

    /** @param relation {@code <=} or {@code >=} */
    public void goal(String name, double value, String relation, double goal) {
        var met = relation.equals("<=") ? value <= goal : value >= goal;
        holds &= met;
        add(
                name,
                number(value),
                "%s %s: %s".formatted(relation.equals("<=") ? "≤" : "≥", number(goal), met ? "met" : "**missed**"));
    }

    /** Whether every goal is met. */
    public boolean holds() {
        return holds;
    }

    /** Prints it, and the machine that all figures depend on. */
    public void show() throws IOException {
        System.out.println();
        System.out.println(Machine.describe());
        System.out.println();
        System.out.println("| figure | value | goal |\n|---|---|---|\n" + String.join("\n", lines));
    }

    private static String number(double value) {
        if (value >= 100 || value == Math.rint(value)) {
            return String.format(Locale.ROOT, "%,.0f", value);
        }
        return String.format(Locale.ROOT, "%.2f", value);
    }
}
