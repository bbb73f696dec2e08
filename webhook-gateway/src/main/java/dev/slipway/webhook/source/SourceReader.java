package dev.slipway.webhook.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.slipway.condition.Durations;
import dev.slipway.condition.Suggestion;
import dev.slipway.event.Subject;
import dev.slipway.webhook.scheme.KnownScheme;
import dev.slipway.webhook.scheme.SchemeSettings;
import dev.slipway.webhook.scheme.SignatureScheme;
import dev.slipway.webhook.source.SecretDraft.Added;
import dev.slipway.webhook.source.SecretDraft.Kept;
import io.quarkus.runtime.configuration.MemorySizeConverter;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Reads what someone says about a source. There is one form, the JSON of the API: the file of sources and the properties
 * are brought into it, and in it a source is stored. So every rule stands once.
 */
@Singleton
public class SourceReader {

    private static final Duration TOLERANCE = Duration.ofMinutes(5);
    private static final Duration LONGEST_TOLERANCE = Duration.ofDays(1);
    private static final Duration LONGEST_RETENTION = Duration.ofDays(3_650);
    private static final Duration SHORTEST_WINDOW = Duration.ofMinutes(1);
    private static final long SMALLEST_BODY = 1024;
    private static final long LARGEST_BODY = 16 * 1024 * 1024;
    private static final int MOST_PER_SECOND = 100_000;

    /** The most secrets that a source may have, because each is tried. */
    static final int MOST_SECRETS = 10;

    private static final Pattern COUNT = Pattern.compile("[0-9]{1,6}");
    private static final Pattern SIZE = Pattern.compile("[0-9]{1,9}[KkMm]?");

    /** What the API's answers have besides, so that an answer can be changed and sent back. */
    private static final Set<String> ANSWERED =
            Set.of("state", "origin", "where", "url", "steps", "createdAt", "changedAt");

    private final SourceDefaults defaults;
    private final SecretReader secretReader;
    private final EndpointReader endpointReader;

    public SourceReader(SourceDefaults defaults, SecretReader secretReader) {
        this.defaults = defaults;
        this.secretReader = secretReader;
        this.endpointReader = new EndpointReader(secretReader);
    }

    /** @throws InvalidSourceException with all that is wrong */
    SourceDraft read(JsonNode json) {
        return read(json, false);
    }

    /**
     * Reads what is stored already: a rule that came later does not keep it from serving.
     *
     * @throws InvalidSourceException with all that is wrong
     */
    SourceDraft readStored(JsonNode json) {
        return read(json, true);
    }

    private SourceDraft read(JsonNode json, boolean isStored) {
        var errors = new ArrayList<SourceError>();
        var fields = new Fields(json, "", errors);
        var name = fields.require("name", SourceReader::name);
        var scheme = fields.require("scheme", SourceReader::scheme);
        var environment = environment(fields);
        var tolerance = fields.read("tolerance", SourceReader::tolerance).orElse(Optional.of(TOLERANCE));
        var options = fields.object("options").map(Fields::texts).orElse(Map.of());
        var verifier = scheme.flatMap(it -> verifier(fields, it, new SchemeSettings(tolerance, options)));
        var largestBody = fields.read("largestBody", SourceReader::largestBody).orElse(defaults.largestBody());
        var rateLimit = fields.object("rateLimit").flatMap(SourceReader::rateLimit);
        var senderRateLimit = fields.object("senderRateLimit").flatMap(SourceReader::rateLimit);
        var retention = fields.read("retention", SourceReader::retention).orElse(defaults.retention());
        var dedupeWindow = fields.read("dedupeWindow", text -> dedupeWindow(text, retention))
                .orElse(retention);
        var secrets =
                fields.list("secrets").filter(items -> !items.isEmpty()).map(items -> secrets(items, scheme, errors));
        var endpoints = fields.list("forwardTo")
                .map(items -> endpointReader.read(
                        items,
                        "forwardTo",
                        isStored || verifier.map(SignatureScheme::isProofKept).orElse(true),
                        errors))
                .orElse(List.of());
        fields.ignore(ANSWERED);
        fields.close();
        if (!errors.isEmpty()) {
            throw new InvalidSourceException(errors);
        }
        var settings = new SourceSettings(
                name.orElseThrow(),
                scheme.orElseThrow(),
                environment,
                tolerance,
                options,
                largestBody,
                rateLimit,
                senderRateLimit,
                retention,
                dedupeWindow);
        return new SourceDraft(settings, secrets, endpoints, definition(json, retention));
    }

