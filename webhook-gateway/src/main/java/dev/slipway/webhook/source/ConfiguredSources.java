package dev.slipway.webhook.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.slipway.event.EventJson;
import dev.slipway.webhook.forward.Signing;
import dev.slipway.webhook.scheme.KnownScheme;
import dev.slipway.webhook.scheme.Secret;
import dev.slipway.webhook.source.SecretDraft.Added;
import dev.slipway.webhook.source.SecretDraft.Kept;
import dev.slipway.webhook.source.SourceSecret.Kind;
import dev.slipway.webhook.source.SourceSecret.Value;
import dev.slipway.webhook.source.SourceSecret.Value.Known;
import dev.slipway.webhook.source.SourcesConfig.SourceConfig;
import io.quarkus.runtime.configuration.ConfigurationException;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** The sources that the gateway is configured with, by properties and by a file. They never change. */
@Singleton
public class ConfiguredSources {

    private static final String PREFIX = "slipway.webhook.sources.";
    private static final Set<String> SECRETS = Set.of("secrets", "oldSecrets", "oldSecretsExpireAt");
    private static final Pattern CAPITAL = Pattern.compile("[A-Z]");
    private static final Pattern AFTER_DASH = Pattern.compile("-([a-z])");

    private final SourceReader reader;
    private final SecretReferences references;
    private final Map<String, Source> byName = new TreeMap<>();

    /** What is wrong, and where. */
    private final List<String> errors = new ArrayList<>();

    /** @throws ConfigurationException with all that is wrong, so that the gateway does not start */
    public ConfiguredSources(
            SourcesConfig config, SetupConfig setup, SourceReader reader, SecretReferences references) {
        this.reader = reader;
        this.references = references;
        config.byName().forEach(this::readProperties);
        setup.sourcesFile().ifPresent(this::readFile);
        if (!errors.isEmpty()) {
            throw new ConfigurationException("The sources are configured wrongly:\n" + String.join("\n", errors));
        }
    }

    /** By their names. */
    Map<String, Source> byName() {
        return Map.copyOf(byName);
    }

    private void readProperties(String name, SourceConfig config) {
        var prefix = PREFIX + (name.contains(".") ? '"' + name + '"' : name) + ".";
        try {
            var json = json(name, config);
            var draft = reader.read(json.deepCopy().without(SECRETS));
            var settings = draft.settings();
            var secrets = secrets(json, settings.scheme());
            if (!secrets.isEmpty()) {
                var origin = new Origin.Configuration(prefix + "*");
                byName.put(name, new Source(settings, secrets, origin, endpoints(draft)));
            }
        } catch (InvalidSourceException e) {
            e.errors().forEach(error -> errors.add(prefix + property(error.path()) + ": " + error.message()));
        }
    }

    /** The properties of a source as fields, like those of the API; its secrets are texts. */
    private static ObjectNode json(String name, SourceConfig config) {
        var json = JsonNodeFactory.instance.objectNode().put("name", name);
        config.all()
                .forEach((property, value) -> value.ifPresent(text -> {
                    var parts = property.split("\\.", 2);
                    if (parts.length == 1) {
                        json.put(field(property), text);
                    } else if (parts[0].equals("forward-to")) {
                        putEndpoint(json, parts[1], text);
                    } else {
                        var isOption = parts[0].equals("options");
                        json.withObjectProperty(field(parts[0])).put(isOption ? parts[1] : field(parts[1]), text);
                    }
                }));
        return json;
    }

    /** {@code shop.url} → {@code {"name": "shop", "url": …}}, with the others of that name. */
    private static void putEndpoint(ObjectNode json, String property, String text) {
        var end = property.lastIndexOf('.');
        var name = end < 0 ? property : property.substring(0, end);
        var endpoints = json.withArrayProperty("forwardTo");
        var endpoint = endpoints
                .valueStream()
                .filter(it -> it.path("name").asText().equals(name))
                .findFirst()
                .map(ObjectNode.class::cast)
                .orElseGet(() -> endpoints.addObject().put("name", name));
        endpoint.put(field(property.substring(end + 1)), text);
    }

    /** @throws InvalidSourceException if one lacks a secret, as there is nobody to show one to that is made for it */
    private List<SourceEndpoint> endpoints(SourceDraft draft) {
        var missing = new ArrayList<SourceError>();
        var endpoints = new ArrayList<SourceEndpoint>();
        for (var endpoint : draft.endpoints()) {
            var path = "forwardTo[%d].secrets".formatted(endpoints.size());
            var secrets = endpoint.secrets().orElse(List.of()).stream()
                    .filter(Added.class::isInstance)
                    .map(secret -> signingSecret((Added) secret))
                    .toList();
            if (secrets.isEmpty() && endpoint.endpoint().signing() instanceof Signing.StandardWebhooks) {
                missing.add(new SourceError(path, "is missing; one is 'whsec_' and 24 to 64 bytes in Base64"));
            }
            secrets.stream()
                    .flatMap(secret -> secret.problem().stream())
                    .forEach(problem -> missing.add(new SourceError(path, problem)));
            endpoints.add(new SourceEndpoint(endpoint.endpoint(), secrets));
        }
        if (!missing.isEmpty()) {
            throw new InvalidSourceException(missing);
        }
        return endpoints;
    }

