package dev.slipway.webhook.ingest;

import static dev.slipway.webhook.StripeSender.body;
import static dev.slipway.webhook.StripeSender.deliver;
import static dev.slipway.webhook.StripeSender.newEventId;
import static dev.slipway.webhook.StripeSender.request;
import static dev.slipway.webhook.StripeSender.send;
import static dev.slipway.webhook.StripeSender.sendAsync;
import static dev.slipway.webhook.StripeSender.sign;
import static dev.slipway.webhook.StripeSender.to;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.slipway.devstack.testing.InfrastructureResource;
import dev.slipway.event.EventJson;
import dev.slipway.webhook.Api;
import dev.slipway.webhook.StripeSender;
import dev.slipway.webhook.WebhookTopic;
import dev.slipway.webhook.scheme.Reason;
import dev.slipway.webhook.scheme.Verification.Rejected;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.assertj.core.api.ThrowingConsumer;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@QuarkusTestResource(InfrastructureResource.class)
class WebhookRouteTest {

    private static final int LARGEST = 1024 * 1024;

    /** 64 KiB of a body that is sent in chunks. */
    private static final byte[] CHUNK = ("10000\r\n" + "x".repeat(0x10000) + "\r\n").getBytes(UTF_8);

    @Inject
    Jdbi jdbi;

    @Inject
    CostlyVerifications costly;

    @Inject
    IngestConfig config;

    @Test
    void aGenuineDeliveryIsStoredAndPublishedToTheEnvironmentThatClaimsItsSource() {
        // Given
        var eventId = newEventId();

        // When
        var response = send(request(body(eventId)));

        // Then
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(rows(eventId)).isOne();
        try (var topic = new WebhookTopic()) {
            await().untilAsserted(() -> assertThat(
                            topic.records(it -> it.eventId().equals(eventId)))
                    .singleElement()
                    .satisfies(published -> {
                        assertThat(published.key()).isEqualTo("solacore/production");
                        assertThat(published.type()).isEqualTo("dev.slipway.WebhookVerified.v1");
                        assertThat(published.id())
                                .isEqualTo(published.data().path("deliveryId").asText());
                        assertThat(published.data().path("source").asText()).isEqualTo("stripe");
                        assertThat(published.data().path("type").asText()).isEqualTo("invoice.paid");
                        assertThat(published.data().path("mode").asText()).isEqualTo("LIVE");
                        assertThat(published.data().path("occurredAt").asText()).isEqualTo("2025-10-09T08:53:20Z");
                        assertThat(published.data().path("payload"))
                                .isEqualTo(EventJson.mapper().readTree(body(eventId)));
                    }));
        }
    }

    @Test
    void aSourceThatNoEnvironmentClaimsIsPublishedUnderItsOwnName() {
        // Given
        var eventId = UUID.randomUUID().toString();

        // When
        var response = send(revenueCat("Bearer rc_secret", """
                {"event":{"id":"%s","type":"RENEWAL","environment":"SANDBOX","event_timestamp_ms":1760000000123}}""".formatted(eventId)));

        // Then
        assertThat(response.statusCode()).isEqualTo(200);
        try (var topic = new WebhookTopic()) {
            await().untilAsserted(() -> assertThat(
                            topic.records(it -> it.eventId().equals(eventId)))
                    .singleElement()
                    .satisfies(published -> {
                        assertThat(published.key()).isEqualTo("revenuecat");
                        assertThat(published.data().path("mode").asText()).isEqualTo("TEST");
                        assertThat(published.data().path("occurredAt").asText()).isEqualTo("2025-10-09T08:53:20.123Z");
                    }));
        }
    }

    @Test
    void sixtyFourConcurrentCopiesAreAllAcknowledgedAndPublishedOnce() {
        // Given
        var eventId = newEventId();
        var later = newEventId();

        // When
        var responses = IntStream.range(0, 64).mapToObj(copy -> sendAsync(request(body(eventId)))).toList().stream()
                .map(CompletableFuture::join)
                .toList();

        // Then
        assertThat(responses)
                .extracting(HttpResponse::statusCode)
                .containsOnly(200)
                .hasSize(64);
        assertThat(rows(eventId)).isOne();
        assertThat(deliver(later)).isEqualTo(200);
        assertThat(published(later, eventId)).containsExactly(eventId, later);
    }