    private static ObjectNode definition(JsonNode json, Duration retention) {
        ObjectNode definition = json.deepCopy();
        definition.remove("secrets");
        definition.path("forwardTo").forEach(endpoint -> ((ObjectNode) endpoint).remove(List.of("secrets", "secret")));
        if (definition.hasNonNull("dedupeWindow")) {
            // What it was held against, should the default change.
            definition.put("retention", Durations.format(retention));
        }
        return definition.remove(ANSWERED);
    }

    private static String name(String text) {
        if (!Subject.NAME.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "must be 1 to 63 lower-case letters, digits, dots, dashes or underscores, and begin and end with a letter or digit");
        }
        return text;
    }

    private static KnownScheme scheme(String text) {
        return Arrays.stream(KnownScheme.values())
                .filter(scheme -> scheme.label().equalsIgnoreCase(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(Suggestion.unknown(
                        text,
                        Arrays.stream(KnownScheme.values())
                                .map(KnownScheme::label)
                                .toList())));
    }

    /** Its two names, or both in one as they are written everywhere: {@code solacore/production}. */
    private static Optional<Subject> environment(Fields fields) {
        var application = fields.read("application", Function.identity());
        if (application.isEmpty()) {
            return fields.read("environment", Subject::parse);
        }
        return fields.require("environment", environment -> new Subject(application.get(), environment));
    }

    private static Optional<Duration> tolerance(String text) {
        return text.equals("off")
                ? Optional.empty()
                : Optional.of(between(Duration.ofSeconds(1), LONGEST_TOLERANCE, Durations.parse(text)));
    }

    private static Optional<SignatureScheme> verifier(Fields fields, KnownScheme scheme, SchemeSettings settings) {
        try {
            return Optional.of(scheme.with(settings));
        } catch (IllegalArgumentException e) {
            fields.error("options", String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }

    private static long largestBody(String text) {
        if (!SIZE.matcher(text).matches()) {
            throw new IllegalArgumentException("'%s' is not a size; write it like 65536, 256K or 4M".formatted(text));
        }
        return largestBody(new MemorySizeConverter().convert(text).asLongValue());
    }

    static long largestBody(long size) {
        if (size < SMALLEST_BODY || size > LARGEST_BODY) {
            throw new IllegalArgumentException("must be between 1K and 16M");
        }
        return size;
    }

    private static Optional<RateLimit> rateLimit(Fields fields) {
        var perSecond = fields.require("perSecond", SourceReader::count);
        var burst = fields.read("burst", SourceReader::count).or(() -> perSecond);
        fields.close();
        return perSecond.map(it -> new RateLimit(it, burst.orElse(it)));
    }

    private static int count(String text) {
        if (!COUNT.matcher(text).matches()) {
            throw new IllegalArgumentException("'%s' is not a whole number".formatted(text));
        }
        var count = Integer.parseInt(text);
        if (count < 1 || count > MOST_PER_SECOND) {
            throw new IllegalArgumentException("must be between 1 and %d".formatted(MOST_PER_SECOND));
        }
        return count;
    }

    private static Duration retention(String text) {
        return retention(Durations.parse(text));
    }

    static Duration retention(Duration value) {
        var retention = between(Duration.ofDays(1), LONGEST_RETENTION, value);
        if (!retention.equals(Duration.ofDays(retention.toDays()))) {
            throw new IllegalArgumentException("must be whole days, because deliveries are dropped by the day");
        }
        return retention;
    }

    private static Duration dedupeWindow(String text, Duration retention) {
        return between(SHORTEST_WINDOW, retention, Durations.parse(text));
    }

    private static Duration between(Duration least, Duration most, Duration value) {
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            throw new IllegalArgumentException(
                    "must be between %s and %s".formatted(Durations.format(least), Durations.format(most)));
        }
        return value;
    }

    private List<SecretDraft> secrets(List<JsonNode> items, Optional<KnownScheme> scheme, List<SourceError> errors) {
        if (items.size() > MOST_SECRETS) {
            errors.add(new SourceError("secrets", "must be at most %d".formatted(MOST_SECRETS)));
        }
        var secrets = new ArrayList<SecretDraft>();
        for (var i = 0; i < items.size(); i++) {
            secretReader
                    .read(items.get(i), "secrets[%d]".formatted(i), scheme, errors)
                    .ifPresent(secrets::add);
        }
        if (secrets.stream().map(SourceReader::identity).distinct().count() < secrets.size()) {
            errors.add(new SourceError("secrets", "must not have one twice"));
        }
        return secrets;
    }

    private static Object identity(SecretDraft secret) {
        return switch (secret) {
            case Added added -> added.content();
            case Kept kept -> kept.id();
        };
    }
}
