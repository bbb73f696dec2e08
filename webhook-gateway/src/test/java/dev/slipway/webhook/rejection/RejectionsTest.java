package dev.slipway.webhook.rejection;

import static dev.slipway.webhook.Api.GUEST;
import static dev.slipway.webhook.Api.call;
import static dev.slipway.webhook.Api.get;
import static dev.slipway.webhook.Api.items;
import static dev.slipway.webhook.Api.json;
import static dev.slipway.webhook.Api.post;
import static dev.slipway.webhook.StripeSender.body;
import static dev.slipway.webhook.StripeSender.newEventId;
import static dev.slipway.webhook.StripeSender.request;
import static dev.slipway.webhook.StripeSender.send;
import static dev.slipway.webhook.StripeSender.to;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.slipway.devstack.testing.InfrastructureResource;
import dev.slipway.messaging.Outbox;
import dev.slipway.webhook.StripeSender;
import dev.slipway.webhook.rejection.RejectionStore.RejectionFilter;
import dev.slipway.webhook.rejection.RejectionStore.Span;
import dev.slipway.webhook.scheme.Reason;
import dev.slipway.webhook.source.Source;
import dev.slipway.webhook.source.Sources;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jdbi.v3.core.ConnectionException;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@QuarkusTestResource(InfrastructureResource.class)
class RejectionsTest {

    private static final Instant NOON =
            Instant.now().truncatedTo(ChronoUnit.DAYS).minus(12, ChronoUnit.HOURS);

    @Inject
    Jdbi jdbi;

    @Inject
    Outbox outbox;

    @Inject
    RejectionStore store;

    @Inject
    Sources sources;

    private final AtomicReference<Instant> now = new AtomicReference<>(NOON);
    private final AtomicInteger samplesMade = new AtomicInteger();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    @Inject
    Rejections gateways;

    private Source source;

    @BeforeEach
    void forgetAll() {
        source = sources.find("stripe").orElseThrow();
        // What the gateway itself has counted in other tests, and would tell of at any time.
        gateways.publish();
        jdbi.useHandle(handle -> handle.execute("TRUNCATE rejection, rejection_sample"));
    }

    @Test
    void aStormOfForgeriesCostsOneSampleASecondAndOneRowAMinute() {
        // Given
        var rejections = rejections(jdbi);

        // When
        for (var forgery = 0; forgery < 100_000; forgery++) {
            now.set(NOON.plusMillis(forgery / 10));
            refuse(rejections, Reason.BAD_SIGNATURE);
        }
        rejections.publish();

        // Then
        assertThat(samplesMade).hasValue(10);
        assertThat(store.samples(all(), Optional.empty(), 100)).hasSize(10);
        assertThat(store.counts(all(), Span.MINUTE, Optional.empty(), 100))
                .containsExactly(new RejectionStore.Count(NOON, "stripe", Reason.BAD_SIGNATURE, 100_000));
        assertThat(meters.counter("slipway.webhook.rejections", "source", "stripe", "reason", "BAD_SIGNATURE")
                        .count())
                .isEqualTo(100_000);
    }

    @Test
    void ofEachReasonTheNewestSamplesAreKept() {
        // Given
        var rejections = rejections(jdbi);
        refuse(rejections, Reason.TOO_OLD);
        for (var second = 0; second < 50; second++) {
            now.set(NOON.plusSeconds(second));
            refuse(rejections, Reason.BAD_SIGNATURE);
        }

        // When
        rejections.publish();

        // Then
        var kept = store.samples(filter(Reason.BAD_SIGNATURE), Optional.empty(), 100);
        assertThat(kept)
                .hasSize(20)
                .first()
                .satisfies(newest -> assertThat(newest.at()).isEqualTo(NOON.plusSeconds(49)));
        assertThat(store.samples(filter(Reason.TOO_OLD), Optional.empty(), 100)).hasSize(1);
    }

    @Test
    void samplesThatCannotBeKeptInTimeAreNotMade() {
        // Given
        var rejections = rejections(jdbi);

        // When
        for (var second = 0; second < 1_000; second++) {
            now.set(NOON.plusSeconds(second));
            refuse(rejections, Reason.BAD_SIGNATURE);
        }

        // Then
        assertThat(samplesMade).hasValue(256);
    }

    @Test
    void whileTheDatabaseIsAwayNothingIsLost() {
        // Given
        var away = new AtomicReference<>(true);
        var rejections = rejections(Jdbi.create(() -> {
            if (away.get()) {
                throw new ConnectionException(new SQLException("Away", "08001"));
            }
            return jdbi.open().getConnection();
        }));
        refuse(rejections, Reason.BAD_SIGNATURE);
        rejections.publish();
        now.set(NOON.plusSeconds(70));
        refuse(rejections, Reason.BAD_SIGNATURE);
        away.set(false);

        // When
        rejections.publish();

        // Then
        assertThat(store.counts(all(), Span.HOUR, Optional.empty(), 10))
                .containsExactly(new RejectionStore.Count(NOON, "stripe", Reason.BAD_SIGNATURE, 2));
        assertThat(store.samples(all(), Optional.empty(), 10)).hasSize(2);
    }

