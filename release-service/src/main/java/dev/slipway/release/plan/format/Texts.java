package dev.slipway.release.plan.format;

import dev.slipway.release.plan.Suggestion;
import dev.slipway.release.plan.Template;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Texts that may refer to values, {@code ${api}}; each reference is looked at. */
final class Texts {

    private static final Set<String> RELEASE_VALUES = Set.of("release.id", "release.version", "release.commit");

    private final Names names;

    Texts(Names names) {
        this.names = names;
    }

    /** A text that is shown to people, and may therefore hold no secret. */
    Optional<String> open(YamlValue value) {
        var text = value.text();
        text.ifPresent(it -> check(value, it, false));
        return text;
    }

    /** A text that may hold secrets. */
    Optional<String> secret(YamlValue value) {
        var text = value.text();
        text.ifPresent(it -> check(value, it, true));
        return text;
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

    /** All texts in a JSON value, which may hold secrets. */
    void checkAll(YamlValue at, Object plain) {
        switch (plain) {
            case String text -> check(at, text, true);
            case List<?> list -> list.forEach(item -> checkAll(at, String.valueOf(item)));
            case Map<?, ?> map -> map.values().forEach(item -> checkAll(at, String.valueOf(item)));
            default -> {}
        }
    }

    private void check(YamlValue at, String text, boolean takesSecrets) {
        for (var name : Template.references(text)) {
            if (Template.isSecret(name)) {
                if (!takesSecrets) {
                    at.error("${%s}: a secret may stand in headers, a body or the settings of an operation"
                            .formatted(name));
                }
            } else if (!RELEASE_VALUES.contains(name)
                    && !names.variables().contains(name.startsWith("vars.") ? name.substring(5) : name)) {
                var known = new ArrayList<>(names.variables());
                known.addAll(RELEASE_VALUES);
                at.error("${%s}: %s".formatted(name, Suggestion.unknown(name, known)));
            }
        }
    }
}
