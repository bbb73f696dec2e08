package dev.slipway.devstack.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;

/** Calls as the demo's parties make them: a service that is away, or answers 5xx, is called again for a while. */
final class Http {

    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final Duration PAUSE = Duration.ofMillis(250);
    private static final int ATTEMPTS = 160;

    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();

    /** What was answered. */
    record Answer(int status, String body) {

        JsonNode json() {
            try {
                return MAPPER.readTree(body);
            } catch (JsonProcessingException e) {
                throw new DemoException("The answer is not JSON: " + body, e);
            }
        }
    }

    /**
     * Calls until there is an answer that is not 5xx.
     *
     * @throws DemoException if there is none within a minute or so
     */
    Answer call(String method, URI uri, Map<String, String> headers, String body) throws InterruptedException {
        var request = HttpRequest.newBuilder(uri)
                .timeout(TIMEOUT)
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        headers.forEach(request::header);
        var last = "";
        for (var attempt = 0; attempt < ATTEMPTS; attempt++) {
            try {
                var response = client.send(request.build(), BodyHandlers.ofString());
                if (response.statusCode() < 500) {
                    return new Answer(response.statusCode(), response.body());
                }
                last = "it answers %d: %s".formatted(response.statusCode(), response.body());
            } catch (IOException e) {
                last = "it does not answer: " + e;
            }
            Thread.sleep(PAUSE);
        }
        throw new DemoException("%s %s: %s".formatted(method, uri, last));
    }

    /** Calls, and expects success. */
    Answer expect(String method, URI uri, Map<String, String> headers, String body) throws InterruptedException {
        var answer = call(method, uri, headers, body);
        if (answer.status() / 100 != 2) {
            throw new DemoException("%s %s answered %d: %s".formatted(method, uri, answer.status(), answer.body()));
        }
        return answer;
    }
}
