package dev.slipway.release.plan.format;

import dev.slipway.condition.Suggestion;
import dev.slipway.release.plan.Guard;
import dev.slipway.release.plan.Output;
import dev.slipway.release.plan.StepRef;
import dev.slipway.release.plan.Template;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Texts in one place of a plan that may refer to values, {@code ${api}}; each reference is looked at. */
final class Texts implements Guard.Names {

    private static final Set<String> RELEASE_VALUES =
            Set.of("release.id", "release.version", "release.commit", "release.application", "release.environment");
    private static final Pattern OUTPUT =
            Pattern.compile("steps\\.((?:[^.]+\\.)?[^.]+)\\.output\\.([^.\\s{}]+(?:\\.[^.\\s{}]+)*)");
    private static final Pattern BRACES = Pattern.compile("\\$\\{([^{}]*)}");

    private final Names names;
    private final Optional<StepRef> step;
    private final String prefix;
    private final Set<Output> outputs = new LinkedHashSet<>();

    private Texts(Names names, Optional<StepRef> step, String prefix) {
        this.names = names;
        this.step = step;
        this.prefix = prefix;
    }

    /** Texts that belong to no step, and so cannot refer to what a step gave. */
    static Texts outside(Names names) {
        return new Texts(names, Optional.empty(), "");
    }

    /**
     * Texts of a step.
     *
     * @param prefix what stands before the names of the steps that it knows by shorter ones
     */
    static Texts of(StepRef step, String prefix, Names names) {
        return new Texts(names, Optional.of(step), prefix);
    }

    /** What the texts that were read so far say of what steps gave. */
    List<Output> outputs() {
        return List.copyOf(outputs);
    }

    /** A text that is shown to people, and may therefore hold no secret. */
    Optional<String> open(YamlValue value) {
        return value.text().map(text -> inFull(value, text, false));
    }

    /** A text that may hold secrets. */
    Optional<String> secret(YamlValue value) {
        return value.text().map(text -> inFull(value, text, true));
    }

    /** Texts by name, of which none may hold a secret. */
    Map<String, String> allOpen(YamlValue value) {
        return all(value, this::open);
    }

    /** Texts by name, which may hold secrets. */
    Map<String, String> allSecret(YamlValue value) {
        return all(value, this::secret);
    }

    /** Texts by name that are taken as they stand. */
    Map<String, String> allPlain(YamlValue value) {
        return all(value, at -> {
            var text = at.text();
            if (text.filter(it -> !Template.references(it).isEmpty()).isPresent()) {
                at.error("References are not filled in here; write it out");
            }
            return text;
        });
    }

    private interface Reading {
        Optional<String> text(YamlValue value);
    }

    private static Map<String, String> all(YamlValue value, Reading reading) {
        var texts = new LinkedHashMap<String, String>();
        value.object()
                .ifPresent(object -> object.values()
                        .forEach((name, at) -> reading.text(at).ifPresent(text -> texts.put(name, text))));
        return texts;
    }

    /** A JSON value with its references in full; its texts may hold secrets. */
    Object json(YamlValue at) {
        return Template.fillAll(at.plain(), text -> inFull(at, text, true));
    }

    private String inFull(YamlValue at, String text, boolean takesSecrets) {
        return Template.fill(text, name -> {
            if (Template.secret(name).isPresent()) {
                if (!takesSecrets) {
                    at.error("${%s}: a secret may stand in headers, a body or the settings of an operation"
                            .formatted(name));
                }
                return Optional.empty();
            }
            try {
                var reference = reference(name);
                Output.of(reference).ifPresent(outputs::add);
                names.growth().reference(reference);
                return Optional.of("${%s}".formatted(reference));
            } catch (IllegalArgumentException e) {
                at.error("${%s}: %s".formatted(name, e.getMessage()));
                return Optional.empty();
            }
        });
    }

    // ---- what names stand for ----

    /** The reference in full. */
    private String reference(String name) {
        if (name.startsWith("steps.")) {
            return output(name).toString();
        }
        if (name.startsWith("secrets.")) {
            throw new IllegalArgumentException("A secret's name is capitals, digits and underscores");
        }
        if (RELEASE_VALUES.contains(name)
                || isOneOf(names.inputs(), "inputs.", name)
                || isOneOf(names.variables(), "vars.", name)
                || names.variables().contains(name)) {
            return name;
        }
        throw new IllegalArgumentException(Suggestion.unknown(name, known().toList()));
    }

    private Stream<String> known() {
        return Stream.of(
                        names.variables().stream(),
                        names.inputs().stream().map("inputs."::concat),
                        RELEASE_VALUES.stream())
                .flatMap(it -> it);
    }

    private static boolean isOneOf(Set<String> names, String prefix, String name) {
        return name.startsWith(prefix) && names.contains(name.substring(prefix.length()));
    }

    private Output output(String name) {
        var matcher = OUTPUT.matcher(name);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("What a step gave is written ${steps.upgrade.output.revision}");
        }
        var from = step.orElseThrow(() -> new IllegalArgumentException("What a step gave cannot be referred to here"));
        var of = names.steps().find(matcher.group(1), from.phase(), prefix);
        if (!names.steps().isBefore(of, from)) {
            throw new IllegalArgumentException("The step %s does not stand above this one".formatted(of));
        }
        return new Output(of, matcher.group(2));
    }

    @Override
    public StepRef step(String name) {
        return names.steps().find(name, step.map(StepRef::phase).orElse(""), prefix);
    }

    @Override
    public Optional<String> value(String name) {
        var braces = BRACES.matcher(name);
        if (braces.matches()) {
            return Optional.of(reference(braces.group(1)));
        }
        var isValue = Stream.of("inputs.", "vars.", "release.", "steps.").anyMatch(name::startsWith);
        return isValue && !names.steps().has(name) ? Optional.of(reference(name)) : Optional.empty();
    }
}
