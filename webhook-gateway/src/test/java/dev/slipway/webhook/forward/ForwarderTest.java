package dev.slipway.webhook.forward;

import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.ok;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.serverError;
import static com.github.tomakehurst.wiremock.client.WireMock.status;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static com.github.tomakehurst.wiremock.stubbing.Scenario.STARTED;
import static dev.slipway.webhook.forward.ForwardState.DELIVERED;
import static dev.slipway.webhook.forward.ForwardState.GIVEN_UP;
import static dev.slipway.webhook.forward.ForwardState.PENDING;
import static dev.slipway.webhook.forward.Forwarding.endpoint;
import static dev.slipway.webhook.forward.Forwarding.inOrder;
import static dev.slipway.webhook.forward.Forwarding.oneByOne;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.awaitility.Awaitility.await;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.MultiValue;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import dev.slipway.webhook.delivery.StoredDeliveries;
import dev.slipway.webhook.forward.EndpointStates.Circuit;
import dev.slipway.webhook.forward.ForwardStore.Attempt;
import dev.slipway.webhook.forward.ForwardStore.Ended;
import dev.slipway.webhook.forward.ForwardStore.Lane;
import dev.slipway.webhook.forward.Outcome.Unanswered;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

class ForwarderTest {

    private static final Duration SOON = Duration.ofMillis(20);
    private static final Duration LATER = Duration.ofHours(1);
    private static final String BODY = "{\"test\": \"€\"}";

    /** The application. */
    @RegisterExtension
    static final WireMockExtension APPLICATION = WireMockExtension.newInstance()
            .options(wireMockConfig().dynamicPort())
            .build();

    private final PGSimpleDataSource database = (PGSimpleDataSource) StoredDeliveries.freshDatabase();

    @Test
    void aDeliveryIsForwardedAsItCameAndVerifiedByTheLibrariesOfStandardWebhooksAndSvix() {
        // Given
        answer("/shop", ok("thanks"));
        try (var forwarding = new Forwarding(database, Map.of(), endpoint("shop", url("/shop"))).start()) {

            // When
            var id = forwarding.store(BODY, "shop");

            // Then
            var forward = forwarding.awaitState(id, "shop", DELIVERED);
            assertThat(requests("/shop")).singleElement().satisfies(request -> {
                assertThat(request.getBodyAsString()).isEqualTo(BODY);
                assertThat(request.getHeader("content-type")).isEqualTo("application/json");
                assertThat(request.getHeader("webhook-id")).isEqualTo(id.toString());
                assertThat(request.getHeader("traceparent")).startsWith("00-");
                assertThatCode(() -> new com.standardwebhooks.Webhook(Forwarding.SECRET).verify(BODY, headers(request)))
                        .doesNotThrowAnyException();
                assertThatCode(() -> new com.svix.Webhook(Forwarding.SECRET).verify(BODY, headers(request)))
                        .doesNotThrowAnyException();
            });
            assertThat(forward.nextAttemptAt()).isEmpty();
            assertThat(forward.attempts()).singleElement().satisfies(attempt -> {
                assertThat(attempt.number()).isOne();
                assertThat(attempt.status()).contains(200);
                assertThat(attempt.response()).contains("thanks");
                assertThat(attempt.error()).isEmpty();
            });
        }
    }

    @Test
    void aForwardIsTriedAgainByTheScheduleUnderTheSameIdUntilTheApplicationTakesIt() {
        // Given
        answers("/shop", serverError(), status(302).withHeader("Location", url("/elsewhere")), ok());
        try (var forwarding = new Forwarding(database, Map.of(), endpoint("shop", url("/shop"), SOON, SOON)).start()) {

            // When
            var id = forwarding.store(BODY, "shop");

            // Then
            var forward = forwarding.awaitState(id, "shop", DELIVERED);
            assertThat(forward.attempts())
                    .extracting(Attempt::status)
                    .containsExactly(Optional.of(500), Optional.of(302), Optional.of(200));
            assertThat(ids("/shop")).containsExactly(id, id, id);
            assertThat(requests("/elsewhere")).isEmpty();
        }
    }

