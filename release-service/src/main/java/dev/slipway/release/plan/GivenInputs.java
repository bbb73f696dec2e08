package dev.slipway.release.plan;

import dev.slipway.condition.Suggestion;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What was said when a release was asked for, held against what its plan declares.
 *
 * @param values a value for each declared input, in the plan's order; those that something is wrong with are missing
 * @param problems what is wrong, by the input's name
 */
public record GivenInputs(Map<String, String> values, Map<String, String> problems) {

    public GivenInputs {
        values = Collections.unmodifiableMap(values);
        problems = Collections.unmodifiableMap(problems);
    }

    /** Takes what was given; all that is wrong is found at once. */
    static GivenInputs of(Map<String, DeclaredInput> declared, Map<String, String> given) {
        var values = new LinkedHashMap<String, String>();
        var problems = new LinkedHashMap<String, String>();
        given.keySet().stream()
                .filter(name -> !declared.containsKey(name))
                .forEach(name -> problems.put(
                        name,
                        declared.isEmpty()
                                ? "The plan declares no inputs"
                                : Suggestion.unknown(name, declared.keySet())));
        declared.forEach((name, input) -> {
            var value = given.get(name);
            if (value == null) {
                if (input.required()) {
                    problems.put(name, "is missing; the plan requires it");
                } else {
                    values.put(name, input.otherwise());
                }
            } else {
                input.problem(value)
                        .ifPresentOrElse(problem -> problems.put(name, problem), () -> values.put(name, value));
            }
        });
        return new GivenInputs(values, problems);
    }
}
