package dev.slipway.release.plan.format;

import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;

/** A file as YAML sees it, if it keeps the limits that let it be read without harm. */
final class PlanText {

    /** The longest file, in characters. */
    static final int MAX_LENGTH = 1 << 20;

    private static final int MAX_DEPTH = 12;

    private static final LoadSettings SETTINGS =
            LoadSettings.builder().setCodePointLimit(MAX_LENGTH * 2).build();

    private PlanText() {}

    /** The root of the file; none if something is wrong with it, which is then among the errors. */
    static Optional<Node> compose(String yaml, List<PlanError> errors) {
        if (yaml.length() > MAX_LENGTH) {
            errors.add(new PlanError("", "A plan may have at most %d characters".formatted(MAX_LENGTH), 1, 1));
            return Optional.empty();
        }
        var text = References.hide(yaml);
        try {
            var objection = objection(text);
            if (objection.isPresent()) {
                errors.add(objection.get());
                return Optional.empty();
            }
            var root = new Compose(SETTINGS).composeString(text);
            if (root.isEmpty()) {
                errors.add(new PlanError("", "The plan is empty", 1, 1));
            }
            return root;
        } catch (MarkedYamlEngineException e) {
            var mark = e.getProblemMark();
            errors.add(new PlanError(
                    "",
                    "This is not YAML: " + References.show(e.getProblem()),
                    mark.map(it -> it.getLine() + 1).orElse(1),
                    mark.map(it -> it.getColumn() + 1).orElse(1)));
        } catch (YamlEngineException e) {
            errors.add(new PlanError("", "This is not YAML: " + e.getMessage(), 1, 1));
        }
        return Optional.empty();
    }

    /** Aliases could grow a small file without end, and nothing here is nested deeply. */
    private static Optional<PlanError> objection(String text) {
        var depth = 0;
        for (var event : new Parse(SETTINGS).parseString(text)) {
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

    private static PlanError at(Event event, String message) {
        return new PlanError(
                "",
                message,
                event.getStartMark().map(it -> it.getLine() + 1).orElse(1),
                event.getStartMark().map(it -> it.getColumn() + 1).orElse(1));
    }
}