    @Test
    void whatCannotBeToldForAnotherReasonIsNotLostEither() {
        // Given
        var broken = new AtomicReference<>(true);
        var rejections = rejections(Jdbi.create(() -> {
            if (broken.get()) {
                throw new IllegalStateException("Not the database's fault");
            }
            return jdbi.open().getConnection();
        }));
        refuse(rejections, Reason.BAD_SIGNATURE);
        assertThatIllegalStateException().isThrownBy(rejections::publish);
        broken.set(false);

        // When
        rejections.publish();

        // Then
        assertThat(store.counts(all(), Span.HOUR, Optional.empty(), 10))
                .containsExactly(new RejectionStore.Count(NOON, "stripe", Reason.BAD_SIGNATURE, 1));
        assertThat(store.samples(all(), Optional.empty(), 10)).hasSize(1);
    }

    @Test
    void whatWasCountedIsToldBeforeTheGatewayEnds() {
        // Given
        var rejections = rejections(jdbi);
        refuse(rejections, Reason.BAD_SIGNATURE);

        // When
        rejections.stop(new ShutdownEvent());

        // Then
        assertThat(store.counts(all(), Span.HOUR, Optional.empty(), 10)).hasSize(1);
    }

    @Test
    void whatIsTooMuchOrTooLateIsCountedAndSampledWithoutItsBody() throws IOException {
        // Given
        var limited = "limited-" + UUID.randomUUID().toString().substring(0, 8);
        post("/api/v1/sources", """
                {"name": "%s", "scheme": "stripe", "secrets": ["whsec_new_secret"], "largestBody": "2K",
                 "senderRateLimit": {"perSecond": 1, "burst": 1}}""".formatted(limited));
        var small = to("/webhooks/" + limited)
                .POST(BodyPublishers.ofString("small"))
                .build();
        var large = to("/webhooks/" + limited)
                .POST(BodyPublishers.ofString("x".repeat(3_000)))
                .build();

        // When
        var statuses = List.of(
                slowly("/webhooks/" + limited),
                send(large).statusCode(),
                send(small).statusCode());

        // Then
        assertThat(statuses).containsExactly(408, 413, 429);
        await().untilAsserted(() -> assertThat(items(json(get("/api/v1/rejections?span=DAY&source=" + limited))))
                .extracting(
                        count -> count.path("reason").asText(),
                        count -> count.path("count").asInt())
                .containsExactlyInAnyOrder(tuple("TOO_LARGE", 1), tuple("TOO_SLOW", 1), tuple("TOO_MANY", 1)));
        assertThat(samples("?source=" + limited))
                .hasSize(3)
                .allSatisfy(sample -> assertThat(sample.path("body").asText()).isEmpty())
                .allSatisfy(
                        sample -> assertThat(sample.path("address").asText()).isEqualTo("127.0.0.1"));
    }

    /** Sends a body that does not come to its end, and tells the status of the answer. */
    private static int slowly(String path) throws IOException {
        try (var socket = new Socket(
                StripeSender.address().getHost(), StripeSender.address().getPort())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream()
                    .write("POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nonly so much"
                            .formatted(path)
                            .getBytes(UTF_8));
            var answer = new String(socket.getInputStream().readAllBytes(), UTF_8);
            return Integer.parseInt(answer.substring("HTTP/1.1 ".length(), "HTTP/1.1 200".length()));
        }
    }

    @Test
    void nothingToTellIsNoTransaction() {
        // Given
        var rejections = rejections(Jdbi.create(() -> {
            throw new AssertionError("Nobody needs a connection");
        }));

        // When
        assertThatCode(rejections::publish)
                // Then
                .doesNotThrowAnyException();
    }

    @Test
    void refusedRequestsAreForgottenAfterTheirTime() {
        // Given
        for (var day : List.of(8, 6)) {
            now.set(Instant.now().minus(day, ChronoUnit.DAYS));
            var rejections = rejections(jdbi);
            refuse(rejections, Reason.BAD_SIGNATURE);
            rejections.publish();
        }

        // When
        store.forget();

        // Then
        assertThat(store.counts(all(), Span.DAY, Optional.empty(), 10)).hasSize(1);
        assertThat(store.samples(all(), Optional.empty(), 10)).hasSize(1);
    }

    @Test
    void aForgeryIsCounted() {
        // When
        send(request(body(newEventId()), "t=1,v1=forged"));

        // Then
        await().untilAsserted(() -> assertThat(
                        items(json(get("/api/v1/rejections?source=stripe&reason=BAD_SIGNATURE&span=DAY"))))
                .singleElement()
                .satisfies(count -> {
                    assertThat(count.path("count").asInt()).isPositive();
                    assertThat(count.path("explanation").asText()).contains("secret");
                }));
    }

