package dev.slipway.probe.watch;

import dev.slipway.event.Evidence;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** What is told of a watch when it ends. */
final class WatchReport {

    private WatchReport() {}

    /** @param monitors the last states by the monitors' names */
    static Evidence of(Map<String, MonitorState> monitors) {
        var details = new LinkedHashMap<String, Object>();
        monitors.forEach((name, state) -> details.put(name, of(state)));
        return new Evidence(summary(monitors), Map.of("monitors", details));
    }

    private static String summary(Map<String, MonitorState> monitors) {
        if (monitors.isEmpty()) {
            return "The watch had no monitors";
        }
        var degraded = monitors.entrySet().stream()
                .filter(monitor -> monitor.getValue().health() == Health.DEGRADED)
                .map(monitor -> monitor.getKey()
                        + monitor.getValue()
                                .last()
                                .map(last -> " (%s)".formatted(last.summary()))
                                .orElse(""))
                .collect(Collectors.joining("; "));
        var tally = "%d of %d probes failed"
                .formatted(
                        monitors.values().stream()
                                .mapToLong(MonitorState::failures)
                                .sum(),
                        monitors.values().stream()
                                .mapToLong(MonitorState::probes)
                                .sum());
        return degraded.isEmpty()
                ? "No monitor is degraded: %s; %s".formatted(String.join(", ", monitors.keySet()), tally)
                : "Degraded: %s; %s".formatted(degraded, tally);
    }

    private static Map<String, Object> of(MonitorState state) {
        var report = new LinkedHashMap<String, Object>();
        report.put("health", state.health());
        report.put("probes", state.probes());
        report.put("failures", state.failures());
        state.slowest().map(Duration::toMillis).ifPresent(millis -> report.put("slowestMs", millis));
        state.last().ifPresent(last -> {
            report.put("lastPassed", last.passed());
            report.put("lastOutcome", last.summary());
            report.put("lastAt", last.at());
        });
        return report;
    }
}
