package dev.slipway.webhook.ingest;

import static dev.slipway.webhook.StripeSender.body;
import static dev.slipway.webhook.StripeSender.deliver;
import static dev.slipway.webhook.StripeSender.newEventId;
import static dev.slipway.webhook.StripeSender.request;
import static dev.slipway.webhook.StripeSender.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.slipway.devstack.testing.BreakableInfrastructure;
import dev.slipway.webhook.StripeSender;
import dev.slipway.webhook.WebhookTopic;
import dev.slipway.webhook.WebhookTopic.Published;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(value = BreakableInfrastructureResource.class, restrictToAnnotatedClass = true)
class OutageTest {

    private static final Duration RECOVERY = Duration.ofSeconds(30);

    BreakableInfrastructure infrastructure;

    @Test
    void withoutKafkaDeliveriesAreAcknowledgedAndPublishedInOrderWhenItIsBack() {
        // Given
        var before = deliverNew(3);
        assertThat(published(before)).containsExactlyElementsOf(before);

        // When
        infrastructure.kafka().stop();
        var during = deliverNew(40);
        infrastructure.kafka().start();
        var after = deliverNew(3);

        // Then
        var all = Stream.of(before, during, after).flatMap(List::stream).toList();
        assertThat(published(all).stream().distinct()).containsExactlyElementsOf(all);
    }

    @Test
    void withoutPostgreSqlDeliveriesAre503AndTakenWhenTheyComeAgain() {
        // Given
        var eventId = newEventId();
        var before = deliverNew(1);

        // When
        infrastructure.postgres().kill();
        var during = send(request(body(eventId)));
        infrastructure.postgres().start();

        // Then
        assertThat(before).isNotEmpty();
        assertThat(during.statusCode()).isEqualTo(503);
        assertThat(during.headers().firstValue("Retry-After")).isPresent();
        await().atMost(RECOVERY).until(() -> deliver(eventId), status -> status == 200);
        assertThat(published(List.of(eventId))).containsExactly(eventId);
    }

    @Test
    void requestsRefusedWhilePostgreSqlIsAwayAreToldLater() {
        // Given
        var since = Instant.now();
        infrastructure.postgres().kill();

        // When
        var status = send(request(body(newEventId()), "forged")).statusCode();
        // Longer than the time between two attempts to tell.
        await().pollDelay(Duration.ofMillis(1_500)).until(() -> true);
        infrastructure.postgres().start();

        // Then
        assertThat(status).isEqualTo(400);
        try (var topic = topic()) {
            await().atMost(RECOVERY)
                    .untilAsserted(() -> assertThat(topic.records(it -> it.type()
                                            .equals("dev.slipway.WebhookRejected.v1")
                                    && !Instant.parse(it.data().path("since").asText())
                                            .isBefore(since)))
                            .isNotEmpty());
        }
    }

    @Test
    void whatDoesNotFitIntoMemoryIs503AndSmallerDeliveriesAreTaken() {
        // Given
        var body = body(newEventId(), "x".repeat(64 * 1024));

        // When
        var statuses = Stream.generate(() -> send(request(body)).statusCode()).limit(3);

        // Then
        assertThat(statuses).containsOnly(503);
        assertThat(deliverNew(1)).hasSize(1);
    }

    private static List<String> deliverNew(int count) {
        var eventIds = Stream.generate(StripeSender::newEventId).limit(count).toList();
        assertThat(eventIds)
                .allSatisfy(eventId -> await().atMost(RECOVERY).until(() -> deliver(eventId), status -> status == 200));
        return eventIds;
    }

    private List<String> published(List<String> eventIds) {
        try (var topic = topic()) {
            return await().atMost(RECOVERY)
                    .until(
                            () -> topic.records(it -> eventIds.contains(it.eventId())).stream()
                                    .map(Published::eventId)
                                    .toList(),
                            found -> found.containsAll(eventIds));
        }
    }

    private WebhookTopic topic() {
        return new WebhookTopic(infrastructure.kafka().bootstrapServers());
    }
}