    @Test
    void aSampleShowsNothingThatMayBeSecret() {
        // Given
        var eventId = newEventId();
        var body = body(eventId, "x".repeat(3_000));

        // When
        // Of several in a second one is kept, so that it may take more than one.
        var sample = await().until(
                        () -> {
                            send(request(body, "t=1,v1=forged"));
                            return samples("?reason=BAD_SIGNATURE&source=stripe").stream()
                                    .filter(it -> it.path("body").asText().contains(eventId))
                                    .findFirst();
                        },
                        Optional::isPresent)
                .orElseThrow();

        // Then
        assertThat(sample.path("address").asText()).isEqualTo("127.0.0.1");
        assertThat(sample.path("headers").toString())
                .containsIgnoringCase("stripe-signature: ***")
                .containsIgnoringCase("content-length: " + body.getBytes(UTF_8).length)
                .doesNotContain("forged");
        assertThat(sample.path("body").asText()).hasSizeLessThanOrEqualTo(2_048);
        assertThat(sample.path("bodySize").asInt()).isEqualTo(body.getBytes(UTF_8).length);
    }

    @Test
    void countsAreReadPageByPageNewestFirst() {
        // Given
        var rejections = rejections(jdbi);
        for (var minute : List.of(0, 1, 60)) {
            now.set(NOON.plus(minute, ChronoUnit.MINUTES));
            refuse(rejections, Reason.BAD_SIGNATURE);
            refuse(rejections, Reason.TOO_OLD);
            rejections.publish();
        }
        var query = "/api/v1/rejections?limit=4&from=" + NOON;

        // When
        var first = json(get(query));
        var second = json(get(query + "&cursor=" + first.path("next").asText()));

        // Then
        assertThat(Stream.of(first, second).flatMap(page -> items(page).stream()))
                .extracting(count ->
                        count.path("at").asText() + " " + count.path("reason").asText())
                .containsExactly(
                        NOON.plus(60, ChronoUnit.MINUTES) + " TOO_OLD",
                        NOON.plus(60, ChronoUnit.MINUTES) + " BAD_SIGNATURE",
                        NOON.plus(1, ChronoUnit.MINUTES) + " TOO_OLD",
                        NOON.plus(1, ChronoUnit.MINUTES) + " BAD_SIGNATURE",
                        NOON + " TOO_OLD",
                        NOON + " BAD_SIGNATURE");
        assertThat(second.has("next")).isFalse();
        assertThat(items(json(
                        get("/api/v1/rejections?span=HOUR&reason=TOO_OLD&to=" + NOON.plus(60, ChronoUnit.MINUTES)))))
                .extracting(count -> count.path("count").asInt())
                .containsExactly(2);
    }

    @Test
    void samplesAreReadPageByPage() {
        // Given
        var rejections = rejections(jdbi);
        IntStream.range(0, 3).forEach(second -> {
            now.set(NOON.plusSeconds(second));
            refuse(rejections, Reason.BAD_SIGNATURE);
        });
        rejections.publish();

        // When
        var first = json(get("/api/v1/rejections/samples?limit=2"));
        var second = json(get("/api/v1/rejections/samples?limit=2&cursor="
                + first.path("next").asText()));

        // Then
        assertThat(items(first)).hasSize(2);
        assertThat(items(second)).hasSize(1);
        assertThat(second.has("next")).isFalse();
    }

    @Test
    void samplesNeedTheRole() {
        // When
        var answer = send(call("/api/v1/rejections/samples", GUEST).build());

        // Then
        assertThat(answer.statusCode()).isEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "?reason=BAD",
                "?span=YEAR",
                "?limit=0",
                "?from=yesterday",
                "?source=%00",
                "?cursor=x",
                "?cursor=1~stripe~NOTHING",
                "?cursor=9999999999999~stripe~TOO_OLD",
                "/samples?cursor=x",
                "/samples?limit=abc"
            })
    void aRequestThatCannotBeUnderstoodIs400(String request) {
        // When
        var answer = get("/api/v1/rejections" + request);

        // Then
        assertThat(answer.statusCode()).isEqualTo(400);
    }

    private Rejections rejections(Jdbi database) {
        return new Rejections(database, outbox, store, ((InstantSource) now::get).withZone(ZoneOffset.UTC), meters);
    }

    private void refuse(Rejections rejections, Reason reason) {
        rejections.count(source, reason, () -> {
            samplesMade.incrementAndGet();
            return Sample.of("192.0.2.1", Map.of("Host", "x").entrySet(), new byte[] {1});
        });
    }

    private static RejectionFilter all() {
        return new RejectionFilter(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
    }

    private static RejectionFilter filter(Reason reason) {
        return new RejectionFilter(Optional.empty(), Optional.of(reason), Optional.empty(), Optional.empty());
    }

    private static List<JsonNode> samples(String query) {
        return items(json(get("/api/v1/rejections/samples" + query)));
    }
}
