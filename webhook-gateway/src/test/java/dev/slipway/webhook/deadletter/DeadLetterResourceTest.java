package dev.slipway.webhook.deadletter;

import static dev.slipway.webhook.Api.GUEST;
import static dev.slipway.webhook.Api.call;
import static dev.slipway.webhook.Api.get;
import static dev.slipway.webhook.Api.items;
import static dev.slipway.webhook.Api.json;
import static dev.slipway.webhook.Api.post;
import static dev.slipway.webhook.StripeSender.deliver;
import static dev.slipway.webhook.StripeSender.newEventId;
import static dev.slipway.webhook.StripeSender.send;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.slipway.devstack.testing.Infrastructure;
import dev.slipway.devstack.testing.InfrastructureResource;
import dev.slipway.event.Event;
import dev.slipway.event.Topic;
import dev.slipway.event.WebhookEvent.WebhookVerified;
import dev.slipway.messaging.DeadLetter;
import dev.slipway.messaging.EventConsumer;
import dev.slipway.messaging.EventConsumers;
import dev.slipway.messaging.EventHandler;
import dev.slipway.messaging.Ids;
import dev.slipway.messaging.ReceivedEvent;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@QuarkusTestResource(InfrastructureResource.class)
class DeadLetterResourceTest {

    private static final Duration SOON = Duration.ofSeconds(30);

    @Inject
    EventConsumers consumers;

    @Inject
    DeadLetterStore store;

    private final String service = "service-" + UUID.randomUUID();
    private final Set<String> unhandled = ConcurrentHashMap.newKeySet();
    private final List<String> handled = new CopyOnWriteArrayList<>();
    private Optional<EventConsumer> consumer = Optional.empty();

    @AfterEach
    void close() {
        consumer.ifPresent(EventConsumer::close);
    }

    @Test
    void whatAServiceGaveUpIsShownWithItsDelivery() {
        // Given
        var eventId = newEventId();
        var delivery = deliveredAndGivenUp(eventId);

        // When
        var letter = letterOf(delivery);

        // Then
        assertThat(letter.path("service").asText()).isEqualTo("webhook-gateway");
        assertThat(letter.path("reason").asText()).contains("Out of order");
        assertThat(letter.path("origin").asText()).startsWith("slipway.webhooks/");
        assertThat(letter.path("event").asText()).isEqualTo("WebhookVerified");
        assertThat(letter.path("eventId").asText()).isEqualTo(delivery);
        assertThat(letter.path("state").asText()).isEqualTo("DEAD");
        var shown = json(get("/api/v1/dead-letters/" + letter.path("id").asText()));
        assertThat(shown.path("data").path("eventId").asText()).isEqualTo(eventId);
        assertThat(shown.path("key").asText()).isEqualTo("solacore/production");
        assertThat(shown.path("headers").path("ce_id").asText()).isEqualTo(delivery);
        assertThat(items(json(get("/api/v1/dead-letters?deliveryId=" + delivery))))
                .containsExactly(letter);
    }

    @Test
    void whatIsRedrivenIsHandledOnceTheFaultIsMended() {
        // Given
        var eventId = newEventId();
        var delivery = deliveredAndGivenUp(eventId);
        var id = letterOf(delivery).path("id").asText();
        unhandled.clear();

        // When
        var answer = post("/api/v1/dead-letters/%s/redrive".formatted(id), "");

        // Then
        assertThat(answer.statusCode()).isEqualTo(202);
        assertThat(answer.headers().firstValue("Location"))
                .hasValueSatisfying(location -> assertThat(location).endsWith("/api/v1/dead-letters/" + id));
        await().atMost(SOON).untilAsserted(() -> assertThat(handled).containsExactly(eventId));
        var shown = letterOf(delivery);
        assertThat(shown.path("state").asText()).isEqualTo("REDRIVEN");
        assertThat(shown.path("redriven").path("by").asText()).isEqualTo("operator");
        assertThat(shown.path("redriven").has("at")).isTrue();
    }

