package dev.slipway.release.operation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.slipway.condition.Condition;
import dev.slipway.condition.Observation;
import dev.slipway.event.EventJson;
import dev.slipway.event.Evidence;
import dev.slipway.release.operation.HttpExchange.Answer;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * {@code http}: calls a URL. The operation key goes along as {@code Idempotency-Key}; a provider that does not know
 * that header can be asked first, by {@code done-when}, whether the work was done already.
 *
 * <pre>{@code
 * run: http
 * with:
 *   method: POST                    # POST when left out
 *   url: "${api}/deploy"
 *   headers: { Authorization: "Bearer ${secrets.DEPLOY_TOKEN}" }
 *   body: { version: "${release.version}" }   # an object is sent as JSON
 *   expect: ["[STATUS] == 200"]     # or just 200; any 2xx when left out
 *   done-when: { url: "${api}/health", expect: ["[BODY].version == ${release.version}"] }
 *   output: { deployment: data.id } # kept of the answer's JSON, for later steps
 * }</pre>
 */
@Singleton
public class HttpOperation implements Operation {

    private static final Set<String> SETTINGS =
            Set.of("method", "url", "headers", "body", "expect", "done-when", "output");
    private static final Set<String> DONE_WHEN_SETTINGS = Set.of("url", "headers", "expect");
    private static final Duration PAUSE = Duration.ofMillis(500);
    private static final int SHOWN = 1_000;

    private final HttpExchange http;

    public HttpOperation(HttpExchange http) {
        this.http = http;
    }

    @Override
    public String kind() {
        return "http";
    }

    @Override
    public List<String> problems(Map<String, Object> with) {
        var problems = new ArrayList<String>();
        unknown(with, SETTINGS).ifPresent(problems::add);
        if (!(with.get("url") instanceof String)) {
            problems.add("'url' is missing");
        }
        if (with.containsKey("headers") && !(with.get("headers") instanceof Map)) {
            problems.add("'headers' must be an object");
        }
        if (with.containsKey("output")
                && !(with.get("output") instanceof Map<?, ?> output
                        && output.values().stream().allMatch(String.class::isInstance))) {
            problems.add("'output' must be an object: names, and their places in the answer's JSON, such as data.id");
        }
        conditionProblem(with).ifPresent(problems::add);
        if (with.get("done-when") instanceof Map<?, ?> doneWhen) {
            unknown(doneWhen, DONE_WHEN_SETTINGS).ifPresent(problem -> problems.add("done-when: " + problem));
            if (!(doneWhen.get("url") instanceof String) || !doneWhen.containsKey("expect")) {
                problems.add("'done-when' needs 'url' and 'expect'");
            }
            conditionProblem(doneWhen).ifPresent(problem -> problems.add("done-when: " + problem));
        } else if (with.containsKey("done-when")) {
            problems.add("'done-when' must be an object");
        }
        return problems;
    }

    @Override
    public Outcome perform(Call call) throws InterruptedException {
        try {
            if (call.with().get("done-when") instanceof Map<?, ?> doneWhen) {
                var answer = http.call("GET", text(doneWhen, "url"), headers(doneWhen), Optional.empty());
                var outcomes = evaluate(conditions(doneWhen), answer);
                if (outcomes.stream().allMatch(dev.slipway.condition.Outcome::satisfied)) {
                    return new Outcome.Done(withOutput(
                            call,
                            answer,
                            evidence(
                                    "GET %s says that it was done already".formatted(text(doneWhen, "url")),
                                    answer,
                                    outcomes)));
                }
            }
            return act(call);
        } catch (IOException e) {
            return new Outcome.Again(String.valueOf(e.getMessage()), pause(call));
        } catch (IllegalArgumentException e) {
            return new Outcome.Refused(Evidence.of("The call cannot be made: " + e.getMessage()));
        }
    }

    private Outcome act(Call call) throws IOException, InterruptedException {
        var with = call.with();
        var method = String.valueOf(with.getOrDefault("method", "POST"));
        var url = text(with, "url");
        var headers = new LinkedHashMap<String, String>();
        headers.put("Idempotency-Key", call.key());
        var body = Optional.ofNullable(with.get("body"));
        if (body.isPresent()) {
            headers.put("Content-Type", "application/json");
        }
        headers.putAll(headers(with));
        var answer = http.call(method, url, headers, body.map(HttpOperation::json));
        var outcomes = evaluate(conditions(with), answer);
        var expected = outcomes.isEmpty()
                ? answer.status() / 100 == 2
                : outcomes.stream().allMatch(dev.slipway.condition.Outcome::satisfied);
        if (expected) {
            return new Outcome.Done(withOutput(
                    call,
                    answer,
                    evidence("%s %s answered %d".formatted(method, url, answer.status()), answer, outcomes)));
        }
        if (answer.isOverloaded()) {
            return new Outcome.Again(
                    "%s %s answered %d".formatted(method, url, answer.status()),
                    answer.retryAfter().orElse(pause(call)));
        }
        var unmet = outcomes.stream()
                .filter(outcome -> !outcome.satisfied())
                .map(outcome -> "%s (was %s)".formatted(outcome.condition(), outcome.actual()))
                .collect(Collectors.joining("; "));
        return new Outcome.Refused(evidence(
                "%s %s answered %d%s"
                        .formatted(method, url, answer.status(), unmet.isEmpty() ? "" : "; unmet: " + unmet),
                answer,
                outcomes));
    }