    @Test
    void eventsOfOneSubjectArePublishedInTheOrderInWhichTheyWereAcknowledged() {
        // Given
        var eventIds = Stream.generate(StripeSender::newEventId).limit(100).toList();

        // When
        var statuses = eventIds.stream().map(StripeSender::deliver).toList();

        // Then
        assertThat(statuses).containsOnly(200);
        assertThat(published(eventIds.getLast(), eventIds.toArray(String[]::new)))
                .containsExactlyElementsOf(eventIds);
    }

    @Test
    void aBodyAboveTheLimitOfEventsIsLeftOutOfItsEvent() {
        // Given
        var eventId = newEventId();

        // When
        var response = send(request(body(eventId, "x".repeat(256 * 1024))));

        // Then
        assertThat(response.statusCode()).isEqualTo(200);
        try (var topic = new WebhookTopic()) {
            await().untilAsserted(() -> assertThat(
                            topic.records(it -> it.eventId().equals(eventId)))
                    .singleElement()
                    .satisfies(published ->
                            assertThat(published.data().has("payload")).isFalse()));
        }
    }

    @Test
    void aBodyAtTheLimitIsTaken() {
        // Given
        var eventId = newEventId();
        var padding = LARGEST - body(eventId).getBytes(UTF_8).length;

        // When
        var response = send(request(body(eventId, "x".repeat(padding))));

        // Then
        assertThat(response.statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"whsec_old_secret", "whsec_new_secret"})
    void anySecretOfTheSourceMaySign(String secret) {
        // Given
        var body = body(newEventId());

        // When
        var response = send(request(body, sign(body, secret, Instant.now())));

        // Then
        assertThat(response.statusCode()).isEqualTo(200);
    }

    @Test
    void aBadStripeSignatureIs400AndNothingIsWritten() {
        // Given
        var eventId = newEventId();

        // When
        var response = send(request(body(eventId), sign(body(eventId), "whsec_forged", Instant.now())));

        // Then
        assertThat(rows(eventId)).isZero();
        assertThat(response).satisfies(problem(400));
        assertThat(response.body()).contains("does not match").doesNotContain("whsec_");
    }

    @Test
    void theRunbooksTestOfTheStripeEndpointIs400() {
        // When
        var response = send(request("{\"type\":\"test\"}", "test"));

        // Then
        assertThat(response).satisfies(problem(400));
    }

    @Test
    void anOldStripeSignatureIs400() {
        // Given
        var body = body(newEventId());

        // When
        var response =
                send(request(body, sign(body, "whsec_new_secret", Instant.now().minusSeconds(302))));

        // Then
        assertThat(response).satisfies(problem(400));
    }

    @Test
    void aSignedBodyThatIsNoEventIs400() {
        // When
        var response = send(request("{\"type\":\"test\"}"));

        // Then
        assertThat(response).satisfies(problem(400));
        assertThat(response.body()).contains("not an event");
    }

    @Test
    void aBadRevenueCatAuthorizationIs401() {
        // When
        var response = send(revenueCat("Bearer forged", "{\"event\":{\"id\":\"1\",\"type\":\"TEST\"}}"));

        // Then
        assertThat(response).satisfies(problem(401));
        assertThat(response.headers().firstValue("WWW-Authenticate")).hasValue("Bearer realm=\"revenuecat\"");
        assertThat(response.body()).doesNotContain("rc_secret");
    }

