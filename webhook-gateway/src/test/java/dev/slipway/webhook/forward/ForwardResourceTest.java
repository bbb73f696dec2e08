package dev.slipway.webhook.forward;

import static com.github.tomakehurst.wiremock.client.WireMock.ok;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.serverError;
import static com.github.tomakehurst.wiremock.client.WireMock.status;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static dev.slipway.webhook.StripeSender.body;
import static dev.slipway.webhook.StripeSender.newEventId;
import static dev.slipway.webhook.StripeSender.sign;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.MultiValue;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import com.stripe.net.Webhook;
import dev.slipway.devstack.testing.Infrastructure;
import dev.slipway.devstack.testing.InfrastructureResource;
import dev.slipway.event.EventJson;
import dev.slipway.webhook.Api;
import dev.slipway.webhook.StripeSender;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** From the sender, through the gateway, to the application, and what the API tells of it. */
@QuarkusTest
@QuarkusTestResource(InfrastructureResource.class)
class ForwardResourceTest {

    private static final String STRIPE_SECRET = "whsec_of_the_sender";

    @RegisterExtension
    static final WireMockExtension APPLICATION = WireMockExtension.newInstance()
            .options(wireMockConfig().dynamicPort())
            .build();

    @Inject
    Jdbi jdbi;

    /** Each test's own. */
    private final String source = "pay-" + UUID.randomUUID().toString().substring(0, 8);

    private final String eventId = newEventId();

    @Test
    void aDeliveryIsForwardedSignedByTheSecretThatWasMadeAndShownOnce() {
        // Given
        answer("/shop", ok("thanks"));
        var created = create("""
                {"name": "shop", "url": "%s"}""".formatted(url("/shop")));
        var secret = created.path("forwardTo").path(0).path("secret").asText();

        // When
        var id = deliver();

        // Then
        var forward = awaitState(id, "DELIVERED");
        assertThat(forward.has("nextAttemptAt")).isFalse();
        assertThat(forward.path("attempts")).singleElement().satisfies(attempt -> {
            assertThat(attempt.path("number").asInt()).isOne();
            assertThat(attempt.path("status").asInt()).isEqualTo(200);
            assertThat(attempt.path("response").asText()).isEqualTo("thanks");
            assertThat(attempt.has("error")).isFalse();
        });
        assertThat(requests("/shop")).singleElement().satisfies(request -> {
            assertThat(request.getBodyAsString()).isEqualTo(body(eventId));
            assertThat(request.getHeader("webhook-id")).isEqualTo(id);
            assertThatCode(() -> new com.standardwebhooks.Webhook(secret).verify(body(eventId), headers(request)))
                    .doesNotThrowAnyException();
            assertThatCode(() -> new com.svix.Webhook(secret).verify(body(eventId), headers(request)))
                    .doesNotThrowAnyException();
        });
        assertThat(show().toString()).doesNotContain(secret).contains("\"kind\":\"STORED\"");
    }

    @Test
    void aDeliveryThatIsForwardedWithTheOriginalSignatureIsVerifiedByStripesLibrary() {
        // Given
        answer("/stripe", ok());
        create("""
                {"name": "shop", "url": "%s", "signing": "original"}""".formatted(url("/stripe")));

        // When
        var id = deliver();

        // Then
        awaitState(id, "DELIVERED");
        assertThat(requests("/stripe"))
                .singleElement()
                .satisfies(request -> assertThatCode(() -> Webhook.constructEvent(
                                request.getBodyAsString(), request.getHeader("Stripe-Signature"), STRIPE_SECRET))
                        .doesNotThrowAnyException());
    }

    @ParameterizedTest
    @CsvSource({"invoice.*, true", "invoice.paid, true", "customer.*, false"})
    void anEndpointGetsTheTypesThatItAsksFor(String types, boolean expected) {
        // Given
        answer("/types", ok());
        create("""
                {"name": "shop", "url": "%s", "types": ["%s"]}""".formatted(url("/types"), types));

        // When
        var id = deliver();

        // Then
        assertThat(forwards(id)).hasSize(expected ? 1 : 0);
    }

