package dev.slipway.release.engine;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toMap;

import dev.slipway.event.CheckEvent.Check;
import dev.slipway.event.CheckEvent.HttpCall;
import dev.slipway.event.CheckEvent.Monitor;
import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.Step.Action;
import dev.slipway.release.plan.Step.Awaited;
import dev.slipway.release.plan.Template;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The plan's texts with the values of one release filled in; references to secrets stay as they are. */
final class Filling {

    private final Plan plan;
    private final Map<String, String> values = new LinkedHashMap<>();

    Filling(Plan plan, Release release) {
        this.plan = plan;
        plan.vars().forEach((name, value) -> {
            values.put(name, value);
            values.put("vars." + name, value);
        });
        values.put("release.id", release.id().toString());
        values.put("release.version", release.version());
        values.put("release.commit", release.commit().orElse(""));
    }

    String text(String text) {
        return Template.fill(text, values);
    }

    @SuppressWarnings("unchecked") // Filling keeps the shape.
    Map<String, Object> settings(Map<String, Object> with) {
        return (Map<String, Object>) Template.fill(with, this::text);
    }

    Check check(Check check) {
        return new Check(
                check.http().map(this::call),
                check.tls().map(this::text),
                check.expect().stream().map(this::text).toList(),
                check.timeout());
    }

    private HttpCall call(HttpCall call) {
        var headers =
                call.headers().entrySet().stream().collect(toMap(Map.Entry::getKey, header -> text(header.getValue())));
        return new HttpCall(
                call.method(), text(call.url()), headers, call.body().map(this::text));
    }

    List<Monitor> monitors(Action.Watch watch) {
        return watch.monitors().stream()
                .map(name -> Optional.ofNullable(plan.monitors().get(name)).orElseThrow())
                .map(it ->
                        new Monitor(it.name(), check(it.check()), it.every(), it.degradedAfter(), it.recoveredAfter()))
                .toList();
    }

    /**
     * How much later than its time a watch may end. A monitor whose last probe failed is probed on until it is degraded
     * or well again, which takes at most twice its threshold.
     */
    Duration lateness(Action.Watch watch) {
        return monitors(watch).stream()
                .map(monitor ->
                        longer(monitor.every(), monitor.check().timeout()).multipliedBy(2L * monitor.degradedAfter()))
                .reduce(Duration.ZERO, Filling::longer);
    }

    private static Duration longer(Duration a, Duration b) {
        return a.compareTo(b) > 0 ? a : b;
    }

    /** Whether an event's data says what is awaited. */
    boolean fits(Awaited awaited, Map<String, Object> data) {
        return awaited.where().entrySet().stream()
                .allMatch(entry -> text(entry.getValue()).equals(textAt(data, entry.getKey())));
    }

    /** What is awaited, for a person to read. */
    String described(Awaited awaited) {
        var where = awaited.where().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(entry -> entry.getKey() + " " + text(entry.getValue()))
                .collect(joining(", "));
        return "the event " + awaited.event() + (where.isEmpty() ? "" : " with " + where);
    }

    /** The text at a path such as {@code data.object.id}. */
    private static @Nullable String textAt(Map<String, Object> data, String path) {
        if (data.containsKey(path)) {
            return String.valueOf(data.get(path));
        }
        Object at = data;
        for (var name : path.split("\\.", -1)) {
            at = at instanceof Map<?, ?> map ? map.get(name) : null;
        }
        return at == null ? null : String.valueOf(at);
    }
}