    @Test
    void aSenderThatSignsNothingIsKnownByTheSecretInItsUrl() {
        // Given
        var detailsId = UUID.randomUUID().toString();

        // When
        var response = send(to("/webhooks/railway/nobody-can-guess-this")
                .POST(BodyPublishers.ofString("""
                        {"type":"Deployment.failed","details":{"id":"%s"},"timestamp":"2025-11-21T23:48:42.311Z"}""".formatted(detailsId)))
                .build());

        // Then
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(rows("Deployment.failed/%s/2025-11-21T23:48:42.311Z".formatted(detailsId)))
                .isOne();
        assertThat(metrics()).doesNotContain("nobody-can-guess-this");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/webhooks/railway/nobody-can-guess-that", "/webhooks/railway"})
    void aWrongSecretInAUrlIs401(String path) {
        // When
        var response =
                send(to(path).POST(BodyPublishers.ofString("{\"type\":\"a\"}")).build());

        // Then
        assertThat(response).satisfies(problem(401));
    }

    @Test
    void aChallengeOfSlackIsAnsweredAndNothingIsStored() throws Exception {
        // Given
        var deliveries = count("SELECT count(*) FROM delivery WHERE source = 'slack'");
        var body = "{\"type\":\"url_verification\",\"challenge\":\"3eZbrw1aBm2rZgRNFdxV\"}";

        // When
        var response = send(slack(body, Instant.now()));

        // Then
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("text/plain");
        assertThat(response.body()).isEqualTo("3eZbrw1aBm2rZgRNFdxV");
        assertThat(count("SELECT count(*) FROM delivery WHERE source = 'slack'"))
                .isEqualTo(deliveries);
    }

    @Test
    void aChallengeThatIsTooOldIs400() throws Exception {
        // Given
        var body = "{\"type\":\"url_verification\",\"challenge\":\"3eZbrw1aBm2rZgRNFdxV\"}";

        // When
        var response = send(slack(body, Instant.now().minusSeconds(302)));

        // Then
        assertThat(response).satisfies(problem(400));
        assertThat(response.body()).doesNotContain("3eZbrw1aBm2rZgRNFdxV");
    }

    @ParameterizedTest
    @ValueSource(strings = {"svix", "webhook"})
    void whatTheLibrariesOfSvixAndStandardWebhooksSignIsTaken(String names) throws Exception {
        // Given
        var id = "msg_" + UUID.randomUUID();
        var now = Instant.now().getEpochSecond();
        var secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        var body = "{\"type\":\"user.created\",\"data\":{\"name\":\"Zoë\"}}";
        var signature = names.equals("svix")
                ? new com.svix.Webhook(secret).sign(id, now, body)
                : new com.standardwebhooks.Webhook(secret).sign(id, now, body);

        // When
        var response = send(to("/webhooks/clerk")
                .header(names + "-id", id)
                .header(names + "-timestamp", Long.toString(now))
                .header(names + "-signature", signature)
                .POST(BodyPublishers.ofString(body))
                .build());

        // Then
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(rows(id)).isOne();
    }

    @Test
    void anAsymmetricSignatureIsTakenAndAForgedOneIs400() throws Exception {
        // Given
        var genuine = "msg_" + UUID.randomUUID();
        var forged = "msg_" + UUID.randomUUID();
        var timestamp = Long.toString(Instant.now().getEpochSecond());
        var signature = ed25519("%s.%s.{}".formatted(genuine, timestamp));

        // When
        var responses = Stream.of(genuine, forged)
                .map(id -> send(to("/webhooks/asymmetric")
                        .header("webhook-id", id)
                        .header("webhook-timestamp", timestamp)
                        .header("webhook-signature", signature)
                        .POST(BodyPublishers.ofString("{}"))
                        .build()))
                .toList();

        // Then
        assertThat(responses.getFirst().statusCode()).isEqualTo(200);
        assertThat(responses.getLast()).satisfies(problem(400));
        assertThat(rows(genuine)).isOne();
        assertThat(rows(forged)).isZero();
    }

    @Test
    void whatIsCostlyToVerifyIs503WhenTooMuchOfItWaitsAndTheRestIsTaken() {
        // Given
        var large = body(newEventId(), "x".repeat(300 * 1024));
        var asymmetric = to("/webhooks/asymmetric")
                .header("webhook-id", "msg_1")
                .header("webhook-timestamp", Long.toString(Instant.now().getEpochSecond()))
                .header("webhook-signature", "v1a," + Base64.getEncoder().encodeToString(new byte[64]))
                .POST(BodyPublishers.ofString("{}"))
                .build();
        var done = new CountDownLatch(1);
        var others = IntStream.range(0, config.verifying())
                .filter(i -> costly.judge(
                        () -> {
                            done.await();
                            return new Rejected(Reason.BAD_SIGNATURE);
                        },
                        judged -> {},
                        failure -> {}))
                .count();

        // When
        var refused =
                Stream.of(request(large), asymmetric).map(StripeSender::send).toList();

        // Then
        assertThat(others).isEqualTo(config.verifying());
        assertThat(refused).allSatisfy(response -> {
            assertThat(response).satisfies(problem(503));
            assertThat(response.headers().firstValue("Retry-After")).hasValue("5");
        });
        assertThat(deliver(newEventId())).isEqualTo(200);
        done.countDown();
        await().until(() -> send(request(large)).statusCode(), status -> status == 200);
        assertThat(send(asymmetric)).satisfies(problem(400));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/webhooks", "/webhooks/unknown", "/webhooks/Stripe", "/webhooks/stripe/more/still", "/webhooks/"
            })
    void anUnknownSourceIs404(String path) {
        // When
        var response = send(to(path).POST(BodyPublishers.ofString("{}")).build());

        // Then
        assertThat(response).satisfies(problem(404));
    }

