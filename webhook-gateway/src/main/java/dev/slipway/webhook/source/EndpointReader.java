package dev.slipway.webhook.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.slipway.condition.Durations;
import dev.slipway.condition.Suggestion;
import dev.slipway.webhook.forward.Endpoint;
import dev.slipway.webhook.forward.Signing;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/** Reads what someone says about the endpoints of a source. */
final class EndpointReader {

    private static final int MOST_ENDPOINTS = 20;
    private static final int MOST_SECRETS = 5;
    private static final Pattern COUNT = Pattern.compile("[0-9]{1,3}");

    /** What the API's answers have besides, so that an answer can be changed and sent back. */
    private static final Set<String> ANSWERED = Set.of("secret");

    private final SecretReader secretReader;

    EndpointReader(SecretReader secretReader) {
        this.secretReader = secretReader;
    }

    /**
     * Those without error; the errors of the others are noted.
     *
     * @param isProofKept whether the headers that are kept prove the source's sender once more
     */
    List<EndpointDraft> read(List<JsonNode> items, String path, boolean isProofKept, List<SourceError> errors) {
        if (items.size() > MOST_ENDPOINTS) {
            errors.add(new SourceError(path, "must be at most %d".formatted(MOST_ENDPOINTS)));
        }
        var drafts = new ArrayList<EndpointDraft>();
        var names = new HashSet<String>();
        for (var i = 0; i < items.size(); i++) {
            var at = "%s[%d]".formatted(path, i);
            read(items.get(i), at, isProofKept, errors).ifPresent(draft -> {
                if (!names.add(draft.name())) {
                    errors.add(new SourceError(at + ".name", "is that of another endpoint of this source"));
                }
                drafts.add(draft);
            });
        }
        return drafts;
    }

    private Optional<EndpointDraft> read(JsonNode item, String path, boolean isProofKept, List<SourceError> errors) {
        var errorsBefore = errors.size();
        var fields = new Fields(item, path, errors);
        var name = fields.require("name", Function.identity());
        var url = fields.require("url", EndpointReader::url);
        var signing = fields.read("signing", EndpointReader::signing)
                .orElseGet(() -> new Signing.StandardWebhooks(List.of()));
        var schedule = list(fields, item, "schedule", Durations::parse).orElse(Endpoint.SCHEDULE);
        var timeout = fields.read("timeout", Durations::parse).orElse(Endpoint.TIMEOUT);
        var ordered = fields.read("ordered", EndpointReader::truth).orElse(false);
        var concurrency = fields.read("concurrency", EndpointReader::count).orElse(Endpoint.CONCURRENCY);
        var types = list(fields, item, "types", Function.<String>identity()).orElse(List.of());
        var secrets = items(fields, item, "secrets").map(all -> secrets(all, path + ".secrets", errors));
        if (signing instanceof Signing.Original && secrets.isPresent()) {
            fields.error("secrets", "are of no use where the original signature is forwarded");
        }
        if (signing instanceof Signing.Original && !isProofKept) {
            fields.error(
                    "signing",
                    "'original' would leave the application without proof: this sender proves itself by a secret, which is not kept and not forwarded. Use 'standard-webhooks'; RevenueCat, if it signs, with the option 'header' that names its signature's header");
        }
        fields.ignore(ANSWERED);
        fields.close();
        if (errors.size() > errorsBefore) {
            return Optional.empty();
        }
        try {
            return Optional.of(new EndpointDraft(
                    new Endpoint(
                            name.orElseThrow(),
                            url.orElseThrow(),
                            signing,
                            schedule,
                            timeout,
                            ordered,
                            concurrency,
                            types),
                    secrets));
        } catch (IllegalArgumentException e) {
            fields.error(String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }

    /** What the JDK says of one that is none would show it, and it may hold a secret. */
    private static URI url(String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(
                    "is not a URL: look at character %d (%s)".formatted(e.getIndex() + 1, e.getReason()));
        }
    }

    private static Signing signing(String text) {
        var all = List.of(Signing.StandardWebhooks.LABEL, Signing.Original.LABEL);
        return switch (text) {
            case Signing.StandardWebhooks.LABEL -> new Signing.StandardWebhooks(List.of());
            case Signing.Original.LABEL -> new Signing.Original();
            default -> throw new IllegalArgumentException(Suggestion.unknown(text, all));
        };
    }

    private static boolean truth(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("must be true or false");
        };
    }

    private static int count(String text) {
        if (!COUNT.matcher(text).matches()) {
            throw new IllegalArgumentException("'%s' is not a whole number".formatted(text));
        }
        return Integer.parseInt(text);
    }

    private List<SecretDraft> secrets(List<JsonNode> items, String path, List<SourceError> errors) {
        if (items.isEmpty() || items.size() > MOST_SECRETS) {
            errors.add(new SourceError(path, "must be 1 to %d".formatted(MOST_SECRETS)));
        }
        var secrets = new ArrayList<SecretDraft>();
        for (var i = 0; i < items.size(); i++) {
            var at = "%s[%d]".formatted(path, i);
            secretReader.readSigning(items.get(i), at, errors).ifPresent(secrets::add);
        }
        return secrets;
    }

    private static <T> Optional<List<T>> list(Fields fields, JsonNode item, String name, Function<String, T> parser) {
        return items(fields, item, name).map(items -> {
            var values = new ArrayList<T>();
            for (var i = 0; i < items.size(); i++) {
                try {
                    values.add(parser.apply(items.get(i).asText().strip()));
                } catch (IllegalArgumentException e) {
                    fields.error("%s[%d]".formatted(name, i), String.valueOf(e.getMessage()));
                }
            }
            return values;
        });
    }

    /** The items of a list, or of a text with commas, as properties have it. */
    private static Optional<List<JsonNode>> items(Fields fields, JsonNode item, String name) {
        if (!item.path(name).isTextual()) {
            return fields.list(name);
        }
        return fields.read(
                name,
                text -> Arrays.stream(text.split(","))
                        .map(String::strip)
                        .filter(part -> !part.isEmpty())
                        .<JsonNode>map(JsonNodeFactory.instance::textNode)
                        .toList());
    }
}