    @Test
    void whatWasGivenUpIsSentAgainWhenSomebodyAsksForItAndWhatIsDeliveredIsNot() {
        // Given
        answer("/shop", serverError());
        create("""
                {"name": "shop", "url": "%s", "schedule": []}""".formatted(url("/shop")));
        var id = deliver();
        awaitState(id, "GIVEN_UP");
        answer("/shop", ok());

        // When
        var retried = send("POST", "/deliveries/%s/forwards/shop/retry".formatted(id), "");

        // Then
        assertThat(retried.statusCode()).isEqualTo(200);
        assertThat(awaitState(id, "DELIVERED").path("attempts")).hasSize(2);
        assertThat(send("POST", "/deliveries/%s/forwards/shop/retry".formatted(id), "")
                        .statusCode())
                .isEqualTo(409);
    }

    @Test
    void whileAnAttemptIsMadeARetryIsRefused() {
        // Given
        answer("/slow", ok().withFixedDelay(3_000));
        create("""
                {"name": "shop", "url": "%s"}""".formatted(url("/slow")));
        var id = deliver();
        await().until(() -> requests("/slow").size() == 1);

        // When
        var retried = send("POST", "/deliveries/%s/forwards/shop/retry".formatted(id), "");

        // Then
        assertThat(retried.statusCode()).isEqualTo(409);
        assertThat(json(retried).path("detail").asText()).contains("just now");
        awaitState(id, "DELIVERED");
        assertThat(requests("/slow")).hasSize(1);
    }

    @Test
    void allThatWasGivenUpIsSentAgainTogether() {
        // Given
        answer("/shop", serverError());
        create("""
                {"name": "shop", "url": "%s", "schedule": []}""".formatted(url("/shop")));
        var id = deliver();
        awaitState(id, "GIVEN_UP");
        await().untilAsserted(
                        () -> assertThat(endpoint().path("givenUp").asInt()).isOne());
        answer("/shop", ok());

        // When
        var ofThePast = send("POST", "/sources/%s/endpoints/shop/retry?to=2020-01-01T00:00:00Z".formatted(source), "");
        var all = send("POST", "/sources/%s/endpoints/shop/retry".formatted(source), "");

        // Then
        assertThat(json(ofThePast).path("forwards").asInt()).isZero();
        assertThat(json(all).path("forwards").asInt()).isOne();
        awaitState(id, "DELIVERED");
    }

    @Test
    void anEndpointThatIsGoneIsShownSoAndCanBeEnabled() {
        // Given
        answer("/shop", status(410));
        create("""
                {"name": "shop", "url": "%s"}""".formatted(url("/shop")));
        var id = deliver();
        await().until(() -> endpoint().path("state").asText().equals("GONE"));
        assertThat(endpoint().has("goneSince")).isTrue();
        assertThat(endpoint().path("pending").asInt()).isOne();
        assertThat(endpoint().path("oldestPendingSeconds").isNumber()).isTrue();
        answer("/shop", ok());

        // When
        var enabled = send("POST", "/sources/%s/endpoints/shop/enable".formatted(source), "");

        // Then
        assertThat(json(enabled).path("state").asText()).isEqualTo("CLOSED");
        awaitState(id, "DELIVERED");
    }

    @Test
    void aReplayIsForwardedToTheSourcesEndpointsUnderAnIdOfItsOwn() {
        // Given
        answer("/replayed", ok());
        create("""
                {"name": "shop", "url": "%s"}""".formatted(url("/replayed")));
        var id = deliver();
        awaitState(id, "DELIVERED");

        // When
        var replay = json(send("POST", "/deliveries/%s/replay".formatted(id), ""))
                .path("id")
                .asText();

        // Then
        awaitState(replay, "DELIVERED");
        assertThat(requests("/replayed"))
                .extracting(request -> request.getHeader("webhook-id"))
                .containsExactly(id, replay);
    }