    @ParameterizedTest
    @CsvSource({
        "/%77ebhooks/stripe,            404",
        "/%77ebhooks/railway/MARK,      404",
        "//webhooks/railway/MARK,       404",
        "/webhooks//railway/MARK,       404",
        "/./webhooks/railway/MARK,      404",
        "/x/../webhooks/railway/MARK,   404",
        "/webhooks/%zz/MARK,            400",
        "/webhooks/railway/MARK%zz,     400",
        "/%zzebhooks/railway/MARK,      400",
        "/webhooks/railway/MARK%E4%00,  401",
        "/webhooks/%72ailway/MARK,      401",
        "/webhooks/x/../railway/MARK,   401",
        "/webhooks/railway/MARK?a=b,    401",
    })
    void aPathThatIsWrittenInAnotherWayIsNoFaultOfOursAndNoLabelOfItsOwn(String path, int status) throws IOException {
        // Given
        var mark = UUID.randomUUID().toString();

        // When
        var answer = sendRaw("POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
                .formatted(path.replace("MARK", mark)));

        // Then
        assertThat(answer).startsWith("HTTP/1.1 %d ".formatted(status));
        assertThat(metrics()).doesNotContain(mark, "%77ebhooks");
    }

    @Test
    void aSourceWhoseNameIsPartlyEncodedIsTheSameSource() throws IOException {
        // Given
        var body = body(newEventId());

        // When
        var answer = sendRaw(
                "POST /webhooks/%%73tripe HTTP/1.1\r\nHost: x\r\nStripe-Signature: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
                        .formatted(sign(body), body.getBytes(UTF_8).length, body));

        // Then
        assertThat(answer).startsWith("HTTP/1.1 200 ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "PUT", "DELETE"})
    void anotherMethodIs405(String method) {
        // When
        var response = send(
                to("/webhooks/stripe").method(method, BodyPublishers.noBody()).build());

        // Then
        assertThat(response).satisfies(problem(405));
        assertThat(response.headers().firstValue("Allow")).hasValue("POST");
    }

    @Test
    void aBodyThatIsAnnouncedTooLargeIs413() {
        // Given
        var body = "x".repeat(LARGEST + 1);

        // When
        var response = send(request(body));

        // Then
        assertThat(response).satisfies(problem(413));
    }

    @Test
    void aBodyThatGrowsTooLargeIs413BeforeItsEnd() throws IOException {
        // Given
        try (var socket = new Socket(
                StripeSender.address().getHost(), StripeSender.address().getPort())) {
            socket.setSoTimeout(10_000);
            var out = socket.getOutputStream();

            // When
            out.write(
                    "POST /webhooks/stripe HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".getBytes(UTF_8));
            for (var i = 0; i < 17; i++) {
                out.write(CHUNK);
            }
            var answer = new String(socket.getInputStream().readNBytes(13), UTF_8);

            // Then
            assertThat(answer).isEqualTo("HTTP/1.1 413 ");
        }
    }

    @Test
    void theConnectionServesOnAfterABodyThatWasTooLarge() throws IOException {
        // Given
        try (var socket = new Socket(
                StripeSender.address().getHost(), StripeSender.address().getPort())) {
            socket.setSoTimeout(10_000);
            var out = socket.getOutputStream();

            // When
            out.write(
                    "POST /webhooks/stripe HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".getBytes(UTF_8));
            for (var i = 0; i < 40; i++) {
                out.write(CHUNK);
            }
            out.write("0\r\n\r\n".getBytes(UTF_8));
            out.write("GET /webhooks/stripe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".getBytes(UTF_8));
            out.flush();

            // Then
            assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8))
                    .startsWith("HTTP/1.1 413 ")
                    .contains("HTTP/1.1 405 ");
        }
    }

    @Test
    void aSenderWhoseBodyDoesNotComeInTimeIsToldSoAndCutOff() throws IOException {
        // Given
        try (var socket = new Socket(
                StripeSender.address().getHost(), StripeSender.address().getPort())) {
            socket.setSoTimeout(20_000);

            // When
            socket.getOutputStream()
                    .write("POST /webhooks/stripe HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nonly so much"
                            .getBytes(UTF_8));
            var answer = new String(socket.getInputStream().readAllBytes(), UTF_8);

            // Then
            assertThat(answer).startsWith("HTTP/1.1 408 ").contains("did not come within 2 seconds");
        }
    }

