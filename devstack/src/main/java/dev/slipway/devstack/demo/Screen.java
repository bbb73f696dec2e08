package dev.slipway.devstack.demo;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Shows a release as it goes: on a terminal one picture that is redrawn in place, elsewhere a line for each change.
 */
final class Screen {

    private static final int STEP_WIDTH = 34;
    private static final int TEXT_WIDTH = 76;

    private final PrintStream out;
    private final Clock clock;
    private final boolean terminal;
    private final Map<String, String> shown = new HashMap<>();
    private int drawn;

    /** @param terminal whether lines can be drawn over, and coloured */
    Screen(PrintStream out, Clock clock, boolean terminal) {
        this.out = out;
        this.clock = clock;
        this.terminal = terminal;
    }

    /** Prints a heading. */
    void heading(String text) {
        out.println();
        out.println(bold(text));
        shown.clear();
        drawn = 0;
    }

    /** Prints a line. */
    void line(String text) {
        out.println(text);
    }

    /** Shows a status. */
    void show(JsonNode status) {
        if (terminal) {
            draw(status);
        } else {
            tell(status);
        }
        out.flush();
    }

    // ---- on a terminal ----

    private void draw(JsonNode status) {
        var lines = picture(status);
        var text = new StringBuilder();
        if (drawn > 0) {
            text.append("\033[").append(drawn).append('A');
        }
        lines.forEach(line -> text.append("\033[2K").append(line).append('\n'));
        // A picture that has become shorter leaves nothing of the old one.
        text.append("\033[J");
        drawn = lines.size();
        out.print(text);
    }

    private List<String> picture(JsonNode status) {
        var lines = new ArrayList<String>();
        lines.add("  %s  %s  %s"
                .formatted(
                        bold("%s/%s %s"
                                .formatted(
                                        status.path("application").asText(),
                                        status.path("environment").asText(),
                                        status.path("version").asText())),
                        coloured(
                                status.path("state").asText(),
                                status.path("state").asText()),
                        dim(elapsed(status))));
        for (var phase : status.path("phases")) {
            lines.add("  %s %-16s %s"
                    .formatted(glyph(phase), phase.path("name").asText(), dim(took(phase) + names(phase))));
            if (isOpen(phase)) {
                phase.path("steps").forEach(step -> lines.add(stepLine(step)));
            }
        }
        if (status.hasNonNull("rollback")) {
            lines.add("  %s %s %s"
                    .formatted(
                            coloured("ROLLING_BACK", "↩"),
                            bold("the way back"),
                            dim(cut(status.path("rollback").path("reason").asText()))));
            status.path("rollback").path("steps").forEach(step -> lines.add(stepLine(step)));
        }
        for (var waiting : status.path("waitingFor")) {
            lines.add(dim("  awaiting %s%s".formatted(cut(waiting.path("what").asText()), until(waiting))));
        }
        return lines;
    }

    private String stepLine(JsonNode step) {
        return "      %s %s %s"
                .formatted(
                        glyph(step),
                        padded(step.path("name").asText()),
                        dim(took(step)
                                + cut(step.path("evidence").path("summary").asText(""))));
    }

    private static boolean isOpen(JsonNode phase) {
        return switch (phase.path("state").asText()) {
            case "RUNNING", "WAITING", "FAILED", "TIMED_OUT" -> true;
            default -> false;
        };
    }

    private static String names(JsonNode phase) {
        var names = new ArrayList<String>();
        phase.path("steps").forEach(step -> names.add(step.path("name").asText()));
        return isOpen(phase) ? "" : cut(String.join(", ", names));
    }

    // ---- elsewhere ----

    private void tell(JsonNode status) {
        var ended = status.hasNonNull("endedAt");
        if (!ended) {
            tellState(status);
        }
        for (var phase : status.path("phases")) {
            phase.path("steps").forEach(step -> tell(phase.path("name").asText(), step));
        }
        status.path("rollback").path("steps").forEach(step -> tell("rollback", step));
        if (ended) {
            tellState(status);
        }
    }

    private void tellState(JsonNode status) {
        changed(
                "release",
                status.path("state").asText(),
                () -> "%s %s %s"
                        .formatted(
                                now(),
                                padded("%s/%s %s"
                                        .formatted(
                                                status.path("application").asText(),
                                                status.path("environment").asText(),
                                                status.path("version").asText())),
                                status.path("state").asText() + reason(status)));
    }

    private void tell(String phase, JsonNode step) {
        var name = phase + "." + step.path("name").asText();
        var state = step.path("state").asText();
        if (!state.equals("PENDING")) {
            changed(name, state, () -> {
                var detail = step.hasNonNull("waitingFor")
                        ? "awaiting %s%s"
                                .formatted(
                                        step.path("waitingFor").path("what").asText(), until(step.path("waitingFor")))
                        : took(step) + step.path("evidence").path("summary").asText("");
                return "%s   %s %-9s %s"
                        .formatted(now(), padded(name), state, detail)
                        .stripTrailing();
            });
        }
    }

    private void changed(String what, String state, Supplier<String> line) {
        if (!state.equals(shown.put(what, state))) {
            out.println(line.get());
        }
    }

    private static String reason(JsonNode status) {
        return status.hasNonNull("reason") ? ": " + status.path("reason").asText() : "";
    }

    // ---- words ----

    private String glyph(JsonNode step) {
        var state = step.path("state").asText();
        return coloured(
                state,
                switch (state) {
                    case "SUCCEEDED" -> "✔";
                    case "FAILED", "TIMED_OUT" -> "✘";
                    case "RUNNING" -> "●";
                    case "WAITING" -> "◐";
                    case "SKIPPED", "CANCELLED" -> "–";
                    default -> "○";
                });
    }

    private String took(JsonNode part) {
        if (!part.hasNonNull("startedAt")) {
            return "";
        }
        var end =
                part.hasNonNull("endedAt") ? Instant.parse(part.path("endedAt").asText()) : clock.instant();
        return seconds(Duration.between(Instant.parse(part.path("startedAt").asText()), end)) + "  ";
    }

    private String elapsed(JsonNode status) {
        return took(status).strip();
    }

    /** Seconds as people say them: {@code 1.2 s}. */
    static String seconds(Duration duration) {
        return "%.1f s".formatted(Math.max(0, duration.toMillis()) / 1000.0);
    }

    private static String until(JsonNode waiting) {
        return waiting.hasNonNull("until")
                ? ", until %s"
                        .formatted(waiting.path("until")
                                .asText()
                                .replaceFirst("\\..*", "")
                                .replace('T', ' '))
                : "";
    }

    private String now() {
        return clock.instant().toString().substring(11, 19);
    }

    private static String padded(String text) {
        return text.length() >= STEP_WIDTH ? text : text + " ".repeat(STEP_WIDTH - text.length());
    }

    private static String cut(String text) {
        return text.length() <= TEXT_WIDTH ? text : text.substring(0, TEXT_WIDTH - 1) + "…";
    }

    private String bold(String text) {
        return terminal ? "\033[1m" + text + "\033[0m" : text;
    }

    private String dim(String text) {
        return terminal ? "\033[2m" + text + "\033[0m" : text;
    }

    private String coloured(String state, String text) {
        var colour = switch (state) {
            case "SUCCEEDED", "ROLLED_BACK" -> 32;
            case "FAILED", "TIMED_OUT", "ROLLBACK_FAILED", "ABORTED" -> 31;
            case "RUNNING", "WAITING", "ROLLING_BACK", "PAUSED" -> 33;
            default -> 2;
        };
        return terminal ? "\033[%dm%s\033[0m".formatted(colour, text) : text;
    }
}