    @Test
    void aSourceThatIsPutBackAsItIsShownKeepsItsEndpointsSecrets() {
        // Given
        answer("/kept", ok());
        var secret = create("""
                {"name": "shop", "url": "%s"}""".formatted(url("/kept")))
                .path("forwardTo")
                .path(0)
                .path("secret")
                .asText();

        // When
        var put = json(send("PUT", "/sources/" + source, show().toString()));

        // Then
        assertThat(put.path("forwardTo").path(0).has("secret")).isFalse();
        awaitState(deliver(), "DELIVERED");
        assertThat(requests("/kept"))
                .singleElement()
                .satisfies(request -> assertThatCode(
                                () -> new com.standardwebhooks.Webhook(secret).verify(body(eventId), headers(request)))
                        .doesNotThrowAnyException());
    }

    @Test
    void whileASecretIsChangedTheOldAndTheNewOneSign() {
        // Given
        answer("/rotated", ok());
        var created = create("""
                {"name": "shop", "url": "%s"}""".formatted(url("/rotated")));
        var old = created.path("forwardTo").path(0).path("secret").asText();
        var changed = (ObjectNode) show();
        ((ObjectNode) changed.path("forwardTo").path(0))
                .withArrayProperty("secrets")
                .add("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD");

        // When
        var put = send("PUT", "/sources/" + source, changed.toString());

        // Then
        assertThat(put.statusCode()).isEqualTo(200);
        awaitState(deliver(), "DELIVERED");
        assertThat(requests("/rotated")).singleElement().satisfies(request -> {
            for (var secret : List.of(old, "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")) {
                assertThatCode(() -> new com.standardwebhooks.Webhook(secret).verify(body(eventId), headers(request)))
                        .doesNotThrowAnyException();
            }
        });
    }

