package dev.slipway.release.plan.format;

import dev.slipway.release.plan.DeclaredInput;
import dev.slipway.release.plan.DeclaredInput.Type;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads what may be said when a release is asked for. */
final class InputReader {

    /** The most inputs of a plan, and the most options of one. */
    static final int MAX_INPUTS = 50;

    private InputReader() {}

    static Map<String, DeclaredInput> inputs(YamlValue value) {
        var inputs = new LinkedHashMap<String, DeclaredInput>();
        value.object()
                .ifPresent(object -> object.values().forEach((name, at) -> {
                    Scalars.checkVariable(object, name, "An input");
                    at.object().ifPresent(it -> inputs.put(name, input(name, it)));
                }));
        if (inputs.size() > MAX_INPUTS) {
            value.error("A plan may have at most %d inputs; this one has %d".formatted(MAX_INPUTS, inputs.size()));
        }
        return inputs;
    }

    private static DeclaredInput input(String name, YamlObject object) {
        var options = object.get("options").map(InputReader::options).orElse(List.of());
        var type = object.get("type")
                .flatMap(it -> Scalars.oneOf(it, Type.class))
                .orElse(options.isEmpty() ? Type.STRING : Type.CHOICE);
        var required = object.get("required").flatMap(Scalars::flag).orElse(false);
        var otherwise = object.get("default");
        var description = object.get("description").flatMap(YamlValue::text);
        if (type == Type.CHOICE && options.isEmpty()) {
            object.error("A choice needs 'options'");
        }
        if (type != Type.CHOICE && !options.isEmpty()) {
            object.get("options").ifPresent(at -> at.error("'options' goes with 'type: choice'"));
        }
        if (required) {
            otherwise.ifPresent(at -> at.error("What is required needs no default"));
        }
        object.close();
        var unchecked =
                new DeclaredInput(name, type, required, type == Type.BOOLEAN ? "false" : "", description, options);
        return otherwise
                .flatMap(at -> at.text().filter(text -> fits(at, unchecked, text)))
                .map(text -> new DeclaredInput(name, type, required, text, description, options))
                .orElse(unchecked);
    }

    private static boolean fits(YamlValue at, DeclaredInput input, String text) {
        var problem = input.problem(text);
        problem.ifPresent(at::error);
        return problem.isEmpty();
    }

    private static List<String> options(YamlValue value) {
        var options = new ArrayList<String>();
        for (var item : value.list("A choice needs 'options'")) {
            item.text().ifPresent(text -> {
                if (options.contains(text)) {
                    item.error("The option '%s' stands there twice; keep one".formatted(text));
                }
                options.add(text);
            });
        }
        if (options.size() > MAX_INPUTS) {
            value.error("There may be at most %d options".formatted(MAX_INPUTS));
        }
        return options;
    }
}
