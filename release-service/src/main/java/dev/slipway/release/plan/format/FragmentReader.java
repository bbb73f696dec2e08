package dev.slipway.release.plan.format;

import dev.slipway.condition.Suggestion;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Reads fragments, as far as they can be judged alone. What their steps say depends on what is handed in, and is judged
 * where they are used.
 */
public final class FragmentReader {

    private FragmentReader() {}

    /** What is wrong with a fragment that is to be stored under a name. */
    public static List<PlanError> check(String yaml, String name) {
        var errors = new Errors();
        errors.unlessTooMany(() -> PlanText.compose(yaml, errors::add)
                .flatMap(root -> new YamlValue(root, "", errors::add).object())
                .map(fragment -> checked(fragment, name)));
        return errors.told();
    }

    private static YamlObject checked(YamlObject fragment, String name) {
        fragment.require("fragment")
                .ifPresent(at -> Scalars.name(at).ifPresent(text -> {
                    if (!text.equals(name)) {
                        at.error("The fragment is called '%s', but the address says '%s'; make them agree"
                                .formatted(text, name));
                    }
                }));
        check(fragment);
        return fragment;
    }

    /** Looks at the fragments of a plan's file. */
    static void check(YamlValue fragments) {
        fragments
                .object()
                .ifPresent(all -> all.values().forEach((name, at) -> {
                    Scalars.checkName(all, name);
                    at.object().ifPresent(FragmentReader::check);
                }));
    }

    private static void check(YamlObject fragment) {
        fragment.get("description").ifPresent(YamlValue::text);
        parameters(fragment);
        fragment.require("steps").ifPresent(steps -> {
            for (var item : steps.list("At least one step is needed")) {
                item.object().ifPresent(FragmentReader::checkStep);
            }
        });
        fragment.close();
    }

    private static void checkStep(YamlObject step) {
        step.require("name").ifPresent(YamlValue::text);
        step.values().keySet().stream()
                .filter(key -> !StepReader.KEYS.contains(key))
                .forEach(key -> step.error(
                        key,
                        key.equals("uses")
                                ? "A fragment uses no other fragment"
                                : Suggestion.unknown(key, StepReader.KEYS)));
    }

    /** The parameters by name, each with what it is if nothing is handed in. */
    static Map<String, Optional<Node>> parameters(YamlObject fragment) {
        var parameters = new LinkedHashMap<String, Optional<Node>>();
        fragment.get("parameters")
                .flatMap(YamlValue::object)
                .ifPresent(object -> object.values().forEach((name, at) -> {
                    Scalars.checkVariable(object, name, "A parameter");
                    at.object().ifPresent(parameter -> {
                        parameter.get("description").ifPresent(YamlValue::text);
                        parameters.put(name, parameter.get("default").map(YamlValue::node));
                        parameter.close();
                    });
                }));
        return parameters;
    }
}