    @Test
    void withAnEndpointItsSecretsGo() {
        // Given
        answer("/removed", ok());
        var old = create("""
                {"name": "shop", "url": "%s"}""".formatted(url("/removed")))
                .path("forwardTo")
                .path(0)
                .path("secret")
                .asText();
        var without = (ObjectNode) show();
        without.remove("forwardTo");
        var removed = send("PUT", "/sources/" + source, without.toString());
        var again = (ObjectNode) show();
        again.withArrayProperty("forwardTo").addObject().put("name", "shop").put("url", url("/removed"));

        // When
        var put = send("PUT", "/sources/" + source, again.toString());

        // Then
        assertThat(json(removed).path("forwardTo")).isEmpty();
        assertThat(json(removed).path("secrets")).as("the source's own").hasSize(1);
        assertThat(json(put).path("forwardTo").path(0).path("secret").asText())
                .startsWith("whsec_")
                .isNotEqualTo(old);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void withAnEndpointGoesWhatWaitsForItAndThatItWasGone(boolean withItsSource) {
        // Given
        answer("/ended", status(410));
        var shop = """
                {"name": "shop", "url": "%s"}""".formatted(url("/ended"));
        create(shop);
        var id = deliver();
        await().until(() -> endpoint().path("state").asText().equals("GONE"));

        // When
        if (withItsSource) {
            send("DELETE", "/sources/" + source, "");
        } else {
            send("PUT", "/sources/" + source, definition(""));
        }

        // Then
        assertThat(forwards(id)).singleElement().satisfies(forward -> {
            assertThat(forward.path("state").asText()).isEqualTo("GIVEN_UP");
            assertThat(forward.path("attempts")).hasSize(1);
        });
        send(withItsSource ? "POST" : "PUT", withItsSource ? "/sources" : "/sources/" + source, definition(shop));
        assertThat(endpoint().path("state").asText()).isEqualTo("CLOSED");
        assertThat(endpoint().path("pending").asInt()).isZero();
        assertThat(endpoint().path("givenUp").asInt()).isOne();
    }

    @Test
    void anEndpointIsNotSentWhatWasStillForwardedToItsNamesake() {
        // Given
        answer("/namesake", ok());
        create("""
                {"name": "shop", "url": "%s"}""".formatted(url("/namesake")));
        var id = deliver();
        awaitState(id, "DELIVERED");
        send("PUT", "/sources/" + source, definition(""));
        // As by a replica that does not know yet that the endpoint is gone.
        jdbi.useHandle(handle ->
                handle.execute("UPDATE forward SET state = 'PENDING' WHERE delivery_id = ?", UUID.fromString(id)));

        // When
        send("PUT", "/sources/" + source, definition("""
                {"name": "shop", "url": "%s"}""".formatted(url("/namesake"))));

        // Then
        awaitState(id, "GIVEN_UP");
        assertThat(requests("/namesake")).hasSize(1);
    }

    @Test
    void whatWaitsForAnEndpointThatStaysGoesOnToWait() {
        // Given
        answer("/stays", serverError());
        create("""
                {"name": "shop", "url": "%s"}""".formatted(url("/stays")));
        var id = deliver();
        await().until(() -> forwards(id).path(0).path("attempts").size() == 1);

        // When
        var put = send("PUT", "/sources/" + source, show().toString());

        // Then
        assertThat(put.statusCode()).isEqualTo(200);
        assertThat(forwards(id).path(0).path("state").asText()).isEqualTo("PENDING");
        assertThat(endpoint().path("failures").asInt()).isOne();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"url\": \"https://shop.example\"} | forwardTo[0].name",
                "{\"name\": \"shop\"} | forwardTo[0].url",
                "{\"name\": \"shop\", \"url\": \"ftp://shop.example\"} | forwardTo[0]",
                "{\"name\": \"shop\", \"url\": \"https://shop example\"} | forwardTo[0].url",
                "{\"name\": \"Shop!\", \"url\": \"https://shop.example\"} | forwardTo[0]",
                "{\"name\": \"shop\", \"url\": \"https://shop.example\", \"signing\": \"none\"} | forwardTo[0].signing",
                "{\"name\": \"shop\", \"url\": \"https://shop.example\", \"schedule\": [\"soon\"]} | forwardTo[0].schedule[0]",
                "{\"name\": \"shop\", \"url\": \"https://shop.example\", \"timeout\": \"2m\"} | forwardTo[0]",
                "{\"name\": \"shop\", \"url\": \"https://shop.example\", \"ordered\": \"yes\"} | forwardTo[0].ordered",
                "{\"name\": \"shop\", \"url\": \"https://shop.example\", \"concurrency\": \"many\"} | forwardTo[0].concurrency",
                "{\"name\": \"shop\", \"url\": \"https://shop.example\", \"secrets\": []} | forwardTo[0].secrets",
                "{\"name\": \"shop\", \"url\": \"https://shop.example\", \"secrets\": [\"short\"]} | forwardTo[0].secrets[0]",
                "{\"name\": \"shop\", \"url\": \"https://shop.example\", \"signing\": \"original\", \"secrets\": [\"whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD\"]} | forwardTo[0].secrets",
                "{\"name\": \"shop\", \"url\": \"https://shop.example\", \"retries\": 3} | forwardTo[0].retries",
                "{\"name\": \"shop\", \"url\": \"https://a.example\"}, {\"name\": \"shop\", \"url\": \"https://b.example\"} | forwardTo[1].name"
            })
    void anEndpointThatCannotBeIsRefusedAndItIsSaidWhere(String endpointsAndPath) {
        // Given
        var parts = endpointsAndPath.split(" \\| ");

        // When
        var response = send("POST", "/sources", definition(parts[0]));

        // Then
        assertThat(response.statusCode()).isEqualTo(422);
        assertThat(json(response).path("errors").path(0).path("path").asText()).isEqualTo(parts[1]);
        assertThat(send("GET", "/sources/" + source, "").statusCode()).isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /deliveries/0198f3c0-0000-7000-8000-000000000000/forwards, 404",
        "POST, /deliveries/0198f3c0-0000-7000-8000-000000000000/forwards/shop/retry, 404",
        "GET, /sources/nobody/endpoints, 404",
        "POST, /sources/stripe/endpoints/nobody/enable, 404",
        "POST, /sources/nobody/endpoints/shop/retry, 404"
    })
    void whatIsNotThereIsNotFound(String method, String path, int status) {
        // When
        var response = send(method, path, "");

        // Then
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(json(response).path("detail").asText()).isNotEmpty();
    }

    @Test
    void aTimeThatIsNoneIsABadRequest() {
        // Given
        create("""
                {"name": "shop", "url": "%s"}""".formatted(url("/shop")));

        // When
        var response = send("POST", "/sources/%s/endpoints/shop/retry?from=yesterday".formatted(source), "");

        // Then
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(json(response).path("detail").asText()).contains("'from'");
    }

    @Test
    void aTokenInTheUrlOfAnEndpointIsShownOnlyToWhoMaySetItUp() {
        // Given
        create("""
                {"name": "shop", "url": "https://shop.example/hooks?token=xyz"}""");
        var before = source.substring(0, source.length() - 1);
        var paths = List.of(
                "/sources/" + source, "/sources?limit=1&cursor=" + before, "/sources/%s/endpoints".formatted(source));

        // When
        var seenByGuest = paths.stream()
                .map(path ->
                        StripeSender.send(Api.call("/api/v1" + path, Api.GUEST).build()))
                .map(HttpResponse::body)
                .toList();

        // Then
        assertThat(seenByGuest).noneMatch(body -> body.contains("xyz"));
        assertThat(seenByGuest).allMatch(body -> body.contains("https://shop.example/***"));
        assertThat(paths)
                .allSatisfy(path ->
                        assertThat(send("GET", path, "").body()).contains("https://shop.example/hooks?token=xyz"));
    }

    private JsonNode create(String endpoint) {
        var response = send("POST", "/sources", definition(endpoint));
        assertThat(response.statusCode()).as(response.body()).isEqualTo(201);
        return json(response);
    }

    private String definition(String endpoints) {
        return """
                {"name": "%s", "scheme": "stripe", "secrets": ["%s"], "forwardTo": [%s]}""".formatted(source, STRIPE_SECRET, endpoints);
    }

    private JsonNode show() {
        return json(send("GET", "/sources/" + source, ""));
    }

    private JsonNode endpoint() {
        return json(send("GET", "/sources/%s/endpoints".formatted(source), ""))
                .path("items")
                .path(0);
    }

    /** Sends what Stripe would, and tells the delivery's id. */
    private String deliver() {
        var body = body(eventId);
        var response = StripeSender.send(StripeSender.to("/webhooks/" + source)
                .header("Stripe-Signature", sign(body, STRIPE_SECRET, Instant.now()))
                .POST(BodyPublishers.ofString(body))
                .build());
        assertThat(response.statusCode()).isEqualTo(200);
        return json(send("GET", "/deliveries?source=" + source, ""))
                .path("items")
                .path(0)
                .path("id")
                .asText();
    }

    private static JsonNode forwards(String id) {
        return json(send("GET", "/deliveries/%s/forwards".formatted(id), "")).path("items");
    }

    private static JsonNode awaitState(String id, String state) {
        return await().until(
                        () -> forwards(id).path(0),
                        forward -> forward.path("state").asText().equals(state));
    }

    private static HttpResponse<String> send(String method, String path, String body) {
        return StripeSender.send(StripeSender.to("/api/v1" + path)
                .header("Authorization", "Bearer " + Infrastructure.TOKEN)
                .header("Content-Type", "application/json")
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build());
    }

    private static JsonNode json(HttpResponse<String> response) {
        try {
            return EventJson.mapper().readTree(response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void answer(String path, ResponseDefinitionBuilder response) {
        APPLICATION.stubFor(post(path).willReturn(response));
    }

    private static String url(String path) {
        return "http://localhost:" + APPLICATION.getPort() + path;
    }

    private static List<LoggedRequest> requests(String path) {
        return APPLICATION.findAll(postRequestedFor(urlEqualTo(path)));
    }

    private static Map<String, List<String>> headers(LoggedRequest request) {
        return request.getHeaders().all().stream()
                .collect(toMap(header -> header.key().toLowerCase(Locale.ROOT), MultiValue::values));
    }
}
