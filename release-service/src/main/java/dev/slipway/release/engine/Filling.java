package dev.slipway.release.engine;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toMap;

import dev.slipway.event.CheckEvent.Check;
import dev.slipway.event.CheckEvent.HttpCall;
import dev.slipway.event.CheckEvent.Monitor;
import dev.slipway.release.plan.Output;
import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.Plan.Level;
import dev.slipway.release.plan.Step;
import dev.slipway.release.plan.Step.Action;
import dev.slipway.release.plan.Step.Awaited;
import dev.slipway.release.plan.Template;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** The plan's texts with the values of one release filled in; references to secrets stay as they are. */
final class Filling {

    private final Plan plan;
    private final Function<Output, Optional<String>> outputs;
    private final Map<String, String> values = new HashMap<>();

    /** @param outputs what steps gave by now */
    Filling(Plan plan, Release release, Function<Output, Optional<String>> outputs) {
        this.plan = plan;
        this.outputs = outputs;
        values.put("release.id", release.id().toString());
        values.put("release.version", release.version());
        values.put("release.commit", release.commit().orElse(""));
        values.put("release.application", release.subject().application());
        values.put("release.environment", release.subject().environment());
        release.inputs().forEach((name, value) -> values.put("inputs." + name, value));
        // Each variable knows those before it.
        plan.vars().forEach((name, text) -> {
            var value = text(text);
            values.put(name, value);
            values.put("vars." + name, value);
        });
    }

    /** The value of a reference in full, if it has one. */
    Optional<String> value(String reference) {
        return Optional.ofNullable(values.get(reference))
                .or(() -> Output.of(reference).flatMap(outputs));
    }

    String text(String text) {
        return Template.fill(text, this::value);
    }

    /** What the step says of what others gave that they did not give. */
    List<Output> missing(Step step) {
        return step.outputs().stream()
                .filter(output -> outputs.apply(output).isEmpty())
                .toList();
    }

    @SuppressWarnings("unchecked") // Filling keeps the shape.
    Map<String, Object> settings(Map<String, Object> with) {
        return (Map<String, Object>) Template.fillAll(with, this::text);
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

    /** The monitors of a watch that matter so much. */
    List<Monitor> monitors(Action.Watch watch, Level level) {
        return watch.monitors().stream()
                .map(name -> Optional.ofNullable(plan.monitors().get(name)).orElseThrow())
                .filter(it -> it.level() == level)
                .map(it -> filled(it.monitor()))
                .toList();
    }

    private Monitor filled(Monitor it) {
        return new Monitor(it.name(), check(it.check()), it.every(), it.degradedAfter(), it.recoveredAfter());
    }

    /**
     * How much later than its time a watch may end. A monitor whose last probe failed is probed on until it is degraded
     * or well again, which takes at most twice its threshold.
     */
    Duration lateness(Action.Watch watch) {
        return monitors(watch, Level.CRITICAL).stream()
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
                .allMatch(entry -> Details.text(data, entry.getKey())
                        .filter(text(entry.getValue())::equals)
                        .isPresent());
    }

    /** What is awaited, for a person to read. */
    String described(Awaited awaited) {
        var where = awaited.where().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(entry -> entry.getKey() + " " + text(entry.getValue()))
                .collect(joining(", "));
        return "the event " + awaited.event() + (where.isEmpty() ? "" : " with " + where);
    }
}
