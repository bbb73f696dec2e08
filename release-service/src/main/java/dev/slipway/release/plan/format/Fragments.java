package dev.slipway.release.plan.format;

import dev.slipway.condition.Suggestion;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * The fragments that a plan can use: those of its own file, and stored ones.
 *
 * <p>A fragment is a list of steps with parameters. Where it is used, {@code ${with.name}} gives way to what is handed
 * in, before the steps are read: to a text within a text, or, standing alone, to a value of any kind.
 */
final class Fragments {

    private static final Pattern PARAMETER = Pattern.compile("\\$\\{with\\.([^{}]*)}");

    private final Map<String, YamlValue> own;
    private final Function<String, Optional<String>> stored;
    private final Map<String, String> used = new LinkedHashMap<>();
    private final Map<String, Optional<Node>> composed = new HashMap<>();
    private int room = PlanText.MAX_LENGTH;

    /** @param own the fragments of the file, by name */
    Fragments(Map<String, YamlValue> own, Function<String, Optional<String>> stored) {
        this.own = own;
        this.stored = stored;
    }

    /** The fragments of a plan's file. */
    static Map<String, YamlValue> in(YamlObject plan) {
        return plan.get("fragments")
                .flatMap(YamlValue::object)
                .map(YamlObject::values)
                .orElse(Map.of());
    }

    /** The texts of stored fragments that were used, by the name that {@code uses} says. */
    Map<String, String> used() {
        return Map.copyOf(used);
    }

    /** The steps of the fragment that a step uses, filled in; none if something is wrong with the use. */
    Optional<YamlValue> steps(YamlObject use) {
        return use.get("uses")
                .flatMap(at -> at.text()
                        .flatMap(name -> fragment(at, name)
                                .flatMap(fragment -> values(use, name, fragment)
                                        .flatMap(values ->
                                                fragment.get("steps").flatMap(steps -> filled(steps, values))))));
    }

    private Optional<YamlValue> filled(YamlValue steps, Map<String, Node> values) {
        room -= size(steps.node());
        var filled = room < 0
                ? Optional.<YamlValue>empty()
                : Optional.of(steps.as(new Filling(values, steps).filled(steps.node())));
        if (room < 0) {
            steps.error("With its fragments the plan has more than %d characters".formatted(PlanText.MAX_LENGTH));
        }
        return filled.filter(it -> room >= 0);
    }

    private static int size(Node node) {
        return 1
                + switch (node) {
                    case MappingNode mapping ->
                        mapping.getValue().stream()
                                .mapToInt(it -> size(it.getKeyNode()) + size(it.getValueNode()))
                                .sum();
                    case SequenceNode sequence ->
                        sequence.getValue().stream().mapToInt(Fragments::size).sum();
                    case ScalarNode scalar -> scalar.getValue().length();
                    default -> 0;
                };
    }

    private Optional<YamlObject> fragment(YamlValue at, String name) {
        var here = own.get(name);
        if (here != null) {
            return here.object();
        }
        var text = Optional.ofNullable(used.get(name)).or(() -> stored.apply(name));
        if (text.isEmpty()) {
            at.error(
                    own.isEmpty()
                            ? "There is no fragment '%s'; write it into 'fragments', or store it under /api/v1/fragments"
                                    .formatted(name)
                            : "The fragment " + Suggestion.unknown(name, own.keySet()));
            return Optional.empty();
        }
        used.put(name, text.get());
        // The places of its errors are of another text, so they are told where it is used.
        Consumer<PlanError> retold =
                error -> at.error("The fragment '%s', line %d: %s".formatted(name, error.line(), error.described()));
        return composed.computeIfAbsent(name, it -> PlanText.compose(text.get(), retold))
                .flatMap(root -> new YamlValue(root, "", retold).object());
    }

    /** What each parameter stands for; none if something is missing. */
    private static Optional<Map<String, Node>> values(YamlObject use, String name, YamlObject fragment) {
        var values = new HashMap<String, Node>();
        var handedIn = use.get("with").flatMap(YamlValue::object);
        var parameters = FragmentReader.parameters(fragment);
        handedIn.ifPresent(with -> with.values().forEach((parameter, value) -> {
            if (parameters.containsKey(parameter)) {
                values.put(parameter, value.node());
            } else {
                with.error(
                        parameter,
                        parameters.isEmpty()
                                ? "The fragment '%s' has no parameters".formatted(name)
                                : Suggestion.unknown(parameter, parameters.keySet()));
            }
        }));
        parameters.forEach((parameter, otherwise) -> otherwise.ifPresent(it -> values.putIfAbsent(parameter, it)));
        var missing = parameters.keySet().stream()
                .filter(parameter -> !values.containsKey(parameter))
                .toList();
        missing.forEach(parameter -> use.error("The fragment '%s' wants 'with: { %s: … }'".formatted(name, parameter)));
        return missing.isEmpty() ? Optional.of(values) : Optional.empty();
    }

    /** A copy of a fragment's steps with its parameters filled in. */
    private final class Filling {

        private final Map<String, Node> values;
        private final YamlValue steps;

        private Filling(Map<String, Node> values, YamlValue steps) {
            this.values = values;
            this.steps = steps;
        }

        private Node filled(Node node) {
            return switch (node) {
                case MappingNode mapping ->
                    new MappingNode(
                            mapping.getTag(),
                            false,
                            mapping.getValue().stream()
                                    .map(tuple ->
                                            new NodeTuple(filled(tuple.getKeyNode()), filled(tuple.getValueNode())))
                                    .toList(),
                            mapping.getFlowStyle(),
                            mapping.getStartMark(),
                            mapping.getEndMark());
                case SequenceNode sequence ->
                    new SequenceNode(
                            sequence.getTag(),
                            false,
                            sequence.getValue().stream().map(this::filled).toList(),
                            sequence.getFlowStyle(),
                            sequence.getStartMark(),
                            sequence.getEndMark());
                case ScalarNode scalar -> filled(scalar);
                default -> throw new IllegalStateException("A YAML node is a mapping, a sequence or a scalar");
            };
        }

        private Node filled(ScalarNode scalar) {
            var text = References.show(scalar.getValue());
            var matcher = PARAMETER.matcher(text);
            if (matcher.matches()) {
                var value = Optional.ofNullable(values.get(matcher.group(1))).orElse(scalar);
                room -= size(value);
                return room < 0 ? scalar : value;
            }
            matcher.reset();
            var filled = new StringBuilder();
            while (room >= 0 && matcher.find()) {
                var before = filled.length();
                matcher.appendReplacement(
                        filled, Matcher.quoteReplacement(text(matcher.group(1), scalar, matcher.group())));
                room -= filled.length() - before;
            }
            matcher.appendTail(filled);
            return filled.toString().equals(text)
                    ? scalar
                    : new ScalarNode(
                            Tag.STR,
                            false,
                            filled.toString(),
                            ScalarStyle.DOUBLE_QUOTED,
                            scalar.getStartMark(),
                            scalar.getEndMark());
        }

        private String text(String parameter, ScalarNode at, String otherwise) {
            return switch (values.get(parameter)) {
                case ScalarNode scalar -> References.show(scalar.getValue());
                case null -> otherwise;
                default -> {
                    steps.as(at).error("${with.%s} is more than a text; let it stand alone".formatted(parameter));
                    yield "";
                }
            };
        }
    }
}
