package dev.slipway.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.slipway.devstack.testing.Infrastructure;
import dev.slipway.system.WebhookTopic.Published;
import java.net.InetSocketAddress;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

@DisplayName("Two replicas of the gateway behind a balancer")
class GatewayReplicasTest {

    private static final Duration PUBLISHED = Duration.ofSeconds(30);

    private static GatewaySystem system;

    @BeforeAll
    static void start() {
        system = GatewaySystem.start("replicas", 2, Map.of("SLIPWAY_WEBHOOK_FORWARD_ALLOWED_NETWORKS", "127.0.0.0/8"));
    }

    @AfterAll
    static void stop() {
        system.close();
    }

    @Test
    void sixtyFourConcurrentCopiesAreAllAcknowledgedAndAreOneDeliveryAndOneEvent() throws Exception {
        // Given
        var eventId = StripeSender.newEventId();
        var body = StripeSender.body(eventId, 100);

        // When
        var statuses = IntStream.range(0, 64).mapToObj(copy -> send(copy, "stripe", body)).toList().stream()
                .map(CompletableFuture::join)
                .map(HttpResponse::statusCode)
                .toList();

        // Then
        assertThat(statuses).hasSize(64).containsOnly(200);
        assertThat(system.stored()).filteredOn(eventId::equals).hasSize(1);
        awaitPublished(eventId);
        assertThat(system.published())
                .extracting(Published::eventId)
                .filteredOn(eventId::equals)
                .hasSize(1);
    }

    @Test
    void eventsArePublishedInTheOrderInWhichTheyWereAcknowledgedWhicheverReplicaTookThem() {
        // Given
        var eventIds = Stream.generate(StripeSender::newEventId).limit(60).toList();

        // When
        var statuses = sendAll(
                "stripe",
                eventIds.stream()
                        .map(eventId -> StripeSender.body(eventId, 100))
                        .toList());

        // Then
        assertThat(statuses).containsOnly(200);
        awaitPublished(eventIds.toArray(String[]::new));
        assertThat(system.published())
                .extracting(Published::eventId)
                .filteredOn(eventIds::contains)
                .containsExactlyElementsOf(eventIds);
    }

    @Test
    void aSourceThatOneSetsUpIsTakenByBothAndEachOfItsDeliveriesIsForwardedOnce() throws Exception {
        // Given
        var forwarded = new ConcurrentLinkedQueue<String>();
        var application = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        application.createContext("/", exchange -> {
            forwarded.add(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        application.start();
        var bodies = Stream.generate(() -> StripeSender.body(StripeSender.newEventId(), 100))
                .limit(100)
                .toList();

        // When
        var created = call(0, "/api/v1/sources", """
                        {"name": "shop", "scheme": "stripe", "secrets": [{"env": "STRIPE_WEBHOOK_SECRET"}],
                         "forwardTo": [{"name": "app", "url": "http://127.0.0.1:%d/", "signing": "original"}]}""".formatted(
                                application.getAddress().getPort()))
                .join();
        await("the other to know the source")
                .until(() -> send(1, "shop", bodies.getFirst()).join().statusCode() == 200);
        var statuses = sendAll("shop", bodies);

        // Then
        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        assertThat(statuses).containsOnly(200);
        await("the forwards").atMost(PUBLISHED).until(() -> forwarded.size() >= bodies.size());
        assertThat(forwarded).containsExactlyInAnyOrderElementsOf(bodies);
        application.stop(0);
    }

    @Test
    void aReplayThatBothAreAskedForUnderOneKeyIsMadeOnce() throws Exception {
        // Given
        var eventId = system.deliver();
        var id = SlipwaySystem.rows(
                        system.database(), "SELECT id FROM webhook.delivery WHERE event_id = '%s'".formatted(eventId))
                .getFirst();

        // When
        var answers = IntStream.range(0, 8)
                .mapToObj(replica -> call(replica, "/api/v1/deliveries/%s/replay".formatted(id), ""))
                .toList()
                .stream()
                .map(CompletableFuture::join)
                .toList();

        // Then
        assertThat(answers).extracting(HttpResponse::statusCode).containsOnly(202);
        assertThat(answers)
                .extracting(HttpResponse::body)
                .containsOnly(answers.getFirst().body());
        assertThat(system.stored()).filteredOn(eventId::equals).hasSize(2);
        var last = system.deliver();
        awaitPublished(last);
        assertThat(system.published())
                .extracting(Published::eventId)
                .filteredOn(eventId::equals)
                .hasSize(2);
    }

    @Test
    void whenEitherIsKilledUnderLoadTheOtherTakesOverAndNothingIsLost(TestReporter reporter) throws Exception {
        // Given
        try (var load = system.load(200)) {

            // When
            for (var replica : system.replicas()) {
                load.awaitAcknowledged(200);
                replica.kill();
                var lastOfBoth = load.acknowledged().toArray(String[]::new);
                load.awaitAcknowledged(100);
                awaitPublished(lastOfBoth);
                replica.restart();
                replica.awaitReady();
            }
            load.finish();

            // Then
            reporter.publishEntry(system.assertExactlyOnce(load));
        }
    }

    /** Sends bodies one after the other, to one replica after the other; tells the statuses. */
    private static List<Integer> sendAll(String source, List<String> bodies) {
        return IntStream.range(0, bodies.size())
                .mapToObj(number ->
                        send(number, source, bodies.get(number)).join().statusCode())
                .toList();
    }

    private static CompletableFuture<HttpResponse<String>> send(int number, String source, String body) {
        return StripeSender.HTTP.sendAsync(
                StripeSender.request(replica(number).uri(), source, body, GatewaySystem.STRIPE_SECRET),
                BodyHandlers.ofString());
    }

    /** Calls the API of a replica, always under the same key. */
    private static CompletableFuture<HttpResponse<String>> call(int number, String path, String body) {
        var request = HttpRequest.newBuilder(replica(number).uri().resolve(path))
                .header("Authorization", "Bearer " + Infrastructure.TOKEN)
                .header("Idempotency-Key", "replicas")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body))
                .build();
        return StripeSender.HTTP.sendAsync(request, BodyHandlers.ofString());
    }

    private static Service replica(int number) {
        return system.replicas().get(number % system.replicas().size());
    }

    private static void awaitPublished(String... eventIds) {
        await("Kafka to have the events")
                .atMost(PUBLISHED)
                .until(() -> system.published().stream()
                        .map(Published::eventId)
                        .toList()
                        .containsAll(List.of(eventIds)));
    }
}
