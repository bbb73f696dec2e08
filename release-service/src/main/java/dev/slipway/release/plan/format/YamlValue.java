package dev.slipway.release.plan.format;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** A value in a YAML file that knows where it stands, and notes what is wrong with it rather than giving up. */
final class YamlValue {

    /** A whole number that fits; a tag may say of anything that it is one. */
    private static final Pattern NUMBER = Pattern.compile("-?[0-9]{1,17}");

    private final Node node;
    private final String path;
    private final Consumer<PlanError> errors;

    YamlValue(Node node, String path, Consumer<PlanError> errors) {
        this.node = node;
        this.path = path;
        this.errors = errors;
    }

    Node node() {
        return node;
    }

    /** Another value in the same place. */
    YamlValue as(Node other) {
        return new YamlValue(other, path, errors);
    }

    /** A text, number or boolean, as it is written. */
    Optional<String> text() {
        if (node instanceof ScalarNode scalar && !scalar.getTag().equals(Tag.NULL)) {
            return Optional.of(References.show(scalar.getValue()));
        }
        error("must be a text, but is " + kind());
        return Optional.empty();
    }

    Optional<YamlObject> object() {
        if (node instanceof MappingNode mapping) {
            return Optional.of(new YamlObject(this, mapping));
        }
        error("must be an object ('key: value' lines), but is " + kind());
        return Optional.empty();
    }

    List<YamlValue> list() {
        if (node instanceof SequenceNode sequence) {
            var items = new ArrayList<YamlValue>();
            for (var item : sequence.getValue()) {
                items.add(new YamlValue(item, "%s[%d]".formatted(path, items.size()), errors));
            }
            return items;
        }
        error("must be a list ('- item' lines), but is " + kind());
        return List.of();
    }

    /** A list of at least one item. */
    List<YamlValue> list(String elseMessage) {
        if (node instanceof SequenceNode sequence && sequence.getValue().isEmpty()) {
            error(elseMessage);
        }
        return list();
    }

    /** The value as JSON has it. */
    Object plain() {
        return switch (node) {
            case MappingNode mapping -> {
                var map = new LinkedHashMap<String, Object>();
                new YamlObject(this, mapping).values().forEach((name, value) -> map.put(name, value.plain()));
                yield map;
            }
            case SequenceNode sequence -> list().stream().map(YamlValue::plain).toList();
            case ScalarNode scalar when scalar.getScalarStyle() == ScalarStyle.PLAIN -> plain(scalar);
            case ScalarNode scalar -> References.show(scalar.getValue());
            default -> throw new IllegalStateException("A YAML node is a mapping, a sequence or a scalar");
        };
    }

    private static Object plain(ScalarNode scalar) {
        var text = References.show(scalar.getValue());
        if (scalar.getTag().equals(Tag.BOOL)) {
            return Boolean.valueOf(text);
        }
        if (scalar.getTag().equals(Tag.INT) && NUMBER.matcher(text).matches()) {
            return Long.valueOf(text);
        }
        return text;
    }

    YamlValue child(Node child, String name) {
        return new YamlValue(child, path.isEmpty() ? name : path + "." + name, errors);
    }

    void error(String message) {
        var mark = node.getStartMark();
        errors.accept(new PlanError(
                path,
                message,
                mark.map(Mark::getLine).orElse(-1) + 1,
                mark.map(Mark::getColumn).orElse(-1) + 1));
    }

    private String kind() {
        return switch (node) {
            case MappingNode mapping -> "an object";
            case SequenceNode sequence -> "a list";
            case ScalarNode scalar when scalar.getTag().equals(Tag.NULL) -> "empty";
            default -> "a text";
        };
    }
}