    @Test
    void afterTheLastAttemptItIsGivenUpAndARetryByHandBeginsTheScheduleAnew() {
        // Given
        answer("/shop", serverError());
        try (var forwarding = new Forwarding(database, Map.of(), endpoint("shop", url("/shop"), SOON)).start()) {
            var id = forwarding.store(BODY, "shop");
            assertThat(forwarding.awaitState(id, "shop", GIVEN_UP).attempts()).hasSize(2);

            // When
            var before =
                    forwarding.jdbi.withHandle(handle -> forwarding.store.retry(handle, id, "shop", Instant.now()));

            // Then
            assertThat(before).contains(new ForwardStore.Found(GIVEN_UP, false));
            await().until(() -> forwarding.forward(id, "shop").attempts().size() == 4);
            assertThat(forwarding.awaitState(id, "shop", GIVEN_UP).attempts())
                    .extracting(Attempt::number)
                    .containsExactly(1, 2, 3, 4);
        }
    }

    @Test
    void whatWasRetriedByHandIsNotUndoneByAnAttemptThatEndsLate() {
        // Given
        var forwarding = new Forwarding(database, Map.of(), endpoint("shop", url("/shop")));
        var id = forwarding.store(BODY, "shop");
        var claimed = claim(forwarding, endpoint("shop", url("/shop"), LATER));
        var leaseIsOver = Instant.now().plus(Duration.ofMinutes(2));
        forwarding.jdbi.withHandle(handle -> forwarding.store.retry(handle, id, "shop", leaseIsOver));

        // When
        forwarding.jdbi.useTransaction(handle -> forwarding.store.conclude(
                handle,
                List.of(new Ended(
                        claimed,
                        Instant.now(),
                        Duration.ofMillis(1),
                        new Unanswered("No answer"),
                        new Verdict.GivenUp()))));

        // Then
        var forward = forwarding.forward(id, "shop");
        assertThat(forward.state()).isEqualTo(PENDING);
        assertThat(forward.attempts()).hasSize(1);
    }

    @Test
    void whatIsUnderWayIsNotRetriedByHand() {
        // Given
        var forwarding = new Forwarding(database, Map.of(), endpoint("shop", url("/shop")));
        var id = forwarding.store(BODY, "shop");
        claim(forwarding, endpoint("shop", url("/shop")));

        // When
        var found = forwarding.jdbi.withHandle(handle -> forwarding.store.retry(handle, id, "shop", Instant.now()));

        // Then
        assertThat(found).contains(new ForwardStore.Found(PENDING, true));
        assertThat(isLeased(forwarding, id)).isTrue();
    }

