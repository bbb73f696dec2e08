package dev.slipway.release.dryrun;

import com.fasterxml.jackson.databind.JsonNode;
import dev.slipway.event.EventJson;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What the other services say that they have. A dry run is told as well if one of them says nothing. */
@Singleton
class Neighbours {

    private final DryRunConfig config;
    private final HttpClient client;

    Neighbours(DryRunConfig config) {
        this.config = config;
        this.client = HttpClient.newBuilder().connectTimeout(config.timeout()).build();
    }

    /**
     * The names of the secrets that health-probe has; nothing if it did not say.
     *
     * @param authorization the caller's own
     */
    Optional<Set<String>> secretsOfHealthProbe(Optional<String> authorization) throws InterruptedException {
        return items(config.healthProbe(), "api/v1/secrets", authorization).map(items -> {
            var names = new HashSet<String>();
            items.forEach(item -> names.add(item.asText()));
            return names;
        });
    }

    /**
     * The notifier's channels, and why nothing can be sent on one, if nothing can; nothing if it did not say.
     *
     * @param authorization the caller's own
     */
    Optional<Map<String, Optional<String>>> channels(Optional<String> authorization) throws InterruptedException {
        return items(config.notifier(), "api/v1/channels", authorization).map(items -> {
            var channels = new HashMap<String, Optional<String>>();
            items.forEach(item -> channels.put(
                    item.path("name").asText(),
                    item.path("configured").asBoolean()
                            ? Optional.empty()
                            : Optional.of(item.path("problem").asText("It is not configured"))));
            return channels;
        });
    }

    private Optional<JsonNode> items(URI service, String path, Optional<String> authorization)
            throws InterruptedException {
        var base = service.toString();
        var request = HttpRequest.newBuilder(URI.create(base.endsWith("/") ? base + path : base + "/" + path))
                .timeout(config.timeout());
        authorization.ifPresent(it -> request.header("Authorization", it));
        try {
            var answer = client.send(request.build(), BodyHandlers.ofByteArray());
            return Optional.of(answer)
                    .filter(it -> it.statusCode() == 200)
                    .map(it -> it.body())
                    .flatMap(Neighbours::items);
        } catch (IOException e) {
            // The dry run says that nobody answered.
            return Optional.empty();
        }
    }

    private static Optional<JsonNode> items(byte[] body) {
        try {
            return Optional.ofNullable(EventJson.mapper().readTree(body).get("items"));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