    private static Duration pause(Call call) {
        return PAUSE.multipliedBy(1L << Math.min(call.attempt() - 1, 6));
    }

    private static Evidence evidence(String summary, Answer answer, List<dev.slipway.condition.Outcome> outcomes) {
        var details = new LinkedHashMap<String, Object>();
        details.put("status", answer.status());
        details.put("responseTimeMs", answer.time().toMillis());
        // As plain JSON values, like all evidence, so that secrets are found in them.
        details.put(
                "conditions",
                outcomes.stream()
                        .map(outcome -> Map.of(
                                "condition", outcome.condition(),
                                "satisfied", outcome.satisfied(),
                                "actual", outcome.actual()))
                        .toList());
        details.put("body", answer.body().length() > SHOWN ? answer.body().substring(0, SHOWN) + "…" : answer.body());
        return new Evidence(summary, details);
    }

    /** The evidence, with what the plan wants of the answer, as far as it is there. */
    private static Evidence withOutput(Call call, Answer answer, Evidence evidence) {
        if (!(call.with().get("output") instanceof Map<?, ?> wanted)) {
            return evidence;
        }
        var json = read(answer.body());
        var output = new LinkedHashMap<String, Object>();
        wanted.forEach((name, place) -> {
            var value = json.at("/" + String.valueOf(place).replace('.', '/'));
            if (value.isValueNode() && !value.isNull()) {
                output.put(String.valueOf(name), value.asText());
            }
        });
        var details = new LinkedHashMap<>(evidence.details());
        details.put("output", output);
        return new Evidence(evidence.summary(), details);
    }

    private static JsonNode read(String body) {
        try {
            return EventJson.mapper().readTree(body);
        } catch (JsonProcessingException e) {
            return MissingNode.getInstance();
        }
    }

    private static List<dev.slipway.condition.Outcome> evaluate(List<String> conditions, Answer answer) {
        var seen = new Observation(
                true,
                OptionalInt.of(answer.status()),
                Optional.of(answer.time()),
                Optional.of(answer.body()),
                Optional.empty(),
                Optional.empty());
        return conditions.stream()
                .map(condition -> Condition.parse(condition).evaluate(seen))
                .toList();
    }

    private static List<String> conditions(Map<?, ?> with) {
        return switch (with.get("expect")) {
            case null -> List.of();
            case List<?> list -> list.stream().map(String::valueOf).toList();
            case Number status -> List.of("[STATUS] == " + status);
            case Object one when one.toString().matches("[0-9]{3}") -> List.of("[STATUS] == " + one);
            case Object one -> List.of(one.toString());
        };
    }

    private static Optional<String> conditionProblem(Map<?, ?> with) {
        try {
            conditions(with).forEach(Condition::parse);
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.of("expect: " + e.getMessage());
        }
    }

    private static Optional<String> unknown(Map<?, ?> with, Set<String> known) {
        var unknown = with.keySet().stream()
                .map(String::valueOf)
                .filter(name -> !known.contains(name))
                .sorted()
                .toList();
        return unknown.isEmpty()
                ? Optional.empty()
                : Optional.of("'%s' is unknown; there are: %s"
                        .formatted(
                                String.join("', '", unknown),
                                String.join(", ", known.stream().sorted().toList())));
    }

    private static String text(Map<?, ?> with, String name) {
        return String.valueOf(with.get(name));
    }

    private static Map<String, String> headers(Map<?, ?> with) {
        return with.get("headers") instanceof Map<?, ?> headers
                ? headers.entrySet().stream()
                        .collect(Collectors.toMap(
                                entry -> String.valueOf(entry.getKey()), entry -> String.valueOf(entry.getValue())))
                : Map.of();
    }

    private static String json(Object body) {
        if (body instanceof String text) {
            return text;
        }
        try {
            return EventJson.mapper().writeValueAsString(body);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("The body cannot be written as JSON", e);
        }
    }
}
