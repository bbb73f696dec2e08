package dev.slipway.webhook.delivery;

import static dev.slipway.webhook.Api.call;
import static dev.slipway.webhook.Api.get;
import static dev.slipway.webhook.Api.items;
import static dev.slipway.webhook.Api.json;
import static dev.slipway.webhook.Api.post;
import static dev.slipway.webhook.StripeSender.deliver;
import static dev.slipway.webhook.StripeSender.newEventId;
import static dev.slipway.webhook.StripeSender.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.slipway.devstack.testing.Infrastructure;
import dev.slipway.devstack.testing.InfrastructureResource;
import dev.slipway.messaging.Ids;
import dev.slipway.webhook.WebhookTopic;
import dev.slipway.webhook.WebhookTopic.Published;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@QuarkusTestResource(InfrastructureResource.class)
class ReplayResourceTest {

    @Test
    void aReplayedDeliveryIsPublishedOnceMoreUnderAnIdOfItsOwn() {
        // Given
        var eventId = newEventId();
        var original = delivered(eventId);

        // When
        var answer = post("/api/v1/deliveries/%s/replay".formatted(original), "");

        // Then
        assertThat(answer.statusCode()).isEqualTo(202);
        var copy = json(answer).path("id").asText();
        assertThat(answer.headers().firstValue("Location"))
                .hasValueSatisfying(location -> assertThat(location).endsWith("/api/v1/deliveries/" + copy));
        assertThat(json(answer).path("replayOf").asText()).isEqualTo(original);
        try (var topic = new WebhookTopic()) {
            await().untilAsserted(
                            () -> assertThat(topic.records(it -> it.eventId().equals(eventId)))
                                    .extracting(Published::id)
                                    .containsExactly(original, copy));
        }
    }

    @Test
    void whoReplayedIsShown() {
        // Given
        var original = delivered(newEventId());

        // When
        var copy = json(post("/api/v1/deliveries/%s/replay".formatted(original), ""))
                .path("id")
                .asText();

        // Then
        var shown = json(get("/api/v1/deliveries/" + copy));
        assertThat(shown.path("replayedBy").asText()).isEqualTo("operator");
        assertThat(shown.path("replayOf").asText()).isEqualTo(original);
        var replays = json(get("/api/v1/deliveries/" + original)).path("replays");
        assertThat(replays).hasSize(1);
        assertThat(replays.path(0).path("id").asText()).isEqualTo(copy);
        assertThat(replays.path(0).path("by").asText()).isEqualTo("operator");
        assertThat(items(json(get("/api/v1/deliveries?replayOf=" + original)))).hasSize(1);
    }

    @Test
    void aRepeatedCallWithTheSameKeyIsAnsweredAsTheFirstAndReplaysNothingMore() {
        // Given
        var original = delivered(newEventId());
        var key = UUID.randomUUID().toString();
        var first = replay(original, key);

        // When
        var second = replay(original, key);

        // Then
        assertThat(second.statusCode()).isEqualTo(202);
        assertThat(second.body()).isEqualTo(first.body());
        assertThat(second.headers().firstValue("Location"))
                .isEqualTo(first.headers().firstValue("Location"));
        assertThat(json(get("/api/v1/deliveries/" + original)).path("replays")).hasSize(1);
    }

    @Test
    void theSameKeyForAnotherDeliveryIsRefused() {
        // Given
        var key = UUID.randomUUID().toString();
        replay(delivered(newEventId()), key);

        // When
        var answer = replay(delivered(newEventId()), key);

        // Then
        assertThat(answer.statusCode()).isEqualTo(422);
    }

    @Test
    void anUnknownDeliveryIs404() {
        // When
        var answer = post("/api/v1/deliveries/%s/replay".formatted(Ids.next()), "");

        // Then
        assertThat(answer.statusCode()).isEqualTo(404);
    }

    @Test
    void deliveriesAreReplayedByFilterAndWhatRemainsByCursor() {
        // Given
        var eventIds = IntStream.range(0, 3).mapToObj(i -> newEventId()).toList();
        var originals = eventIds.stream().map(ReplayResourceTest::delivered).toList();
        var filter = """
                "source": "stripe", "type": "invoice.paid", "mode": "LIVE", "from": "%s", "limit": 2""".formatted(json(get("/api/v1/deliveries/" + originals.getFirst()))
                .path("receivedAt")
                .asText());

        // When
        var first = json(post("/api/v1/deliveries/replay", "{%s}".formatted(filter)));
        var second = json(post(
                "/api/v1/deliveries/replay",
                "{%s, \"cursor\": \"%s\"}".formatted(filter, first.path("next").asText())));

        // Then
        assertThat(first.path("count").asInt()).isEqualTo(2);
        assertThat(second.path("count").asInt()).isPositive();
        assertThat(originals)
                .allSatisfy(original -> assertThat(
                                json(get("/api/v1/deliveries/" + original)).path("replays"))
                        .hasSize(1));
    }

    @Test
    void aDryRunOnlyCounts() {
        // Given
        var eventId = newEventId();
        var original = delivered(eventId);

        // When
        var answer = post("/api/v1/deliveries/replay", "{\"eventId\": \"%s\", \"dryRun\": true}".formatted(eventId));

        // Then
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("{\"count\":1,\"dryRun\":true}");
        assertThat(json(get("/api/v1/deliveries/" + original)).path("replays")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "null",
                "nonsense",
                "{}",
                "{\"type\": \"invoice.paid\"}",
                "{\"souce\": \"stripe\", \"from\": \"2026-11-20T10:15:30Z\"}",
                "{\"source\": \"stripe\", \"limit\": 0}",
                "{\"source\": \"stripe\", \"limit\": 10001}",
                "{\"source\": \"stripe\", \"limit\": \"abc\"}",
                "{\"source\": \"stripe\", \"cursor\": \"x\"}",
                "{\"source\": \"stripe\", \"from\": \"yesterday\"}",
                "{\"source\": \"stripe\", \"to\": \"+1000000000-12-31T23:59:59Z\"}",
                "{\"source\": \"stripe\", \"state\": \"LOST\"}",
                "{\"source\": \"a\\u0000b\"}",
                "{\"source\": {}}"
            })
    void aRequestThatCannotBeUnderstoodIs400AndReplaysNothing(String body) {
        // When
        var answer = post("/api/v1/deliveries/replay", body);

        // Then
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("application/problem+json"));
    }

    private static String delivered(String eventId) {
        deliver(eventId);
        return items(json(get("/api/v1/deliveries?eventId=" + eventId)))
                .getFirst()
                .path("id")
                .asText();
    }

    private static HttpResponse<String> replay(String id, String key) {
        return send(call("/api/v1/deliveries/%s/replay".formatted(id), Infrastructure.TOKEN)
                .header("Idempotency-Key", key)
                .POST(BodyPublishers.noBody())
                .build());
    }
}
