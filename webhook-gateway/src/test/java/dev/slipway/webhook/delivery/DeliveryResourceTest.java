package dev.slipway.webhook.delivery;

import static dev.slipway.webhook.StripeSender.body;
import static dev.slipway.webhook.StripeSender.deliver;
import static dev.slipway.webhook.StripeSender.newEventId;
import static dev.slipway.webhook.StripeSender.send;
import static dev.slipway.webhook.StripeSender.to;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.slipway.devstack.testing.Infrastructure;
import dev.slipway.devstack.testing.InfrastructureResource;
import dev.slipway.event.EventJson;
import dev.slipway.messaging.Ids;
import dev.slipway.webhook.StripeSender;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@QuarkusTestResource(InfrastructureResource.class)
class DeliveryResourceTest {

    @Inject
    DeliveryStore store;

    @Test
    void aDeliveryIsFoundByItsEventAndShownWithItsPayload() throws IOException {
        // Given
        var eventId = newEventId();
        var before = Instant.now();
        deliver(eventId);

        // When
        var item = await().until(() -> list("eventId=" + eventId + "&state=PUBLISHED"), found -> found.size() == 1)
                .getFirst();
        var details = json(get("/api/v1/deliveries/" + item.path("id").asText()));

        // Then
        assertThat(item.path("source").asText()).isEqualTo("stripe");
        assertThat(item.path("subject").asText()).isEqualTo("solacore/production");
        assertThat(item.path("type").asText()).isEqualTo("invoice.paid");
        assertThat(item.path("mode").asText()).isEqualTo("LIVE");
        assertThat(item.path("occurredAt").asText()).isEqualTo("2025-10-09T08:53:20Z");
        assertThat(Instant.parse(item.path("receivedAt").asText())).isBetween(before.minusMillis(1), Instant.now());
        assertThat(details.path("payload")).isEqualTo(EventJson.mapper().readTree(body(eventId)));
    }

    @Test
    void aBodyThatIsNotJsonIsShownInBase64() {
        // Given
        var received = Gateway.received("stripe", newEventId());
        store.insert(Gateway.batch(new Received(received.delivery(), "", "a=1".getBytes(StandardCharsets.UTF_8))));

        // When
        var details = json(get("/api/v1/deliveries/" + received.delivery().id()));

        // Then
        assertThat(details.path("body").asText()).isEqualTo("YT0x");
        assertThat(details.has("payload")).isFalse();
    }

    @Test
    void aListIsReadPageByPageNewestFirst() {
        // Given
        var from = Instant.now();
        var eventIds = IntStream.range(0, 5).mapToObj(i -> newEventId()).toList();
        eventIds.forEach(StripeSender::deliver);
        var query = "/api/v1/deliveries?source=stripe&type=invoice.paid&limit=3&from=" + from;

        // When
        var first = json(get(query));
        var second = json(get(query + "&cursor=" + first.path("next").asText()));

        // Then
        assertThat(eventIds(first))
                .containsExactlyElementsOf(eventIds.reversed().subList(0, 3));
        assertThat(eventIds(second))
                .containsExactlyElementsOf(eventIds.reversed().subList(3, 5));
        assertThat(second.has("next")).isFalse();
    }

    @Test
    void whatCameLaterIsNotListed() {
        // Given
        var to = Instant.now();
        var eventId = newEventId();
        deliver(eventId);

        // When
        var found = list("eventId=" + eventId + "&to=" + to);

        // Then
        assertThat(found).isEmpty();
    }

    @Test
    void aPublishedDeliveryIsNoLongerMerelyAccepted() {
        // Given
        var eventId = newEventId();

        // When
        deliver(eventId);

        // Then
        await().untilAsserted(() ->
                assertThat(list("state=ACCEPTED&eventId=" + eventId)).isEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"?state=LOST", "?from=yesterday", "?to=1", "?cursor=x", "?limit=0", "?limit=201", "/x"})
    void aRequestThatCannotBeUnderstoodIs400(String request) {
        // When
        var response = get("/api/v1/deliveries" + request);

        // Then
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("application/problem+json"));
    }

    @Test
    void anUnknownDeliveryIs404() {
        // When
        var response = get("/api/v1/deliveries/" + Ids.next());

        // Then
        assertThat(response.statusCode()).isEqualTo(404);
    }

    @Test
    void withoutATokenNothingIsShown() {
        // When
        var response = send(to("/api/v1/deliveries").build());

        // Then
        assertThat(response.statusCode()).isEqualTo(401);
        assertThat(response.body()).doesNotContain("items");
    }

    private static List<JsonNode> list(String query) {
        return items(json(get("/api/v1/deliveries?" + query)));
    }

    private static List<JsonNode> items(JsonNode page) {
        return StreamSupport.stream(page.path("items").spliterator(), false).toList();
    }

    private static List<String> eventIds(JsonNode page) {
        return items(page).stream().map(item -> item.path("eventId").asText()).toList();
    }

    private static HttpResponse<String> get(String path) {
        return send(to(path).header("Authorization", "Bearer " + Infrastructure.TOKEN)
                .build());
    }

    private static JsonNode json(HttpResponse<String> response) {
        try {
            return EventJson.mapper().readTree(response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
