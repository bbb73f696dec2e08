package dev.slipway.release.plan.format;

import dev.slipway.condition.Condition;
import dev.slipway.condition.Suggestion;
import dev.slipway.event.CheckEvent.Check;
import dev.slipway.event.CheckEvent.HttpCall;
import dev.slipway.event.CheckEvent.Monitor;
import dev.slipway.release.plan.Plan.Level;
import dev.slipway.release.plan.Plan.PlannedMonitor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads what is checked, once or, by a monitor, repeatedly. */
final class CheckReader {

    private static final Pattern HTTP = Pattern.compile("(?:([A-Z]+)\\s+)?(\\S+)");
    private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");
    private static final Duration CHECK_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration MONITOR_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration MONITOR_EVERY = Duration.ofSeconds(30);

    private final Texts texts;

    CheckReader(Texts texts) {
        this.texts = texts;
    }

    Optional<Check> check(YamlValue value) {
        return value.object().flatMap(object -> {
            var check = check(object, CHECK_TIMEOUT);
            object.close();
            return check;
        });
    }

    /** Monitors by name. */
    Map<String, PlannedMonitor> monitors(YamlValue value) {
        var monitors = new LinkedHashMap<String, PlannedMonitor>();
        var names = new HashSet<String>();
        for (var item : value.list()) {
            item.object()
                    .flatMap(object -> monitor(object, names))
                    .ifPresent(it -> monitors.put(it.monitor().name(), it));
        }
        return monitors;
    }

    private Optional<PlannedMonitor> monitor(YamlObject object, Set<String> names) {
        var name = object.require("name").flatMap(it -> Scalars.uniqueName(it, names, "monitor"));
        name.ifPresent(names::add);
        var every = object.get("every").flatMap(Scalars::duration).orElse(MONITOR_EVERY);
        var degradedAfter = object.get("degraded-after").flatMap(Scalars::count).orElse(1);
        var recoveredAfter =
                object.get("recovered-after").flatMap(Scalars::count).orElse(1);
        var level = object.get("level")
                .flatMap(it -> Scalars.oneOf(it, Level.class))
                .orElse(Level.CRITICAL);
        var description = object.get("description").flatMap(YamlValue::text);
        var check = check(object, MONITOR_TIMEOUT);
        object.close();
        return name.flatMap(it -> check.map(what ->
                new PlannedMonitor(new Monitor(it, what, every, degradedAfter, recoveredAfter), level, description)));
    }

    private Optional<Check> check(YamlObject object, Duration defaultTimeout) {
        var headers = object.get("headers").map(texts::allSecret).orElse(Map.of());
        var body = object.get("body").flatMap(texts::secret);
        var http = object.get("http").flatMap(it -> http(it, headers, body));
        var tls = object.get("tls").flatMap(texts::open);
        var expect = object.get("expect").map(this::conditions).orElse(List.of());
        var timeout = object.get("timeout").flatMap(Scalars::duration).orElse(defaultTimeout);
        if (object.has("http") == object.has("tls")) {
            object.error("A check needs either http or tls");
            return Optional.empty();
        }
        if (object.has("tls") && (object.has("headers") || object.has("body"))) {
            object.error("headers and body go with http");
        }
        if (expect.isEmpty()) {
            object.error("'expect' is missing: say what must hold, such as [\"[STATUS] == 200\"]");
        }
        return Optional.of(new Check(http, tls, expect, timeout));
    }

    private Optional<HttpCall> http(YamlValue value, Map<String, String> headers, Optional<String> body) {
        return texts.open(value).flatMap(text -> {
            var matcher = HTTP.matcher(text.strip());
            if (!matcher.matches()) {
                value.error("must be a URL, or a method and a URL: 'POST https://…'");
                return Optional.empty();
            }
            var method = Optional.ofNullable(matcher.group(1)).orElse("GET");
            var url = matcher.group(2);
            if (!METHODS.contains(method)) {
                value.error(Suggestion.unknown(method, METHODS));
            }
            if (!url.startsWith("http://") && !url.startsWith("https://") && !url.startsWith("${")) {
                value.error("The URL must begin with http:// or https://");
            }
            return Optional.of(new HttpCall(method, url, headers, body));
        });
    }

    private List<String> conditions(YamlValue value) {
        var conditions = new ArrayList<String>();
        for (var item : value.list()) {
            texts.open(item).ifPresent(text -> {
                try {
                    Condition.parse(text);
                } catch (IllegalArgumentException e) {
                    item.error(String.valueOf(e.getMessage()));
                }
                conditions.add(text);
            });
        }
        return conditions;
    }
}
