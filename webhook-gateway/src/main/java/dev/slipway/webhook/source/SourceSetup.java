package dev.slipway.webhook.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.slipway.event.EventJson;
import io.quarkus.runtime.configuration.ConfigurationException;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** What to do at a sender, so that it delivers here. */
@Singleton
public class SourceSetup {

    private static final String URL = "${url}";
    private static final String URL_WITH_SECRET = "${url with secret}";

    private final Optional<String> publicUrl;
    private final Map<String, List<String>> stepsByScheme;

    /** @throws ConfigurationException if the public URL is none */
    public SourceSetup(SetupConfig config) {
        this.publicUrl = config.publicUrl().map(SourceSetup::checked).map(SourceSetup::base);
        this.stepsByScheme = read("setup-steps.yaml");
    }

    /**
     * Where a source's sender delivers to.
     *
     * @param calledAt the address at which the API was called; it counts if no public one is configured
     * @param secret of a sender that knows nothing but the URL; else {@code <secret>} stands in its place
     */
    String url(Source source, URI calledAt, Optional<String> secret) {
        var url = publicUrl.orElseGet(() -> base(calledAt)) + "/webhooks/" + source.name();
        return stepsOf(source).stream().anyMatch(step -> step.contains(URL_WITH_SECRET))
                ? url + "/" + secret.map(it -> URLEncoder.encode(it, UTF_8)).orElse("<secret>")
                : url;
    }

    /** The steps at the sender, and the one back here if a secret is still to be told. */
    List<String> steps(Source source, String url) {
        var steps = new ArrayList<String>();
        for (var step : stepsOf(source)) {
            steps.add(step.replace(URL, url)
                    .replace(URL_WITH_SECRET, url)
                    .replace("${header}", source.options().getOrDefault("header", "Authorization")));
        }
        if (source.secrets().isEmpty()) {
            steps.add(
                    "Tell the gateway the secret: POST /api/v1/sources/%s/secrets {\"value\": \"<secret>\"}. It is %s."
                            .formatted(source.name(), source.scheme().secretForm()));
        }
        return steps;
    }

    private List<String> stepsOf(Source source) {
        return stepsByScheme.getOrDefault(source.scheme().label(), List.of());
    }

    private static URI checked(URI url) {
        if (!List.of("http", "https").contains(String.valueOf(url.getScheme())) || url.getHost() == null) {
            throw new ConfigurationException(
                    "SLIPWAY_WEBHOOK_PUBLIC_URL is '%s'; it must be a URL such as https://hooks.example.com"
                            .formatted(url));
        }
        return url;
    }

    private static String base(URI url) {
        return url.toString().replaceFirst("/+$", "");
    }

    private static Map<String, List<String>> read(String resource) {
        try (var yaml = Objects.requireNonNull(SourceSetup.class.getResourceAsStream(resource))) {
            return EventJson.mapper()
                    .convertValue(
                            new Load(LoadSettings.builder().build()).loadFromInputStream(yaml),
                            new TypeReference<>() {});
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
