package dev.slipway.webhook;

import static dev.slipway.webhook.StripeSender.send;
import static dev.slipway.webhook.StripeSender.to;

import com.fasterxml.jackson.databind.JsonNode;
import dev.slipway.devstack.testing.Infrastructure;
import dev.slipway.event.EventJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.stream.StreamSupport;

/** Calls of the gateway's API, by the operators if nobody else is named. */
public final class Api {

    /** A token that has no role. */
    public static final String GUEST = "token-of-the-guest";

    private Api() {}

    public static HttpRequest.Builder call(String path, String token) {
        return to(path).header("Authorization", "Bearer " + token);
    }

    public static HttpResponse<String> get(String path) {
        return send(call(path, Infrastructure.TOKEN).build());
    }

    public static HttpResponse<String> post(String path, String body) {
        return send(call(path, Infrastructure.TOKEN)
                .POST(BodyPublishers.ofString(body))
                .build());
    }

    public static JsonNode json(HttpResponse<String> response) {
        try {
            return EventJson.mapper().readTree(response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The items of a page. */
    public static List<JsonNode> items(JsonNode page) {
        return StreamSupport.stream(page.path("items").spliterator(), false).toList();
    }
}