    @Test
    void aSenderWhoseBodyIsThrownAwayIsCutOffTooIfItDoesNotComeInTime() throws IOException {
        // Given
        try (var socket = new Socket(
                StripeSender.address().getHost(), StripeSender.address().getPort())) {
            socket.setSoTimeout(20_000);

            // When
            socket.getOutputStream()
                    .write("POST /webhooks/unknown HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nonly so much"
                            .getBytes(UTF_8));
            var answer = new String(socket.getInputStream().readAllBytes(), UTF_8);

            // Then
            assertThat(answer).startsWith("HTTP/1.1 404 ");
        }
    }

    @Test
    void aSenderThatDoesNotStopIsCutOff() {
        // When
        var sent = sendUntilCutOff();

        // Then
        assertThat(sent).isBetween((long) LARGEST, 64L * LARGEST);
        assertThat(deliver(newEventId())).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({"rateLimit, 429", "senderRateLimit, 200"})
    @DisabledOnOs(value = OS.MAC, disabledReason = "It has one loopback address only")
    void whatIsSentAboveARateIs429AndTakenWhenItComesLater(String limit, int statusOfAnotherSender) throws Exception {
        // Given
        var source = "limited-" + UUID.randomUUID().toString().substring(0, 8);
        Api.post("/api/v1/sources", """
                {"name": "%s", "scheme": "stripe", "secrets": ["whsec_new_secret"], "%s": {"perSecond": 1, "burst": 5}}""".formatted(source, limit));
        var body = body(newEventId());
        var request = to("/webhooks/" + source)
                .header("Stripe-Signature", sign(body))
                .POST(BodyPublishers.ofString(body))
                .build();

        // When
        var refused = Stream.generate(() -> send(request)).limit(10).toList().getLast();
        var another = sendFrom("127.0.0.2", request);

        // Then
        assertThat(refused).satisfies(problem(429));
        assertThat(refused.headers().firstValue("Retry-After").map(Integer::parseInt))
                .hasValueSatisfying(seconds -> assertThat(seconds).isBetween(1, 2));
        assertThat(another.statusCode()).isEqualTo(statusOfAnotherSender);
        await().until(() -> send(request).statusCode(), status -> status == 200);
    }

    @Test
    void aDeliveryThatCannotBeStoredInTimeIs503AndIsTakenWhenItComesAgain() {
        // Given
        var eventId = newEventId();
        var refused = jdbi.inTransaction(handle -> {
            handle.execute("LOCK TABLE seen_event IN ACCESS EXCLUSIVE MODE");
            return send(request(body(eventId)));
        });

        // When
        var again = deliver(eventId);

        // Then
        assertThat(refused).satisfies(problem(503));
        assertThat(refused.headers().firstValue("Retry-After")).hasValue("5");
        assertThat(again).isEqualTo(200);
        assertThat(published(eventId)).containsExactly(eventId);
    }

    @Test
    void refusedRequestsAreToldInSumsAndWriteNoRows() {
        // Given
        var since = Instant.now();
        var body = body(newEventId());
        var deliveries = count("SELECT count(*) FROM delivery");

        // When
        var statuses = IntStream.range(0, 50)
                .map(i -> send(request(body, "t=1,v1=" + i)).statusCode())
                .toArray();

        // Then
        assertThat(statuses).containsOnly(400);
        assertThat(count("SELECT count(*) FROM delivery")).isEqualTo(deliveries);
        try (var topic = new WebhookTopic()) {
            await().untilAsserted(() -> {
                var told = topic.records(it -> it.type().equals("dev.slipway.WebhookRejected.v1")
                        && it.data().path("reason").asText().equals("BAD_SIGNATURE")
                        && !Instant.parse(it.data().path("since").asText()).isBefore(since));
                assertThat(told)
                        .hasSizeLessThan(10)
                        .allSatisfy(it -> assertThat(it.key()).isEqualTo("solacore/production"));
                assertThat(told.stream()
                                .mapToInt(it -> it.data().path("count").asInt())
                                .sum())
                        .isGreaterThanOrEqualTo(50);
            });
        }
    }

    @Test
    void noMutatedRequestIsAFaultOfOursOrIsStored() {
        // Given
        var random = new Random(7);
        var deliveries = count("SELECT count(*) FROM delivery");

        // When
        var statuses = IntStream.range(0, 1_000)
                .mapToObj(i -> mutated(random))
                .map(request -> send(request).statusCode())
                .distinct()
                .toList();

        // Then
        assertThat(statuses).containsOnly(400);
        assertThat(count("SELECT count(*) FROM delivery")).isEqualTo(deliveries);
    }

    private static String sendRaw(String request) throws IOException {
        try (var socket = new Socket(
                StripeSender.address().getHost(), StripeSender.address().getPort())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(UTF_8));
            return new String(socket.getInputStream().readAllBytes(), UTF_8);
        }
    }

