package dev.slipway.webhook.source;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toUnmodifiableMap;

import dev.slipway.event.Subject;
import dev.slipway.webhook.scheme.SchemeSettings;
import dev.slipway.webhook.source.SourcesConfig.SourceConfig;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The sources by name. */
@Singleton
public class Sources {

    private final Map<String, Source> byName;

    /** @throws IllegalArgumentException if a source is configured wrongly */
    public Sources(SourcesConfig config) {
        this.byName = config.byName().entrySet().stream()
                .map(entry -> source(entry.getKey(), entry.getValue()))
                .flatMap(Optional::stream)
                .collect(toUnmodifiableMap(Source::name, identity()));
    }

    /** The source of a name, if it is configured. */
    public Optional<Source> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    private static Optional<Source> source(String name, SourceConfig config) {
        try {
            var secrets = config.secrets().map(config.scheme()::secrets).orElse(List.of());
            if (secrets.isEmpty()) {
                return Optional.empty();
            }
            return Optional.of(new Source(
                    name,
                    config.scheme().with(new SchemeSettings(Optional.of(config.tolerance()), Map.of())),
                    config.environment()
                            .map(String::strip)
                            .filter(text -> !text.isEmpty())
                            .map(Subject::parse),
                    secrets));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "The source '%s' is configured wrongly: %s".formatted(name, e.getMessage()), e);
        }
    }
}