    private static List<SourceSecret> secrets(ObjectNode json, KnownScheme scheme) {
        var errors = new ArrayList<SourceError>();
        var fields = new Fields(json, "", errors);
        var secrets = fields.read("secrets", scheme::secrets).orElse(List.of());
        var oldSecrets = fields.read("oldSecrets", scheme::secrets).orElse(List.of());
        var end = oldSecrets.isEmpty()
                ? Optional.<Instant>empty()
                : fields.require("oldSecretsExpireAt", SecretReader::instant);
        if (!errors.isEmpty()) {
            throw new InvalidSourceException(errors);
        }
        return Stream.concat(
                        secrets.stream().map(secret -> secret(secret, Optional.empty())),
                        oldSecrets.stream().map(secret -> secret(secret, end)))
                .toList();
    }

    private static SourceSecret secret(Secret secret, Optional<Instant> end) {
        return SourceSecret.configured(Kind.CONFIGURED, Optional.empty(), end, new Known(List.of(secret)));
    }

    private void readFile(Path file) {
        var found = new ArrayList<SourceError>();
        var fields = new Fields(yaml(file, found), "", found);
        var items = fields.list("sources").orElse(List.of());
        fields.close();
        for (var i = 0; i < items.size(); i++) {
            var path = "sources[%d]".formatted(i);
            try {
                var source = source(items.get(i), file);
                if (byName.putIfAbsent(source.name(), source) != null) {
                    found.add(new SourceError(
                            path + ".name",
                            "'%s' is configured already; keep one of the two".formatted(source.name())));
                }
            } catch (InvalidSourceException e) {
                e.errors().forEach(error -> found.add(error.in(path)));
            }
        }
        found.forEach(error -> errors.add(file + ": " + error));
    }

    /** What stands in a YAML file; an empty object, and the errors, if it cannot be read. */
    private static JsonNode yaml(Path file, List<SourceError> errors) {
        try {
            var text = Files.readString(file);
            // Read at once: SnakeYAML Engine 2.10 fails where the end of its buffer parts a surrogate pair.
            var settings =
                    LoadSettings.builder().setBufferSize(text.length() + 1).build();
            var content = new Load(settings).loadFromString(text);
            return EventJson.mapper().valueToTree(content);
        } catch (IOException e) {
            errors.add(new SourceError(
                    "",
                    "cannot be read; SLIPWAY_SOURCES_FILE must name a file that the gateway may read (%s)"
                            .formatted(e)));
        } catch (MarkedYamlEngineException e) {
            // The message would show what stands there, which may be a secret.
            var where = e.getProblemMark()
                    .map(mark -> "line %d, column %d".formatted(mark.getLine() + 1, mark.getColumn() + 1))
                    .orElse("");
            errors.add(new SourceError(where, "is not YAML: " + e.getProblem()));
        } catch (YamlEngineException e) {
            errors.add(new SourceError("", "is not YAML: " + e.getMessage()));
        }
        return JsonNodeFactory.instance.objectNode();
    }

    private Source source(JsonNode json, Path file) {
        var draft = reader.read(json);
        var settings = draft.settings();
        var secrets = new ArrayList<SourceSecret>();
        var missing = new ArrayList<SourceError>();
        for (var secret : draft.secrets().orElse(List.of())) {
            var path = "secrets[%d]".formatted(secrets.size());
            switch (secret) {
                case Added added -> {
                    var configured = secret(added, settings.scheme());
                    configured.problem().ifPresent(problem -> missing.add(new SourceError(path, problem)));
                    secrets.add(configured);
                }
                case Kept kept -> missing.add(new SourceError(path, "needs 'value', 'env' or 'file'"));
            }
        }
        if (draft.secrets().isEmpty()) {
            missing.add(new SourceError(
                    "secrets", "is missing; one is " + settings.scheme().secretForm()));
        }
        if (!missing.isEmpty()) {
            throw new InvalidSourceException(missing);
        }
        return new Source(settings, secrets, new Origin.Configuration(file.toString()), endpoints(draft));
    }

    private SourceSecret secret(Added added, KnownScheme scheme) {
        return configured(added, references.secret(added.content(), scheme));
    }

    private SourceSecret signingSecret(Added added) {
        return configured(added, references.signingSecret(added.content(), added.expiresAt()));
    }

    private static SourceSecret configured(Added added, Value value) {
        var content = added.content();
        var isReference = content.kind() != Kind.STORED;
        return SourceSecret.configured(
                isReference ? content.kind() : Kind.CONFIGURED,
                isReference ? Optional.of(content.text()) : Optional.empty(),
                added.expiresAt(),
                value);
    }

    /** {@code rate-limit} → {@code rateLimit}. */
    private static String field(String property) {
        return AFTER_DASH.matcher(property).replaceAll(letter -> letter.group(1).toUpperCase(Locale.ROOT));
    }

    /** {@code rateLimit} → {@code rate-limit}. */
    private static String property(String field) {
        return CAPITAL.matcher(field).replaceAll(letter -> "-" + letter.group().toLowerCase(Locale.ROOT));
    }
}