    private static java.net.http.HttpRequest mutated(Random random) {
        var body = body(newEventId()).getBytes(UTF_8);
        var signature = sign(new String(body, UTF_8));
        if (random.nextBoolean()) {
            body[random.nextInt(body.length)] ^= (byte) (1 + random.nextInt(255));
        } else {
            var at = signature.length() - 1 - random.nextInt(64);
            signature = signature.substring(0, at) + (char) (' ' + random.nextInt(14)) + signature.substring(at + 1);
        }
        return to("/webhooks/stripe")
                .header("Stripe-Signature", signature)
                .POST(BodyPublishers.ofByteArray(body))
                .build();
    }

    private static long sendUntilCutOff() {
        var sent = 0L;
        try (var socket = new Socket(
                StripeSender.address().getHost(), StripeSender.address().getPort())) {
            var out = socket.getOutputStream();
            out.write(
                    "POST /webhooks/stripe HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".getBytes(UTF_8));
            while (sent < 128L * LARGEST) {
                out.write(CHUNK);
                sent += 0x10000;
            }
        } catch (IOException e) {
            return sent;
        }
        return sent;
    }

    private static HttpResponse<String> sendFrom(String address, java.net.http.HttpRequest request) throws Exception {
        try (var client = HttpClient.newBuilder()
                .localAddress(InetAddress.getByName(address))
                .build()) {
            return client.send(request, BodyHandlers.ofString());
        }
    }

    private static java.net.http.HttpRequest revenueCat(String authorization, String body) {
        return to("/webhooks/revenuecat")
                .header("Authorization", authorization)
                .POST(BodyPublishers.ofString(body))
                .build();
    }

    private static java.net.http.HttpRequest slack(String body, Instant signedAt) throws GeneralSecurityException {
        var timestamp = Long.toString(signedAt.getEpochSecond());
        var mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec("slack_secret".getBytes(UTF_8), "HmacSHA256"));
        var signature = mac.doFinal("v0:%s:%s".formatted(timestamp, body).getBytes(UTF_8));
        return to("/webhooks/slack")
                .header("X-Slack-Request-Timestamp", timestamp)
                .header("X-Slack-Signature", "v0=" + HexFormat.of().formatHex(signature))
                .POST(BodyPublishers.ofString(body))
                .build();
    }

    /** Signed with the key of RFC 8032's first example. */
    private static String ed25519(String content) throws GeneralSecurityException {
        var key = HexFormat.of()
                .parseHex("302e020100300506032b657004220420"
                        + "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
        var signature = Signature.getInstance("Ed25519");
        signature.initSign(KeyFactory.getInstance("Ed25519").generatePrivate(new PKCS8EncodedKeySpec(key)));
        signature.update(content.getBytes(UTF_8));
        return "v1a," + Base64.getEncoder().encodeToString(signature.sign());
    }

    private static String metrics() {
        return send(to("/metrics").GET().build()).body();
    }

    private static ThrowingConsumer<HttpResponse<String>> problem(int status) {
        return response -> {
            assertThat(response.statusCode()).isEqualTo(status);
            assertThat(response.headers().firstValue("Content-Type")).hasValue("application/problem+json");
            assertThat(EventJson.mapper()
                            .readTree(response.body())
                            .path("status")
                            .asInt())
                    .isEqualTo(status);
        };
    }

    /** The ids of some events as they stand on the topic, once the last of them does. */
    private static List<String> published(String last, String... others) {
        var wanted = Stream.concat(Stream.of(others), Stream.of(last)).toList();
        try (var topic = new WebhookTopic()) {
            return await().until(
                            () -> topic.records(it -> wanted.contains(it.eventId())).stream()
                                    .map(WebhookTopic.Published::eventId)
                                    .toList(),
                            ids -> ids.contains(last));
        }
    }

    private long rows(String eventId) {
        return jdbi.withHandle(handle -> handle.createQuery("SELECT count(*) FROM delivery WHERE event_id = ?")
                .bind(0, eventId)
                .mapTo(Long.class)
                .one());
    }

    private long count(String query) {
        return jdbi.withHandle(
                handle -> handle.createQuery(query).mapTo(Long.class).one());
    }
}