    @Test
    void whatWasGivenUpInATimeIsRetriedTogether() {
        // Given
        answer("/shop", serverError());
        try (var forwarding = new Forwarding(database, Map.of(), endpoint("shop", url("/shop"))).start()) {
            var ids = deliveries(forwarding, 3);
            ids.forEach(id -> forwarding.awaitState(id, "shop", GIVEN_UP));
            answer("/shop", ok());
            var shop = new EndpointRef("stripe", "shop");
            var now = Instant.now();

            // When
            var ofAnotherTime = forwarding.jdbi.withHandle(
                    handle -> forwarding.store.retryGivenUp(handle, shop, Instant.EPOCH, now.minus(LATER), now));
            var all = forwarding.jdbi.withHandle(
                    handle -> forwarding.store.retryGivenUp(handle, shop, now.minus(LATER), now.plus(LATER), now));

            // Then
            assertThat(ofAnotherTime).isZero();
            assertThat(all).isEqualTo(3);
            ids.forEach(id -> forwarding.awaitState(id, "shop", DELIVERED));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 503})
    void anApplicationThatAsksToBeLeftAloneIsNotCalledUntilThen(int status) {
        // Given
        answer("/shop", status(status).withHeader("Retry-After", "1800"));
        answer("/other", ok());
        try (var forwarding = new Forwarding(
                        database, Map.of(), endpoint("shop", url("/shop"), SOON), endpoint("other", url("/other")))
                .start()) {
            var first = forwarding.store(BODY, "shop");
            await().until(() -> !forwarding.forward(first, "shop").attempts().isEmpty());
            var inHalfAnHour = Instant.now().plusSeconds(1_800);

            // When
            var second = forwarding.store(BODY, "shop", "other");

            // Then
            forwarding.awaitState(second, "other", DELIVERED);
            assertThat(forwarding.forward(second, "shop").attempts()).isEmpty();
            assertThat(requests("/shop")).hasSize(1);
            assertThat(forwarding.forward(first, "shop").nextAttemptAt().orElseThrow())
                    .isBetween(inHalfAnHour.minusSeconds(60), inHalfAnHour);
            assertThat(forwarding.status("shop").state().pausedUntil().orElseThrow())
                    .isBetween(inHalfAnHour.minusSeconds(60), inHalfAnHour);
        }
    }

    @Test
    void anEndpointThatIsGoneGetsNothingUntilItIsEnabled() {
        // Given
        answer("/shop", status(410));
        answer("/other", ok());
        try (var forwarding = new Forwarding(
                        database, Map.of(), endpoint("shop", url("/shop"), LATER), endpoint("other", url("/other")))
                .start()) {
            var first = forwarding.store(BODY, "shop");
            await().until(() -> forwarding.status("shop").state().circuit() == Circuit.GONE);
            var second = forwarding.store(BODY, "shop", "other");
            forwarding.awaitState(second, "other", DELIVERED);
            assertThat(requests("/shop")).hasSize(1);
            answer("/shop", ok());

            // When
            forwarding.jdbi.useHandle(handle -> forwarding.states.enable(handle, new EndpointRef("stripe", "shop")));

            // Then
            assertThat(forwarding.awaitState(first, "shop", DELIVERED).attempts())
                    .extracting(Attempt::status)
                    .containsExactly(Optional.of(410), Optional.of(200));
            forwarding.awaitState(second, "shop", DELIVERED);
            assertThat(forwarding.status("shop").state().circuit()).isEqualTo(Circuit.CLOSED);
        }
    }

    @Test
    void anEndpointThatKeepsFailingIsLeftAloneAndWhatWaitsUsesUpNoAttempts() {
        // Given
        answer("/shop", serverError());
        answer("/other", ok());
        try (var forwarding = new Forwarding(
                        database,
                        Map.of("open-after", "3", "probe-every", "1h"),
                        oneByOne(endpoint("shop", url("/shop"), LATER)),
                        endpoint("other", url("/other")))
                .start()) {
            deliveries(forwarding, 3);
            await().until(() -> forwarding.status("shop").state().circuit() == Circuit.OPEN);

            // When
            var waiting = forwarding.store(BODY, "shop", "other");

            // Then
            forwarding.awaitState(waiting, "other", DELIVERED);
            assertThat(requests("/shop")).hasSize(3);
            assertThat(forwarding.forward(waiting, "shop").state()).isEqualTo(PENDING);
            assertThat(forwarding.forward(waiting, "shop").attempts()).isEmpty();
        }
    }

