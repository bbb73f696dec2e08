package dev.slipway.webhook.outcome;

import static dev.slipway.webhook.Api.get;
import static dev.slipway.webhook.Api.items;
import static dev.slipway.webhook.Api.json;
import static dev.slipway.webhook.StripeSender.deliver;
import static dev.slipway.webhook.StripeSender.newEventId;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.slipway.devstack.testing.InfrastructureResource;
import dev.slipway.event.Event;
import dev.slipway.event.EventJson;
import dev.slipway.event.Evidence;
import dev.slipway.event.ReleaseEvent.PhaseStarted;
import dev.slipway.event.ReleaseEvent.StepSucceeded;
import dev.slipway.messaging.EventProducer;
import dev.slipway.messaging.Ids;
import dev.slipway.messaging.OutgoingEvent;
import dev.slipway.messaging.ReceivedEvent;
import dev.slipway.messaging.TraceParent;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@QuarkusTest
@QuarkusTestResource(InfrastructureResource.class)
class OutcomesTest {

    private static final Instant THEN = Instant.parse("2026-03-14T09:26:53Z");

    @Inject
    EventProducer producer;

    @Inject
    Outcomes outcomes;

    @Inject
    Jdbi jdbi;

    @Test
    void aDeliveryShowsTheStepThatRestsOnIt() throws Exception {
        // Given
        var eventId = newEventId();
        deliver(eventId);
        var id = items(json(get("/api/v1/deliveries?eventId=" + eventId)))
                .getFirst()
                .path("id")
                .asText();
        var told = told(Ids.next(), webhook(id));

        // When
        producer.sendAll(Stream.of(told, told).map(producer::record).toList());

        // Then
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            var shown = json(get("/api/v1/deliveries/" + id)).path("outcomes");
            assertThat(shown).hasSize(1);
            assertThat(shown.path(0)).isEqualTo(expected(told));
        });
    }

    @Test
    void anOutcomeThatIsToldAgainAfterAllIsNotedOnce() {
        // Given
        var deliveryId = Ids.next();
        var received = received(told(Ids.next(), webhook(deliveryId.toString())));

        // When
        jdbi.useTransaction(handle -> outcomes.handle(handle, List.of(received)));
        jdbi.useTransaction(handle -> outcomes.handle(handle, List.of(received)));

        // Then
        assertThat(outcomes.of(deliveryId)).hasSize(1);
    }

    @Test
    void outcomesAreForgottenWithTheirDeliveries() {
        // Given
        var earlier = Ids.next();
        var later = Ids.next();
        Stream.of(earlier, later)
                .map(id -> received(told(Ids.next(), webhook(id.toString()))))
                .forEach(received -> jdbi.useTransaction(handle -> outcomes.handle(handle, List.of(received))));

        // When
        jdbi.useTransaction(handle -> {
            outcomes.forgetBefore(handle, later);

            // Then
            assertThat(count(handle, earlier)).isZero();
            assertThat(count(handle, later)).isOne();
        });
    }

    private static int count(Handle handle, UUID deliveryId) {
        return handle.createQuery("SELECT count(*) FROM delivery_outcome WHERE delivery_id = ?")
                .bind(0, deliveryId)
                .mapTo(Integer.class)
                .one();
    }

    static Stream<Event> whatNoDeliveryIsBehind() {
        var id = Ids.next();
        return Stream.of(
                new PhaseStarted(id, "webhooks"),
                step(Evidence.of("200")),
                step(new Evidence("", Map.of("event", "MigrationDone", "data", Map.of("deliveryId", id.toString())))),
                step(new Evidence("", Map.of("event", "WebhookVerified"))),
                step(new Evidence("", Map.of("event", "WebhookVerified", "data", "nonsense"))),
                step(new Evidence("", Map.of("event", "WebhookVerified", "data", Map.of()))),
                step(webhook("nonsense")));
    }

    @ParameterizedTest
    @MethodSource("whatNoDeliveryIsBehind")
    void whatNoDeliveryIsBehindIsSkipped(Event event) {
        // When
        var wanted = outcomes.wants(event);

        // Then
        assertThat(wanted).isFalse();
    }

    /** As release-service tells it. */
    private static Evidence webhook(String deliveryId) {
        return new Evidence(
                "WebhookVerified was reported",
                Map.of(
                        "event",
                        "WebhookVerified",
                        "eventId",
                        deliveryId + "@shop/production",
                        "data",
                        Map.of("deliveryId", deliveryId, "source", "stripe")));
    }

    private static StepSucceeded step(Evidence evidence) {
        return new StepSucceeded(Ids.next(), "webhooks", "stripe-test-event", evidence);
    }

    private static OutgoingEvent told(UUID id, Evidence evidence) {
        return new OutgoingEvent(id.toString(), "shop/production", THEN, TraceParent.start(), step(evidence));
    }

    private static ReceivedEvent received(OutgoingEvent told) {
        return new ReceivedEvent(
                told.id(), "/release-service", told.subject(), told.time(), told.trace(), told.event());
    }

    private static JsonNode expected(OutgoingEvent told) {
        return EventJson.mapper()
                .valueToTree(Map.of(
                        "event",
                        "StepSucceeded",
                        "releaseId",
                        ((StepSucceeded) told.event()).releaseId().toString(),
                        "subject",
                        "shop/production",
                        "phase",
                        "webhooks",
                        "step",
                        "stripe-test-event",
                        "at",
                        "2026-03-14T09:26:53Z"));
    }
}
