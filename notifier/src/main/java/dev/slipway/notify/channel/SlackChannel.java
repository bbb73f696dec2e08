package dev.slipway.notify.channel;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.slipway.event.EventJson;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/** Posts to a Slack incoming webhook, which leads to the one conversation it was made for. */
@Singleton
public final class SlackChannel implements Channel {

    private static final int MOST_OF_AN_ANSWER = 200;

    private final Optional<URI> webhook;
    private final Optional<String> problem;
    private final Clock clock;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

    public SlackChannel(SlackConfig config, Clock clock) {
        this.webhook = config.webhookUrl().map(String::strip).flatMap(SlackChannel::parse);
        this.problem = webhook.isPresent()
                ? Optional.empty()
                : Optional.of(
                        config.webhookUrl().isPresent()
                                ? "SLACK_WEBHOOK_URL is not an http or https URL"
                                : "Slack is not configured: set SLACK_WEBHOOK_URL to the URL of an incoming webhook");
        this.clock = clock;
    }

    @Override
    public String name() {
        return "slack";
    }

    @Override
    public String kind() {
        return "Slack incoming webhook";
    }

    @Override
    public Optional<String> problem() {
        return problem;
    }

    @Override
    public Outcome deliver(Letter letter) throws InterruptedException {
        return webhook.isPresent() ? post(webhook.get(), letter) : new Outcome.Refused(problem.orElse(""));
    }

    private Outcome post(URI url, Letter letter) throws InterruptedException {
        var request = HttpRequest.newBuilder(url)
                .header("Content-Type", "application/json; charset=utf-8")
                .POST(BodyPublishers.ofByteArray(json(SlackMessage.of(letter.message()))))
                .build();
        try {
            var response = http.send(request, BodyHandlers.ofInputStream());
            try (var body = response.body()) {
                var said = new String(body.readNBytes(MOST_OF_AN_ANSWER), StandardCharsets.UTF_8);
                return new SlackAnswer(
                                response.statusCode(),
                                response.headers().firstValue("Retry-After"),
                                withoutSecret(url, said))
                        .outcome(clock.instant());
            }
        } catch (ConnectException e) {
            return new Outcome.Retry("Slack could not be reached");
        } catch (IOException e) {
            // The exception's own words can hold the URL.
            return new Outcome.Retry(
                    "The connection to Slack broke (%s)".formatted(e.getClass().getSimpleName()));
        }
    }

    /** An error page may repeat the path that was asked for. */
    private static String withoutSecret(URI url, String said) {
        var path = url.getRawPath();
        return path.length() > 1 ? said.replace(path, "/…") : said;
    }

    private static byte[] json(SlackMessage message) {
        try {
            return EventJson.mapper().writeValueAsBytes(message);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Optional<URI> parse(String url) {
        try {
            var uri = new URI(url);
            return uri.getHost() != null && Set.of("http", "https").contains(uri.getScheme())
                    ? Optional.of(uri)
                    : Optional.empty();
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }
}