    @Test
    void anEndpointThatKeepsFailingIsProbedByOneForwardAndWhenThatIsTakenTheRestFollows() {
        // Given
        answer("/shop", serverError());
        var settings = Map.of("open-after", "1", "probe-every", "1h");
        var endpoint = endpoint("shop", url("/shop"), Duration.ofDays(1));
        List<UUID> waiting;
        try (var before = new Forwarding(database, settings, endpoint).start()) {
            deliveries(before, 1);
            await().until(() -> before.status("shop").state().circuit() == Circuit.OPEN);
            waiting = deliveries(before, 10);
        }

        // When
        try (var probing = new Forwarding(database, hoursLater(2), settings, endpoint).start()) {
            await().until(() -> probing.status("shop").state().failures() == 2);
        }
        var probed = List.copyOf(ids("/shop").subList(1, requests("/shop").size()));
        answer("/shop", ok());

        // Then
        assertThat(probed).hasSize(1);
        assertThat(waiting).containsAll(probed);
        try (var after = new Forwarding(database, hoursLater(4), settings, endpoint).start()) {
            await().until(() -> after.status("shop").state().circuit() == Circuit.CLOSED);
            assertThat(waiting)
                    .filteredOn(id -> !probed.contains(id))
                    .hasSize(9)
                    .allSatisfy(id -> after.awaitState(id, "shop", DELIVERED));
        }
    }

    @Test
    void inOrderALaterDeliveryWaitsForTheEarlierOfItsSubjectOnly() {
        // Given
        answer("/shop", ok());
        answer("/shop", "first", serverError());
        try (var forwarding = new Forwarding(
                        database, Map.of("open-after", "100"), inOrder(endpoint("shop", url("/shop"), SOON, LATER)))
                .start()) {
            var first = forwarding.storeAbout("a/production", "first", "shop");
            var second = forwarding.storeAbout("a/production", "second", "shop");

            // When
            var other = forwarding.storeAbout("b/production", "other", "shop");

            // Then
            forwarding.awaitState(other, "shop", DELIVERED);
            await().until(() -> forwarding.forward(first, "shop").attempts().size() == 2);
            assertThat(forwarding.forward(second, "shop").state()).isEqualTo(PENDING);
            assertThat(forwarding.forward(second, "shop").attempts()).isEmpty();
        }
    }

    @Test
    void inOrderEachDeliveryIsSentAfterTheOneBeforeItIsTakenOrGivenUp() {
        // Given
        answer("/shop", ok());
        answer("/shop", "3", serverError());
        answer("/shop", "7", serverError());
        var endpoint = inOrder(endpoint("shop", url("/shop"), SOON));
        try (var one = new Forwarding(database, Map.of(), endpoint).start();
                var other = new Forwarding(database, Map.of(), endpoint).start()) {

            // When
            var ids = IntStream.range(0, 10)
                    .mapToObj(i -> (i % 2 == 0 ? one : other).store(Integer.toString(i), "shop"))
                    .toList();

            // Then
            one.awaitState(ids.getLast(), "shop", DELIVERED);
            assertThat(requests("/shop"))
                    .extracting(LoggedRequest::getBodyAsString)
                    .containsExactly("0", "1", "2", "3", "3", "4", "5", "6", "7", "7", "8", "9");
            assertThat(one.forward(ids.get(3), "shop").state()).isEqualTo(GIVEN_UP);
        }
    }

