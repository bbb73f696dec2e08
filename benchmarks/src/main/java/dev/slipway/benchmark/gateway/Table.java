package dev.slipway.benchmark.gateway;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Figures as they came out, and whether they are what they should be. */
final class Table {

    private final List<String> lines = new ArrayList<>();
    private boolean holds = true;

    void add(String name, double value, String remark) {
        add(name, number(value), remark);
    }

    void add(String name, String value, String remark) {
        lines.add("| %s | %s | %s |".formatted(name, value, remark));
    }

    /** @param relation {@code <=} or {@code >=} */
    void goal(String name, double value, String relation, double goal) {
        var met = relation.equals("<=") ? value <= goal : value >= goal;
        holds &= met;
        add(
                name,
                number(value),
                "%s %s: %s".formatted(relation.equals("<=") ? "≤" : "≥", number(goal), met ? "met" : "**missed**"));
    }

    boolean holds() {
        return holds;
    }

    String asMarkdown() {
        return "| figure | value | goal |\n|---|---|---|\n" + String.join("\n", lines);
    }

    private static String number(double value) {
        if (value >= 100 || value == Math.rint(value)) {
            return String.format(Locale.ROOT, "%,.0f", value);
        }
        return String.format(Locale.ROOT, "%.2f", value);
    }
}
