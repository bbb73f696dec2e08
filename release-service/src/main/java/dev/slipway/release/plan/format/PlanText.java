package dev.slipway.release.plan.format;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** A file as YAML sees it, if it keeps the limits that let it be read without harm. */
final class PlanText {

    /** The longest file, in characters. */
    static final int MAX_LENGTH = 1 << 20;

    /** The deepest nesting. */
    static final int MAX_DEPTH = 20;

    /** The longest key, in characters: it stands in the path of all that is within. */
    private static final int MAX_KEY = 1_000;

    /** NUL and halves of surrogate pairs, which PostgreSQL's jsonb cannot have. */
    private static final Pattern UNSTORABLE = Pattern.compile("[\\x00\\uD800-\\uDFFF]");

    private static final String UNSTORABLE_TEXT = "has a NUL character or half of a surrogate pair; leave it out";

    private PlanText() {}

    /** The root of a file of today; none if it cannot be read, and then that is among the errors. */
    static Optional<Node> compose(String yaml, Consumer<PlanError> errors) {
        return compose(yaml, PlanFormat.PRESENT, errors);
    }

    /** The root of the file; none if it cannot be read, and then that is among the errors. */
    static Optional<Node> compose(String yaml, PlanFormat format, Consumer<PlanError> errors) {
        if (yaml.length() > MAX_LENGTH) {
            errors.accept(new PlanError("", "It may have at most %d characters".formatted(MAX_LENGTH), 1, 1));
            return Optional.empty();
        }
        var text = References.hide(yaml);
        try {
            var objection = objection(text);
            if (objection.isPresent()) {
                errors.accept(objection.get());
                return Optional.empty();
            }
            var root = new Compose(settings(text)).composeString(text);
            root.ifPresentOrElse(
                    node -> check(node, "", format, errors),
                    () -> errors.accept(new PlanError("", "It is empty", 1, 1)));
            return root;
        } catch (MarkedYamlEngineException e) {
            var mark = e.getProblemMark();
            errors.accept(new PlanError(
                    "",
                    "This is not YAML: " + References.show(e.getProblem()),
                    mark.map(it -> it.getLine() + 1).orElse(1),
                    mark.map(it -> it.getColumn() + 1).orElse(1)));
        } catch (YamlEngineException e) {
            errors.accept(new PlanError("", "This is not YAML: " + e.getMessage(), 1, 1));
        }
        return Optional.empty();
    }

    /**
     * The text is read at once, all of it: SnakeYAML Engine 2.10 fails where the end of its buffer parts a surrogate
     * pair, such as an emoji's.
     */
    private static LoadSettings settings(String text) {
        return LoadSettings.builder()
                .setCodePointLimit(MAX_LENGTH * 2)
                .setBufferSize(text.length() + 1)
                .build();
    }

    /** Aliases could grow a small file without end, and nothing here is nested deeply. */
    private static Optional<PlanError> objection(String text) {
        var depth = 0;
        for (var event : new Parse(settings(text)).parseString(text)) {
            switch (event.getEventId()) {
                case Alias -> {
                    return Optional.of(at(event, "Aliases ('*name') are not supported; write it out, or use vars"));
                }
                case MappingStart, SequenceStart -> depth++;
                case MappingEnd, SequenceEnd -> depth--;
                default -> {}
            }
            if (depth > MAX_DEPTH) {
                return Optional.of(at(event, "It is nested more than %d deep".formatted(MAX_DEPTH)));
            }
        }
        return Optional.empty();
    }

    /**
     * YAML lets a key be anything, and leaves it open what a second one of the same name means; and what its escapes
     * can say, not every database can have.
     */
    private static void check(Node node, String path, PlanFormat format, Consumer<PlanError> errors) {
        switch (node) {
            case MappingNode mapping -> {
                var names = new HashSet<String>();
                for (var tuple : mapping.getValue()) {
                    var name = tuple.getKeyNode() instanceof ScalarNode key && !isUnstorable(key, format)
                            ? References.show(key.getValue())
                            : "?";
                    var at = path.isEmpty() ? name : path + "." + name;
                    keyProblem(tuple.getKeyNode(), name, names, format)
                            .ifPresent(it -> new YamlValue(tuple.getKeyNode(), at, errors).error(it));
                    if (!isTooLong(name, format)) {
                        check(tuple.getValueNode(), at, format, errors);
                    }
                }
            }
            case SequenceNode sequence -> {
                var index = 0;
                for (var item : sequence.getValue()) {
                    check(item, "%s[%d]".formatted(path, index++), format, errors);
                }
            }
            case ScalarNode scalar
            when isUnstorable(scalar, format) -> new YamlValue(scalar, path, errors).error(UNSTORABLE_TEXT);
            default -> {}
        }
    }

    private static boolean isUnstorable(ScalarNode text, PlanFormat format) {
        return format != PlanFormat.FIRST && UNSTORABLE.matcher(text.getValue()).find();
    }

    private static boolean isTooLong(String key, PlanFormat format) {
        return format != PlanFormat.FIRST && key.length() > MAX_KEY;
    }

    private static Optional<String> keyProblem(Node key, String name, Set<String> above, PlanFormat format) {
        if (!(key instanceof ScalarNode text)) {
            return Optional.of("A key must be a text");
        }
        if (isUnstorable(text, format)) {
            return Optional.of(UNSTORABLE_TEXT);
        }
        if (isTooLong(name, format)) {
            return Optional.of("A key may have at most %d characters".formatted(MAX_KEY));
        }
        return above.add(name) ? Optional.empty() : Optional.of("stands there twice; keep one");
    }

    private static PlanError at(Event event, String message) {
        return new PlanError(
                "",
                message,
                event.getStartMark().map(it -> it.getLine() + 1).orElse(1),
                event.getStartMark().map(it -> it.getColumn() + 1).orElse(1));
    }
}