    @Test
    void whatFailsAgainIsADeadLetterThatNamesTheFirst() {
        // Given
        var delivery = deliveredAndGivenUp(newEventId());
        var id = letterOf(delivery).path("id").asText();

        // When
        post("/api/v1/dead-letters/%s/redrive".formatted(id), "");

        // Then
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(items(json(get("/api/v1/dead-letters?deliveryId=" + delivery))))
                        .hasSize(2)
                        .first()
                        .satisfies(second ->
                                assertThat(second.path("redriveOf").asText()).isEqualTo(id)));
    }

    @Test
    void itIsRedrivenOnce() {
        // Given
        var id = kept("ce_id", "event");
        post("/api/v1/dead-letters/%s/redrive".formatted(id), "");

        // When
        var again = post("/api/v1/dead-letters/%s/redrive".formatted(id), "");

        // Then
        assertThat(again.statusCode()).isEqualTo(409);
        assertThat(json(again).path("detail").asText()).contains("redriven already");
    }

    @Test
    void aRepeatedCallWithTheSameKeyIsAnsweredAsTheFirst() {
        // Given
        var id = kept("ce_id", "event");
        var call = call("/api/v1/dead-letters/%s/redrive".formatted(id), Infrastructure.TOKEN)
                .header("Idempotency-Key", UUID.randomUUID().toString())
                .POST(BodyPublishers.noBody())
                .build();
        var first = send(call);

        // When
        var second = send(call);

        // Then
        assertThat(second.statusCode()).isEqualTo(202);
        assertThat(second.body()).isEqualTo(first.body());
    }

    @Test
    void deadLettersAreRedrivenByFilterTheOldestFirst() {
        // Given
        var ids = Stream.of("a", "b", "c").map(event -> kept("ce_id", event)).toList();
        var filter = "\"service\": \"%s\", \"from\": \"2026-03-14T09:26:53Z\", \"to\": \"2026-03-14T09:26:54Z\""
                .formatted(service);

        // When
        var first = json(post("/api/v1/dead-letters/redrive", "{%s, \"limit\": 2}".formatted(filter)));
        var second = json(post("/api/v1/dead-letters/redrive", "{%s}".formatted(filter)));

        // Then
        assertThat(first.toString()).isEqualTo("{\"count\":2,\"dryRun\":false,\"more\":true}");
        assertThat(second.toString()).isEqualTo("{\"count\":1,\"dryRun\":false,\"more\":false}");
        assertThat(list("state=REDRIVEN")).containsExactlyElementsOf(ids.reversed());
        assertThat(list("state=DEAD")).isEmpty();
    }

    @Test
    void aDryRunOnlyCounts() {
        // Given
        Stream.of("a", "b", "c").forEach(event -> kept("ce_id", event));

        // When
        var answer = post(
                "/api/v1/dead-letters/redrive",
                "{\"service\": \"%s\", \"limit\": 2, \"dryRun\": true}".formatted(service));

        // Then
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("{\"count\":2,\"dryRun\":true,\"more\":true}");
        assertThat(list("state=DEAD")).hasSize(3);
    }

    @Test
    void aListIsReadPageByPageNewestFirst() {
        // Given
        var ids = Stream.of("a", "b", "c").map(event -> kept("ce_id", event)).toList();

        // When
        var first = json(get("/api/v1/dead-letters?limit=2&service=" + service));
        var second = json(get("/api/v1/dead-letters?limit=2&service=%s&cursor=%s"
                .formatted(service, first.path("next").asText())));

        // Then
        assertThat(Stream.of(first, second).flatMap(page -> items(page).stream()))
                .extracting(item -> item.path("id").asText())
                .containsExactlyElementsOf(ids.reversed());
        assertThat(second.has("next")).isFalse();
    }

    @Test
    void theDeadLetterOfAnEventThatReleaseServiceOfferedBelongsToItsDelivery() {
        // Given
        var delivery = Ids.next();

        // When
        var id = kept("ce_id", delivery + "@shop/production");

        // Then
        assertThat(store.of(delivery, 10))
                .extracting(letter -> letter.id().toString())
                .containsExactly(id);
    }

    @Test
    void whatIsNoJsonIsShownInBase64AndWithoutANul() {
        // Given
        var id = keep(letter(Map.of("ce_id", "a\0b"), new byte[] {0, 1}));

        // When
        var shown = json(get("/api/v1/dead-letters/" + id));

        // Then
        assertThat(shown.path("value").asText()).isEqualTo("AAE=");
        assertThat(shown.path("eventId").asText()).isEqualTo("ab");
        assertThat(shown.has("data")).isFalse();
    }

    @Test
    void theDataNeedsTheRole() {
        // Given
        var id = keep(letter(Map.of(), "{\"card\": \"4242\"}".getBytes(UTF_8)));

        // When
        var answer = send(call("/api/v1/dead-letters/" + id, GUEST).build());

        // Then
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).doesNotContain("4242");
        assertThat(json(answer).path("withheld").asText()).contains("role 'payload'");
    }

    @Test
    void oneThatIsReadAgainIsKeptOnce() {
        // Given
        var letter = letter(Map.of("ce_id", "a"), new byte[0]);
        keep(letter);

        // When
        keep(letter);

        // Then
        assertThat(list("")).hasSize(1);
    }

    @Test
    void deadLettersAreForgottenAfterTheirTime() {
        // Given
        var old = letter(Map.of("ce_id", "old"), new byte[0]);
        store.keep(List.of(new DeadLetter(
                old.topic(),
                old.partition(),
                old.offset(),
                Instant.now().minus(31, ChronoUnit.DAYS),
                old.key(),
                old.headers(),
                old.value(),
                old.redriveId())));
        store.keep(List.of(new DeadLetter(
                old.topic(),
                old.partition(),
                old.offset(),
                Instant.now().minus(29, ChronoUnit.DAYS),
                old.key(),
                old.headers(),
                old.value(),
                old.redriveId())));

        // When
        store.forget();

        // Then
        assertThat(list("")).hasSize(1);
    }

    @Test
    void anUnknownDeadLetterIs404() {
        // Given
        var unknown = "/api/v1/dead-letters/" + Ids.next();

        // When
        var answers = List.of(get(unknown), post(unknown + "/redrive", ""));

        // Then
        assertThat(answers).allSatisfy(answer -> assertThat(answer.statusCode()).isEqualTo(404));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "?state=ALIVE",
                "?limit=abc",
                "?cursor=x",
                "?deliveryId=x",
                "?from=yesterday",
                "?service=%00",
                "/x"
            })
    void aRequestThatCannotBeUnderstoodIs400(String request) {
        // When
        var answer = get("/api/v1/dead-letters" + request);

        // Then
        assertThat(answer.statusCode()).isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "{}",
                "{\"to\": \"2026-03-14T09:26:53Z\"}",
                "{\"sevice\": \"x\", \"from\": \"2026-03-14T09:26:53Z\"}",
                "{\"service\": \"x\", \"limit\": 1001}",
                "{\"service\": \"x\", \"limit\": 0}",
                "{\"deliveryId\": \"x\"}"
            })
    void aRedriveThatCannotBeUnderstoodIs400(String body) {
        // When
        var answer = post("/api/v1/dead-letters/redrive", body);

        // Then
        assertThat(answer.statusCode()).isEqualTo(400);
    }

    /** A delivery that a consumer cannot handle, and its id. */
    private String deliveredAndGivenUp(String eventId) {
        unhandled.add(eventId);
        consumer = Optional.of(consumers.start(List.of(Topic.WEBHOOKS), new EventHandler() {
            @Override
            public boolean wants(Event event) {
                return event instanceof WebhookVerified verified
                        && verified.eventId().equals(eventId);
            }

            @Override
            public void handle(Handle handle, List<ReceivedEvent> events) {
                if (unhandled.contains(eventId)) {
                    throw new IllegalStateException("Out of order");
                }
                handled.add(eventId);
            }
        }));
        deliver(eventId);
        return items(json(get("/api/v1/deliveries?eventId=" + eventId)))
                .getFirst()
                .path("id")
                .asText();
    }

    private static JsonNode letterOf(String delivery) {
        return await().atMost(SOON)
                .until(
                        () -> json(get("/api/v1/deliveries/" + delivery)).path("deadLetters"),
                        letters -> !letters.isEmpty())
                .path(0);
    }

    /** The ids of this test's dead letters. */
    private List<String> list(String query) {
        return items(json(get("/api/v1/dead-letters?service=%s&%s".formatted(service, query)))).stream()
                .map(item -> item.path("id").asText())
                .toList();
    }

    private String kept(String header, String value) {
        return keep(letter(Map.of(header, value), "{}".getBytes(UTF_8)));
    }

    private String keep(DeadLetter letter) {
        store.keep(List.of(letter));
        return list("").getFirst();
    }

    private DeadLetter letter(Map<String, String> headers, byte[] value) {
        var all = new HashMap<>(Map.of("ce_id", "event", "ce_type", "dev.slipway.WebhookVerified.v1"));
        all.putAll(headers);
        all.put("slipway-dead-letter-service", service);
        all.put("slipway-dead-letter-reason", "No");
        return new DeadLetter(
                Topic.WEBHOOKS,
                0,
                Ids.next().getMostSignificantBits(),
                Instant.parse("2026-03-14T09:26:53.589Z"),
                Optional.of("test"),
                all,
                Optional.of(value),
                Optional.empty());
    }
}
