package dev.slipway.webhook.delivery;

import static dev.slipway.webhook.Api.GUEST;
import static dev.slipway.webhook.Api.call;
import static dev.slipway.webhook.Api.get;
import static dev.slipway.webhook.Api.items;
import static dev.slipway.webhook.Api.json;
import static dev.slipway.webhook.StripeSender.body;
import static dev.slipway.webhook.StripeSender.deliver;
import static dev.slipway.webhook.StripeSender.newEventId;
import static dev.slipway.webhook.StripeSender.send;
import static dev.slipway.webhook.StripeSender.to;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.slipway.devstack.testing.InfrastructureResource;
import dev.slipway.event.EventJson;
import dev.slipway.messaging.Ids;
import dev.slipway.webhook.StripeSender;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
        assertThat(details.path("verification").toString())
                .isEqualTo("{\"result\":\"VERIFIED\",\"scheme\":\"stripe\"}");
        assertThat(details.path("headers"))
                .anySatisfy(header -> assertThat(header.path("name").asText()).isEqualTo("Stripe-Signature"));
        assertThat(details.path("forwards").asText())
                .isEqualTo("/api/v1/deliveries/%s/forwards", item.path("id").asText());
        assertThat(details.has("withheld")).isFalse();
    }

    @Test
    void whoHasNotTheRoleIsToldThatHeadersAndPayloadAreWithheld() {
        // Given
        var id = store("Content-Type: application/json", "{\"card\":\"4242\"}");

        // When
        var response = send(call("/api/v1/deliveries/" + id, GUEST).build());

        // Then
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).doesNotContain("4242", "Content-Type");
        assertThat(json(response).path("withheld").asText()).contains("role 'payload'");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            Content-Type: text/html; charset=utf-8 | text/html; charset=utf-8
            CONTENT-TYPE: application/json         | application/json
            Content-Type: */*                      | application/octet-stream
            Content-Type: nonsense                 | application/octet-stream
            X-Other: text/html                     | application/octet-stream
            """)
    void aPayloadIsDownloadedAsItCame(String headers, String contentType) {
        // Given
        var id = store(headers, "<script>");

        // When
        var response = get("/api/v1/deliveries/%s/payload".formatted(id));

        // Then
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("<script>");
        assertThat(response.headers().firstValue("Content-Type"))
                .hasValueSatisfying(
                        type -> assertThat(type.replace(" ", "")).isEqualToIgnoringCase(contentType.replace(" ", "")));
        assertThat(response.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
        assertThat(response.headers().firstValue("Content-Disposition"))
                .hasValue("attachment; filename=\"%s\"".formatted(id));
    }

    @Test
    void aPayloadNeedsTheRole() {
        // Given
        var id = store("", "secret");

        // When
        var response =
                send(call("/api/v1/deliveries/%s/payload".formatted(id), GUEST).build());

        // Then
        assertThat(response.statusCode()).isEqualTo(403);
        assertThat(response.body()).doesNotContain("secret");
    }

    @Test
    void aBodyThatIsNotJsonIsShownInBase64() {
        // Given
        var id = store("", "a=1");

        // When
        var details = json(get("/api/v1/deliveries/" + id));

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
    @CsvSource({"mode=LIVE, 1", "mode=TEST, 0", "source=stripe, 1", "source=revenuecat, 0", "type=invoice.paid, 1"})
    void deliveriesAreFilteredByWhatTheyAre(String filter, int found) {
        // Given
        var eventId = newEventId();
        deliver(eventId);

        // When
        var items = list("eventId=%s&%s".formatted(eventId, filter));

        // Then
        assertThat(items).hasSize(found);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "?state=LOST",
                "?mode=REAL",
                "?from=yesterday",
                "?to=1",
                "?from=%2B1000000000-12-31T23:59:59.999999999Z",
                "?to=-1000000000-01-01T00:00:00Z",
                "?cursor=x",
                "?cursor=%00",
                "?replayOf=x",
                "?limit=0",
                "?limit=201",
                "?limit=abc",
                "?limit=99999999999999999999",
                "?eventId=a%00b",
                "?source=%00",
                "/x",
                "/%00",
                "/x/payload"
            })
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

    /** A delivery as if it had come with such headers and such a body. */
    private UUID store(String headers, String body) {
        var delivery = Gateway.received("stripe", newEventId()).delivery();
        store.insert(Gateway.batch(new Received(delivery, headers, body.getBytes(StandardCharsets.UTF_8))));
        return delivery.id();
    }

    private static List<JsonNode> list(String query) {
        return items(json(get("/api/v1/deliveries?" + query)));
    }

    private static List<String> eventIds(JsonNode page) {
        return items(page).stream().map(item -> item.path("eventId").asText()).toList();
    }
}
