package dev.slipway.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.slipway.devstack.testing.Infrastructure;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;

/**
 * Plays a release of a runbook's plan to its end: does, once each, what it waits for. People approve, CI reports what
 * is awaited of it, providers send their webhooks.
 */
final class RunbookRelease implements Callable<JsonNode> {

    static final String VERSION = "2.0.0";

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Duration LONGEST = Duration.ofMinutes(4);

    private final SlipwaySystem slipway;
    private final Course course;
    private final Set<String> done = new HashSet<>();

    RunbookRelease(SlipwaySystem slipway, Course course) {
        this.slipway = slipway;
        this.course = course;
    }

    /**
     * How a release goes.
     *
     * @param figures what CI measures, by report
     * @param rejected the steps to which people say no; they approve all others
     * @param sickAt the step at which servers turn sick
     * @param sick which: part of their address
     * @param healedAt the step at which they become well again
     */
    record Course(
            String application,
            String environment,
            boolean provision,
            Map<String, Object> figures,
            Set<String> rejected,
            String sickAt,
            String sick,
            String healedAt) {

        /** Its servers' name. */
        String release() {
            return application + "-" + environment;
        }

        @Override
        public String toString() {
            return release();
        }
    }

    @Override
    public JsonNode call() throws Exception {
        var id = UUID.fromString(ask("/api/v1/releases", 202).path("id").asText());
        return await(course.toString())
                .pollInterval(Duration.ofMillis(100))
                .atMost(LONGEST)
                .until(() -> served(id), status -> status.hasNonNull("endedAt"));
    }

    /** The release's status, after all that it waits for was done. */
    private JsonNode served(UUID id) throws IOException, InterruptedException {
        var status = slipway.api("release-service", "/api/v1/releases/" + id);
        for (var waiting : status.path("waitingFor")) {
            var step = waiting.path("step").asText();
            var what = waiting.path("what").asText();
            // A step may wait for one thing after another.
            if (done.add(step + what)) {
                serve(id, step, what);
            }
        }
        return status;
    }

    /** What a dry run says. */
    JsonNode explanation() throws IOException, InterruptedException {
        return ask("/api/v1/releases?dryRun=true", 200);
    }

    private JsonNode ask(String path, int expected) throws IOException, InterruptedException {
        var body = JSON.createObjectNode()
                .put("application", course.application)
                .put("environment", course.environment)
                .put("version", VERSION)
                .put("commit", "0123456789abcdef0123456789abcdef01234567");
        body.putObject("inputs").put("provision", course.provision);
        var response = post(path, SlipwaySystem.CI_TOKEN, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(expected);
        return JSON.readTree(response.body());
    }

    private void serve(UUID id, String step, String what) throws IOException, InterruptedException {
        if (step.equals(course.sickAt)) {
            slipway.runbooks().sicken(course.release(), course.sick);
        }
        if (step.equals(course.healedAt)) {
            slipway.runbooks().heal(course.release());
        }
        if (what.startsWith("approval")) {
            var answer = course.rejected.contains(step) ? "reject" : "approve";
            var body = JSON.createObjectNode().put("step", step).put("comment", "Looked at");
            accepted("/api/v1/releases/%s/%s".formatted(id, answer), body);
        } else if (what.startsWith("the event WebhookVerified")) {
            send(where(what));
        } else if (what.startsWith("the event ")) {
            var event = what.split(" ")[2];
            var data = JSON.createObjectNode();
            where(what).forEach(data::put);
            if (course.figures.containsKey(event)) {
                data.putPOJO("value", course.figures.get(event));
            }
            var body = JSON.createObjectNode().put("type", event);
            body.set("data", data);
            accepted("/api/v1/releases/%s/events".formatted(id), body);
        }
    }

    /** What an event must say, of {@code the event TestsPassed with failed 0, suite integration}. */
    private static Map<String, String> where(String what) {
        var where = new LinkedHashMap<String, String>();
        var with = what.split(" with ", 2);
        if (with.length == 2) {
            for (var part : with[1].split(", ")) {
                var pair = part.split(" ", 2);
                where.put(pair[0], pair[1]);
            }
        }
        return where;
    }

    /** A webhook as its provider sends it, with what is awaited of its payload. */
    private void send(Map<String, String> where) throws IOException, InterruptedException {
        var id = UUID.randomUUID().toString();
        var gateway = slipway.service("webhook-gateway").uri();
        var type = where.getOrDefault("type", "");
        var request = switch (where.getOrDefault("source", "")) {
            case "stripe" ->
                StripeSender.request(
                        gateway, StripeSender.body(StripeSender.newEventId(), 10), SlipwaySystem.STRIPE_SECRET);
            case "revenuecat" ->
                authorized(gateway.resolve("/webhooks/revenuecat"), SlipwaySystem.REVENUECAT_SECRET, """
                                {"event":{"id":"%s","type":"%s","event_timestamp_ms":1}}""".formatted(
                                id, type));
            default ->
                authorized(
                        gateway.resolve("/webhooks/" + where.get("source")), SlipwaySystem.OTHERS_SECRET, """
                                {"id":"%s","type":"%s","data":{"serviceName":"%s","status":"%s"}}""".formatted(
                                        id,
                                        type,
                                        where.getOrDefault("payload.data.serviceName", ""),
                                        where.getOrDefault("payload.data.status", "")));
        };
        assertThat(HTTP.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
    }

    private void accepted(String path, JsonNode body) throws IOException, InterruptedException {
        var response = post(path, Infrastructure.TOKEN, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(202);
    }

    private HttpResponse<String> post(String path, String token, JsonNode body)
            throws IOException, InterruptedException {
        var request = authorized(slipway.service("release-service").uri().resolve(path), token, body.toString());
        return HTTP.send(request, BodyHandlers.ofString());
    }

    private static HttpRequest authorized(URI uri, String secret, String body) {
        return HttpRequest.newBuilder(uri)
                .header("Authorization", "Bearer " + secret)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body))
                .build();
    }
}
