package dev.slipway.release.plan.format;

import dev.slipway.condition.Suggestion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** An object in a YAML file. What nobody asked it for is unknown. */
final class YamlObject {

    private final YamlValue self;
    private final Map<String, YamlValue> values = new LinkedHashMap<>();
    private final Map<String, YamlValue> keys = new LinkedHashMap<>();
    private final List<String> known = new ArrayList<>();

    YamlObject(YamlValue self, MappingNode mapping) {
        this.self = self;
        for (var tuple : mapping.getValue()) {
            if (tuple.getKeyNode() instanceof ScalarNode key) {
                var name = References.show(key.getValue());
                values.put(name, self.child(tuple.getValueNode(), name));
                keys.put(name, self.child(key, name));
            }
        }
    }

    Optional<YamlValue> get(String key) {
        known.add(key);
        return Optional.ofNullable(values.get(key));
    }

    Optional<YamlValue> require(String key) {
        var value = get(key);
        if (value.isEmpty()) {
            self.error("'%s' is missing".formatted(key));
        }
        return value;
    }

    boolean has(String key) {
        return values.containsKey(key);
    }

    Map<String, YamlValue> values() {
        return values;
    }

    /** Notes what is wrong with a key rather than with its value. */
    void error(String key, String message) {
        Optional.ofNullable(keys.get(key)).ifPresent(at -> at.error(message));
    }

    void error(String message) {
        self.error(message);
    }

    /** Notes every key that was not asked for. */
    void close() {
        keys.forEach((name, at) -> {
            if (!known.contains(name)) {
                at.error(Suggestion.unknown(name, known));
            }
        });
    }
}