    @Test
    void ofTwoReplicasOnlyOneMakesAnAttempt() {
        // Given
        answer("/shop", ok());
        var endpoint = endpoint("shop", url("/shop"));
        try (var one = new Forwarding(database, Map.of(), endpoint).start();
                var other = new Forwarding(database, Map.of(), endpoint).start()) {

            // When
            var ids = Stream.iterate(0, i -> i + 1)
                    .limit(200)
                    .map(i -> (i % 2 == 0 ? one : other).store(BODY, "shop"))
                    .toList();

            // Then
            await().until(() -> one.status("shop").backlog().pending() == 0);
            assertThat(ids("/shop")).containsExactlyInAnyOrderElementsOf(ids);
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1, 1", "1000000, 3"})
    void noMoreIsTakenThanHasRoomInMemory(long bytes, int taken) {
        // Given
        var shop = endpoint("shop", url("/shop"));
        var forwarding = new Forwarding(database, Map.of(), shop);
        for (var i = 0; i < 3; i++) {
            forwarding.store(BODY, "shop");
        }
        var lane = new Lane(new EndpointRef("stripe", "shop"), shop, 8, 0);

        // When
        var claimed = forwarding.jdbi.withHandle(
                handle -> forwarding.store.claim(handle, List.of(lane), 10, 8, bytes, Instant.now()));

        // Then
        assertThat(claimed).hasSize(taken);
    }

    @Test
    void whatWasSentBeforeACrashIsSentAgainUnderTheSameIdWhenItsLeaseIsOver() throws InterruptedException {
        // Given
        answer("/shop", ok());
        answer("/other", ok());
        var shop = endpoint("shop", url("/shop"));
        var crashed = new Forwarding(database, Map.of(), shop);
        var id = crashed.store(BODY, "shop");
        sendAndCrash(crashed, shop);
        try (var early = new Forwarding(database, Map.of(), shop, endpoint("other", url("/other"))).start()) {
            early.awaitState(early.store(BODY, "other"), "other", DELIVERED);
            assertThat(requests("/shop")).hasSize(1);
        }

        // When
        try (var late = new Forwarding(database, hoursLater(1), Map.of(), shop).start()) {
            late.awaitState(id, "shop", DELIVERED);
        }

        // Then
        assertThat(ids("/shop")).containsExactly(id, id);
    }

    @Test
    void whatWasDeliveredIsNotSentAgainAlthoughTheDatabaseIsAwayWhenItShallBeNoted() {
        // Given
        var breakable = new BreakableDatabase(database);
        answer("/shop", ok().withFixedDelay(300));
        try (var forwarding = new Forwarding(breakable, Map.of(), endpoint("shop", url("/shop"))).start()) {
            var id = forwarding.store(BODY, "shop");
            await().until(() -> requests("/shop").size() == 1);

            // When
            breakable.away = true;
            await().until(() -> breakable.refused.get() > 10);
            breakable.away = false;

            // Then
            assertThat(forwarding.awaitState(id, "shop", DELIVERED).attempts()).hasSize(1);
            assertThat(requests("/shop")).hasSize(1);
        }
    }

    @Test
    void whatIsUnderWayIsNotedBeforeTheForwarderStops() {
        // Given
        answer("/shop", ok().withFixedDelay(200));
        var forwarding = new Forwarding(database, Map.of(), endpoint("shop", url("/shop"))).start();
        var id = forwarding.store(BODY, "shop");
        await().until(() -> isLeased(forwarding, id));

        // When
        forwarding.close();

        // Then
        assertThat(forwarding.forward(id, "shop").state()).isEqualTo(DELIVERED);
    }

    @Test
    void withoutASecretThatIsValidNothingIsSent() {
        // Given
        var expired = new Signing.StandardWebhooks(List.of(
                SigningSecret.parse(Forwarding.SECRET, Optional.of(Instant.now().minus(LATER)))));
        var template = endpoint("shop", url("/shop"));
        var endpoint = new Endpoint("shop", template.url(), expired, List.of(), Endpoint.TIMEOUT, false, 1, List.of());
        try (var forwarding = new Forwarding(database, Map.of(), endpoint).start()) {

            // When
            var id = forwarding.store(BODY, "shop");

            // Then
            assertThat(forwarding.awaitState(id, "shop", GIVEN_UP).attempts())
                    .singleElement()
                    .satisfies(
                            attempt -> assertThat(attempt.error().orElseThrow()).contains("No secret"));
            assertThat(requests("/shop")).isEmpty();
        }
    }

    @Test
    void anAttemptsOutcomeAndWhatWaitsAreCounted() {
        // Given
        answer("/shop", serverError());
        try (var forwarding = new Forwarding(
                        database,
                        Map.of("open-after", "1", "probe-every", "1h"),
                        oneByOne(endpoint("shop", url("/shop"), LATER)))
                .start()) {
            deliveries(forwarding, 2);
            await().until(() -> forwarding.status("shop").state().circuit() == Circuit.OPEN);

            // When
            forwarding.metrics.look();

            // Then
            assertThat(forwarding
                            .meters
                            .get("slipway.webhook.forward.attempts")
                            .tags("source", "stripe", "endpoint", "shop", "outcome", "refused")
                            .timer()
                            .count())
                    .isOne();
            assertThat(gauge(forwarding, "slipway.webhook.forward.pending")).isEqualTo(2);
            assertThat(gauge(forwarding, "slipway.webhook.forward.oldest.pending.seconds"))
                    .isPositive();
            assertThat(gauge(forwarding, "slipway.webhook.forward.given.up")).isZero();
            assertThat(gauge(forwarding, "slipway.webhook.endpoint.open")).isOne();
            assertThat(gauge(forwarding, "slipway.webhook.endpoint.gone")).isZero();
        }
    }

    private static Clock hoursLater(int hours) {
        return Clock.offset(Clock.systemUTC(), Duration.ofHours(hours));
    }

    private static double gauge(Forwarding forwarding, String name) {
        return forwarding
                .meters
                .get(name)
                .tags("source", "stripe", "endpoint", "shop")
                .gauge()
                .value();
    }

    /** What a replica does that crashes between the application's answer and the note of it. */
    private static void sendAndCrash(Forwarding replica, Endpoint endpoint) throws InterruptedException {
        var forward = claim(replica, endpoint);
        replica.calls.post(
                endpoint.url(),
                endpoint.signing().headers(forward, Instant.now()).orElseThrow(),
                forward.body(),
                endpoint.timeout());
    }

    private static Forward claim(Forwarding replica, Endpoint endpoint) {
        var lane = new Lane(new EndpointRef("stripe", endpoint.name()), endpoint, 1, 0);
        return replica.jdbi
                .withHandle(handle -> replica.store.claim(handle, List.of(lane), 10, 1, Long.MAX_VALUE, Instant.now()))
                .getFirst();
    }

    private static boolean isLeased(Forwarding forwarding, UUID id) {
        return forwarding.jdbi.withHandle(
                handle -> handle.createQuery("SELECT lease_until IS NOT NULL FROM forward WHERE delivery_id = :id")
                        .bind("id", id)
                        .mapTo(Boolean.class)
                        .one());
    }

    private static List<UUID> deliveries(Forwarding forwarding, int count) {
        return Stream.generate(() -> forwarding.store(BODY, "shop"))
                .limit(count)
                .toList();
    }

    private static void answer(String path, ResponseDefinitionBuilder response) {
        APPLICATION.stubFor(post(path).willReturn(response));
    }

    private static void answer(String path, String body, ResponseDefinitionBuilder response) {
        APPLICATION.stubFor(post(path).withRequestBody(equalTo(body)).willReturn(response));
    }

    private static void answers(String path, ResponseDefinitionBuilder... responses) {
        var state = STARTED;
        for (var i = 0; i < responses.length; i++) {
            APPLICATION.stubFor(post(path)
                    .inScenario(path)
                    .whenScenarioStateIs(state)
                    .willReturn(responses[i])
                    .willSetStateTo("after " + i));
            state = "after " + i;
        }
    }

    private static String url(String path) {
        return "http://localhost:" + APPLICATION.getPort() + path;
    }

    private static List<LoggedRequest> requests(String path) {
        return APPLICATION.findAll(postRequestedFor(urlEqualTo(path)));
    }

    private static List<UUID> ids(String path) {
        return requests(path).stream()
                .map(request -> UUID.fromString(request.getHeader("webhook-id")))
                .toList();
    }

    private static Map<String, List<String>> headers(LoggedRequest request) {
        return request.getHeaders().all().stream()
                .collect(toMap(header -> header.key().toLowerCase(Locale.ROOT), MultiValue::values));
    }
}
