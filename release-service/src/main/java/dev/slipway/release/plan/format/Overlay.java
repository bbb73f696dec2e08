package dev.slipway.release.plan.format;

import dev.slipway.condition.Suggestion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * Lays what a file says for one environment over what it says for all.
 *
 * <p>Objects are merged key by key, to any depth. Where there is a list of things that have names, an object names
 * those that it changes. Anything else takes the place of what was there; {@code ~} leaves it out.
 */
final class Overlay {

    /** The most environments of a file: for each of them it is read anew. */
    static final int MOST = 20;

    private static final String KEY = "environments";
    private static final List<String> NOT_HERE = List.of("application", "environment", KEY, "fragments");

    private final Consumer<PlanError> errors;

    private Overlay(Consumer<PlanError> errors) {
        this.errors = errors;
    }

    /** The environments that a file has plans for, the first of too many; none if it is a plan for one. */
    static List<String> environments(Node root) {
        return of(root, KEY).stream()
                .flatMap(it -> it instanceof MappingNode overlays ? entries(overlays).keySet().stream() : Stream.of())
                .limit(MOST)
                .toList();
    }

    /**
     * The plan for one environment.
     *
     * @return the root as it is if the file has no overlays; none if the environment is not there
     */
    static Optional<Node> lay(Node root, Optional<String> environment, Consumer<PlanError> errors) {
        var overlays = of(root, KEY);
        return overlays.isPresent() && root instanceof MappingNode base
                ? new Overlay(errors).lay(base, overlays.get(), environment)
                : Optional.of(root);
    }

    private Optional<Node> lay(MappingNode base, Node overlays, Optional<String> environment) {
        if (!(overlays instanceof MappingNode all) || all.getValue().isEmpty()) {
            error(overlays, KEY, "must be an object: an environment's name, and what is different there");
            return Optional.empty();
        }
        var single = of(base, "environment");
        if (single.isPresent()) {
            error(single.get(), "environment", "'environment' and 'environments' do not go together; keep one");
            return Optional.empty();
        }
        var names = List.copyOf(entries(all).keySet());
        if (names.size() > MOST) {
            error(all, KEY, "A file may be for at most %d environments; this one has %d".formatted(MOST, names.size()));
            return Optional.empty();
        }
        if (environment.isEmpty()) {
            error(all, KEY, "There are plans for %s here; say for which".formatted(String.join(", ", names)));
            return Optional.empty();
        }
        var chosen = entries(all).get(environment.get());
        if (chosen == null) {
            error(all, KEY, "The environment " + Suggestion.unknown(environment.get(), names));
            return Optional.empty();
        }
        var path = "%s.%s".formatted(KEY, environment.get());
        if (!isNull(chosen.getValueNode()) && !(chosen.getValueNode() instanceof MappingNode)) {
            error(
                    chosen.getValueNode(),
                    path,
                    "must be an object ('key: value' lines), or '~' if nothing is different");
            return Optional.empty();
        }
        var merged = merged(base, chosen.getValueNode(), path);
        var tuples = new ArrayList<>(merged.getValue());
        tuples.removeIf(tuple -> KEY.equals(text(tuple.getKeyNode())));
        tuples.addFirst(
                new NodeTuple(new ScalarNode(Tag.STR, "environment", ScalarStyle.PLAIN), asText(chosen.getKeyNode())));
        return Optional.of(with(merged, tuples));
    }

    private MappingNode merged(MappingNode base, Node over, String path) {
        if (!(over instanceof MappingNode mapping)) {
            return base;
        }
        var all = new LinkedHashMap<>(entries(base));
        for (var entry : entries(mapping).entrySet()) {
            var key = entry.getKey();
            var at = path + "." + key;
            var value = entry.getValue().getValueNode();
            var old = all.get(key);
            if (path.lastIndexOf('.') == KEY.length() && NOT_HERE.contains(key)) {
                error(entry.getValue().getKeyNode(), at, "'%s' is the same for all environments".formatted(key));
            } else if (!isNull(value)) {
                all.put(
                        key,
                        old == null
                                ? entry.getValue()
                                : new NodeTuple(entry.getValue().getKeyNode(), laid(old.getValueNode(), value, at)));
            } else if (all.remove(key) == null) {
                error(
                        entry.getValue().getKeyNode(),
                        at,
                        "There is nothing to leave out: " + Suggestion.unknown(key, all.keySet()));
            }
        }
        return with(base, List.copyOf(all.values()));
    }

    private Node laid(Node base, Node over, String path) {
        if (!(over instanceof MappingNode changes)) {
            return over;
        }
        return switch (base) {
            case MappingNode mapping -> merged(mapping, changes, path);
            case SequenceNode list when areNamed(list) -> named(list, changes, path);
            default -> over;
        };
    }

    private Node named(SequenceNode list, MappingNode changes, String path) {
        var items = new LinkedHashMap<String, Node>();
        list.getValue().forEach(item -> items.put(name(item), item));
        for (var change : entries(changes).entrySet()) {
            var name = change.getKey();
            var at = path + "." + name;
            var value = change.getValue().getValueNode();
            if (!items.containsKey(name)) {
                error(
                        change.getValue().getKeyNode(),
                        at,
                        "%s; what one environment alone has stands in the plan for all, and is left out by '~' elsewhere"
                                .formatted(Suggestion.unknown(name, items.keySet())));
            } else if (isNull(value)) {
                items.remove(name);
            } else {
                items.computeIfPresent(name, (same, item) -> laid(item, value, at));
            }
        }
        return new SequenceNode(
                list.getTag(),
                false,
                List.copyOf(items.values()),
                list.getFlowStyle(),
                list.getStartMark(),
                list.getEndMark());
    }

    private static boolean areNamed(SequenceNode list) {
        return !list.getValue().isEmpty()
                && list.getValue().stream().allMatch(item -> !name(item).isEmpty());
    }

    /** What an item is called: by its name, or, if it only uses a fragment, by that one's. */
    private static String name(Node item) {
        return of(item, "name").or(() -> of(item, "uses")).map(Overlay::text).orElse("");
    }

    // ---- nodes ----

    private static Map<String, NodeTuple> entries(MappingNode mapping) {
        var entries = new LinkedHashMap<String, NodeTuple>();
        mapping.getValue().forEach(tuple -> entries.put(text(tuple.getKeyNode()), tuple));
        return entries;
    }

    private static Optional<Node> of(Node node, String key) {
        return node instanceof MappingNode mapping
                ? Optional.ofNullable(entries(mapping).get(key)).map(NodeTuple::getValueNode)
                : Optional.empty();
    }

    private static String text(Node node) {
        return node instanceof ScalarNode scalar ? References.show(scalar.getValue()) : "";
    }

    /** A name is a text, also where it looks like a number. */
    private static Node asText(Node key) {
        return new ScalarNode(Tag.STR, false, text(key), ScalarStyle.PLAIN, key.getStartMark(), key.getEndMark());
    }

    /** Nothing, {@code null} or {@code ~}. */
    private static boolean isNull(Node node) {
        return node instanceof ScalarNode scalar
                && (scalar.getTag().equals(Tag.NULL)
                        || (scalar.isPlain() && scalar.getValue().equals("~")));
    }

    private static MappingNode with(MappingNode mapping, List<NodeTuple> tuples) {
        return new MappingNode(
                mapping.getTag(), false, tuples, mapping.getFlowStyle(), mapping.getStartMark(), mapping.getEndMark());
    }

    private void error(Node at, String path, String message) {
        new YamlValue(at, path, errors).error(message);
    }
}
