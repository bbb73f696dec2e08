package dev.slipway.webhook.source;

import static dev.slipway.webhook.StripeSender.body;
import static dev.slipway.webhook.StripeSender.newEventId;
import static dev.slipway.webhook.StripeSender.sign;
import static dev.slipway.webhook.StripeSender.to;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@QuarkusTestResource(InfrastructureResource.class)
class SourceResourceTest {

    @Inject
    Jdbi jdbi;

    /** Each test's own. */
    private final String name = "pay-" + UUID.randomUUID().toString().substring(0, 8);

    @Test
    void aSourceThatIsSetUpTakesDeliveriesAtOnce() {
        // When
        var response = create("""
                {"name": "%s", "scheme": "stripe", "application": "solacore", "environment": "staging",
                 "secrets": ["whsec_number_1"]}""");

        // Then
        assertThat(response.statusCode()).isEqualTo(201);
        assertThat(response.headers().firstValue("Location").orElseThrow()).endsWith("/api/v1/sources/" + name);
        assertThat(response.headers().firstValue("ETag")).isPresent();
        var source = json(response);
        assertThat(source.path("state").asText()).isEqualTo("READY");
        assertThat(source.path("origin").asText()).isEqualTo("API");
        assertThat(source.path("scheme").asText()).isEqualTo("stripe");
        assertThat(source.path("application").asText()).isEqualTo("solacore");
        assertThat(source.path("environment").asText()).isEqualTo("staging");
        assertThat(source.path("url").asText())
                .isEqualTo(StripeSender.address().resolve("/webhooks/" + name).toString());
        assertThat(source.path("steps").toString()).contains(source.path("url").asText(), "Workbench");
        assertThat(deliver("whsec_number_1")).isEqualTo(200);
    }

    @Test
    void toChangeSourcesNeedsTheRole() {
        // When
        var response = StripeSender.send(Api.call("/api/v1/sources", Api.GUEST)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{\"name\": \"%s\", \"scheme\": \"stripe\"}".formatted(name)))
                .build());

        // Then
        assertThat(response.statusCode()).isEqualTo(403);
        assertThat(get("/" + name).statusCode()).isEqualTo(404);
    }

    @Test
    void forgeriesDoNotUseUpWhatASourceMaySend() {
        // Given
        create("""
                {"name": "%s", "scheme": "stripe", "secrets": ["whsec_number_1"], "rateLimit": {"perSecond": 1, "burst": 2}}""");

        // When
        var forged = IntStream.range(0, 10)
                .map(i -> deliver("whsec_number_2"))
                .boxed()
                .toList();

        // Then
        assertThat(forged).doesNotContain(200, 429);
        assertThat(deliver("whsec_number_1")).isEqualTo(200);
    }

    @Test
    void moreThanASourceMaySendIs429AndToldWhenToComeAgain() {
        // Given
        create("""
                {"name": "%s", "scheme": "stripe", "secrets": ["whsec_number_1"], "rateLimit": {"perSecond": 1, "burst": 1}}""");
        deliver("whsec_number_1");

        // When
        var response = send("whsec_number_1");

        // Then
        assertThat(response.statusCode()).isEqualTo(429);
        assertThat(response.headers().firstValueAsLong("Retry-After").orElseThrow())
                .isBetween(1L, 2L);
    }

    @Test
    void aSourceIsShownWithItsDefaultsAndWithoutItsSecrets() {
        // Given
        create("""
                {"name": "%s", "scheme": "stripe", "tolerance": "off", "rateLimit": {"perSecond": 5},
                 "secrets": ["whsec_number_1", {"env": "HELD_WEBHOOK_SECRET", "expiresAt": "2020-01-01T00:00:00Z"},
                             {"env": "LOST_WEBHOOK_SECRET"}]}""");

        // When
        var source = json(get("/" + name));

        // Then
        assertThat(source.path("tolerance").asText()).isEqualTo("off");
        assertThat(source.path("largestBody").asLong()).isEqualTo(1024 * 1024);
        assertThat(source.path("rateLimit").toString()).isEqualTo("{\"perSecond\":5,\"burst\":5}");
        assertThat(source.has("senderRateLimit")).isFalse();
        assertThat(source.path("retention").asText()).isEqualTo("30d");
        assertThat(source.path("dedupeWindow").asText()).isEqualTo("30d");
        assertThat(source.path("state").asText()).isEqualTo("INCOMPLETE");
        assertThat(items(source.path("secrets")))
                .extracting(
                        secret -> secret.path("kind").asText(),
                        secret -> secret.path("reference").asText(),
                        secret -> secret.path("state").asText(),
                        secret -> secret.has("id") && secret.has("addedAt"))
                .containsExactly(
                        tuple("STORED", "", "VALID", true),
                        tuple("ENV", "HELD_WEBHOOK_SECRET", "EXPIRED", true),
                        tuple("ENV", "LOST_WEBHOOK_SECRET", "MISSING", true));
    }

    @Test
    void sourcesOfTheConfigurationAreListedAndCannotBeChanged() {
        // When
        var listed = json(get("?cursor=strip")).path("items").path(0);

        // Then
        assertThat(listed.path("name").asText()).isEqualTo("stripe");
        assertThat(listed.path("origin").asText()).isEqualTo("CONFIGURATION");
        assertThat(listed.path("where").asText()).isEqualTo("slipway.webhook.sources.stripe.*");
        assertThat(listed.has("steps")).isFalse();
        assertThat(json(get("/stripe")).path("steps").isArray()).isTrue();
        assertThat(List.of(
                        send("POST", "", "{\"name\":\"stripe\",\"scheme\":\"stripe\"}"),
                        send("PUT", "/stripe", "{\"scheme\":\"stripe\"}"),
                        send("DELETE", "/stripe", ""),
                        send("POST", "/stripe/secrets", "{\"value\":\"whsec_number_1\"}"),
                        send("DELETE", "/stripe/secrets/" + UUID.randomUUID(), "")))
                .allSatisfy(response -> {
                    assertThat(response.statusCode()).isEqualTo(409);
                    assertThat(json(response).path("detail").asText()).contains("slipway.webhook.sources.stripe.*");
                });
    }

    @Test
    void sourcesAreListedPageByPageByTheirNames() {
        // Given
        var names = IntStream.range(0, 3).mapToObj(i -> name + "-" + i).toList();
        names.forEach(it -> send("POST", "", "{\"name\": \"%s\", \"scheme\": \"stripe\"}".formatted(it)));

        // When
        var first = json(get("?limit=2&cursor=" + name));
        var second = json(get("?limit=2&cursor=" + first.path("next").asText()));

        // Then
        assertThat(Stream.of(first, second).flatMap(page -> items(page.path("items")).stream()))
                .extracting(source -> source.path("name").asText())
                .startsWith(names.toArray(String[]::new));
        assertThat(json(get("?cursor=zzz")).has("next")).isFalse();
        assertThat(get("?limit=0").statusCode()).isEqualTo(400);
    }

    @Test
    void aNameIsTakenOnce() {
        // Given
        create("{\"name\": \"%s\", \"scheme\": \"stripe\", \"secrets\": [\"whsec_number_1\"]}");

        // When
        var again = create("{\"name\": \"%s\", \"scheme\": \"revenuecat\"}");

        // Then
        assertThat(again.statusCode()).isEqualTo(409);
        assertThat(json(get("/" + name)).path("scheme").asText()).isEqualTo("stripe");
    }

    @Test
    void aSecretIsRotatedWithoutLosingADelivery() {
        // Given
        create("{\"name\": \"%s\", \"scheme\": \"stripe\", \"secrets\": [\"whsec_old_secret\"]}");

        // When
        var rotated =
                send("POST", "/" + name + "/secrets", "{\"value\": \"whsec_new_secret\", \"expireOthersIn\": \"24h\"}");

        // Then
        assertThat(rotated.statusCode()).isEqualTo(201);
        var secrets = items(json(rotated).path("secrets"));
        assertThat(Instant.parse(secrets.getFirst().path("expiresAt").asText()))
                .isBetween(Instant.now().plusSeconds(86_000), Instant.now().plusSeconds(86_400));
        assertThat(secrets.getLast().has("expiresAt")).isFalse();
        assertThat(deliver("whsec_old_secret")).isEqualTo(200);
        assertThat(deliver("whsec_new_secret")).isEqualTo(200);
    }

    @Test
    void aSecretThatHasExpiredIsRefusedAndForgottenWhenAnotherIsAdded() {
        // Given
        create("{\"name\": \"%s\", \"scheme\": \"stripe\", \"secrets\": [\"whsec_number_1\"]}");
        send("POST", "/" + name + "/secrets", "{\"value\": \"whsec_number_2\", \"expireOthersIn\": \"0s\"}");
        var first = deliver("whsec_number_1");
        var second = deliver("whsec_number_2");

        // When
        var response = send("POST", "/" + name + "/secrets", "{\"value\": \"whsec_number_3\"}");

        // Then
        assertThat(first).isEqualTo(400);
        assertThat(second).isEqualTo(200);
        assertThat(items(json(response).path("secrets")))
                .extracting(secret -> secret.path("state").asText())
                .containsExactly("VALID", "VALID");
    }

    @Test
    void aSecretIsDeletedButNotTheLast() {
        // Given
        var source = json(create(
                "{\"name\": \"%s\", \"scheme\": \"stripe\", \"secrets\": [\"whsec_number_1\", \"whsec_number_2\"]}"));
        var first = source.path("secrets").path(0).path("id").asText();
        var last = source.path("secrets").path(1).path("id").asText();

        // When
        var deleted = send("DELETE", "/" + name + "/secrets/" + first, "");

        // Then
        assertThat(deleted.statusCode()).isEqualTo(204);
        assertThat(deliver("whsec_number_1")).isEqualTo(400);
        assertThat(deliver("whsec_number_2")).isEqualTo(200);
        assertThat(send("DELETE", "/" + name + "/secrets/" + first, "").statusCode())
                .isEqualTo(404);
        assertThat(send("DELETE", "/" + name + "/secrets/first", "").statusCode())
                .isEqualTo(404);
        assertThat(send("DELETE", "/" + name + "/secrets/" + last, "").statusCode())
                .isEqualTo(409);
    }

    @Test
    void aSecretIsNotAddedTwice() {
        // Given
        create("{\"name\": \"%s\", \"scheme\": \"stripe\", \"secrets\": [\"whsec_number_1\"]}");

        // When
        var response =
                send("POST", "/" + name + "/secrets", "{\"value\": \"whsec_number_1\", \"expireOthersIn\": \"0s\"}");

        // Then
        assertThat(response.statusCode()).isEqualTo(409);
        assertThat(deliver("whsec_number_1")).as("nothing was changed").isEqualTo(200);
    }

    @Test
    void moreThanTenSecretsAreTooMany() {
        // Given
        create("{\"name\": \"%s\", \"scheme\": \"stripe\", \"secrets\": [\"whsec_number_0\"]}");

        // When
        var statuses = IntStream.rangeClosed(1, 10)
                .mapToObj(i -> send("POST", "/" + name + "/secrets", "{\"value\": \"whsec_number_%d\"}".formatted(i)))
                .map(HttpResponse::statusCode)
                .toList();

        // Then
        assertThat(statuses.subList(0, 9)).containsOnly(201);
        assertThat(statuses.getLast()).isEqualTo(409);
    }

    @Test
    void aSourceCanWaitForTheSecretThatItsSenderMakes() {
        // Given
        var source = json(create("{\"name\": \"%s\", \"scheme\": \"stripe\"}"));
        var before = deliver("whsec_number_1");

        // When
        send("POST", "/" + name + "/secrets", "{\"value\": \"whsec_number_1\"}");

        // Then
        assertThat(source.path("state").asText()).isEqualTo("INCOMPLETE");
        assertThat(source.path("steps").toString()).contains("POST /api/v1/sources/%s/secrets".formatted(name));
        assertThat(before).isEqualTo(503);
        assertThat(deliver("whsec_number_1")).isEqualTo(200);
        assertThat(json(get("/" + name)).path("steps").toString()).doesNotContain("/secrets");
    }

    @Test
    void whatASourceLacksASecretForIs503AndTheRestIsTaken() {
        // When
        create("""
                {"name": "%s", "scheme": "stripe", "secrets": ["whsec_number_1", {"env": "LOST_WEBHOOK_SECRET"}]}""");

        // Then
        assertThat(deliver("whsec_number_1")).isEqualTo(200);
        assertThat(deliver("whsec_number_2")).isEqualTo(503);
    }

    @Test
    void aReferenceToTheEnvironmentIsASecretToo() {
        // When
        create("{\"name\": \"%s\", \"scheme\": \"stripe\", \"secrets\": [{\"env\": \"HELD_WEBHOOK_SECRET\"}]}");

        // Then
        assertThat(deliver("whsec_held_secret")).isEqualTo(200);
    }

    @Test
    void aSenderThatKnowsNothingButTheUrlGetsTheSecretInItOnce() {
        // Given
        var event = """
                {"type":"Deployment.failed","details":{"id":"%s"},"timestamp":"2025-11-21T23:48:42.311Z"}""".formatted(name);

        // When
        var url = json(create("""
                        {"name": "%s", "scheme": "railway", "secrets": ["nobody/can+guess%%this?"]}""")).path("url").asText();

        // Then
        assertThat(StripeSender.send(HttpRequest.newBuilder(URI.create(url))
                                .POST(BodyPublishers.ofString(event))
                                .build())
                        .statusCode())
                .isEqualTo(200);
        assertThat(json(get("/" + name)).path("url").asText()).endsWith(name + "/<secret>");
    }

    @Test
    void whatWasReadCanBeChangedAndSentBack() {
        // Given
        create("""
                {"name": "%s", "scheme": "stripe", "secrets": ["whsec_number_1", "whsec_number_2"], "environment": "solacore/staging"}""");
        var source = (ObjectNode) json(get("/" + name));
        source.put("retention", "60d");
        ((ObjectNode) source.path("secrets").path(0)).put("expiresAt", "2020-01-01T00:00:00Z");

        // When
        var response = send("PUT", "/" + name, source.toString());

        // Then
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(json(response).path("retention").asText()).isEqualTo("60d");
        assertThat(json(response).path("environment").asText()).isEqualTo("staging");
        assertThat(deliver("whsec_number_1")).isEqualTo(400);
        assertThat(deliver("whsec_number_2")).isEqualTo(200);
    }

    @Test
    void secretsThatAreNotMentionedAreDeleted() {
        // Given
        var source = json(create(
                "{\"name\": \"%s\", \"scheme\": \"stripe\", \"secrets\": [\"whsec_number_1\", \"whsec_number_2\"]}"));
        var kept = source.path("secrets").path(1).path("id").asText();

        // When
        var response = send("PUT", "/" + name, """
                {"scheme": "stripe", "secrets": [{"id": "%s"}, "whsec_number_3"]}""".formatted(kept));

        // Then
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(deliver("whsec_number_1")).isEqualTo(400);
        assertThat(deliver("whsec_number_2")).isEqualTo(200);
        assertThat(deliver("whsec_number_3")).isEqualTo(200);
    }

    @Test
    void ofConcurrentChangesOfOneVersionOneIsMade() {
        // Given
        var version = create("{\"name\": \"%s\", \"scheme\": \"stripe\", \"secrets\": [\"whsec_number_1\"]}")
                .headers()
                .firstValue("ETag")
                .orElseThrow();

        // When
        var statuses = IntStream.rangeClosed(1, 8)
                .mapToObj(i -> sendAsync(
                        request("PUT", "/" + name, "{\"scheme\": \"stripe\", \"retention\": \"%dd\"}".formatted(i))
                                .header("If-Match", version)))
                .toList()
                .stream()
                .map(CompletableFuture::join)
                .map(HttpResponse::statusCode)
                .toList();

        // Then
        assertThat(statuses).containsOnlyOnce(200).containsOnly(200, 412);
    }

    @ParameterizedTest
    @CsvSource({"*, 204", "\"0\", 412", "W/\"1\", 412", "x, 412"})
    void aSourceIsOnlyDeletedInTheVersionThatIsExpected(String ifMatch, int status) {
        // Given
        create("{\"name\": \"%s\", \"scheme\": \"stripe\", \"secrets\": [\"whsec_number_1\"]}");

        // When
        var response = StripeSender.send(
                request("DELETE", "/" + name, "").header("If-Match", ifMatch).build());

        // Then
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(deliver("whsec_number_1")).isEqualTo(status == 204 ? 404 : 200);
    }

    @Test
    void aDeletedSourceIsGoneAndItsDeliveriesStay() {
        // Given
        create("{\"name\": \"%s\", \"scheme\": \"stripe\", \"secrets\": [\"whsec_number_1\"]}");
        deliver("whsec_number_1");

        // When
        var response = send("DELETE", "/" + name, "");

        // Then
        assertThat(response.statusCode()).isEqualTo(204);
        assertThat(deliver("whsec_number_1")).isEqualTo(404);
        assertThat(get("/" + name).statusCode()).isEqualTo(404);
        assertThat(send("DELETE", "/" + name, "").statusCode()).isEqualTo(404);
        assertThat(send("PUT", "/" + name, "{\"scheme\": \"stripe\"}").statusCode())
                .isEqualTo(404);
        assertThat(send("POST", "/" + name + "/secrets", "{\"value\": \"whsec_number_1\"}")
                        .statusCode())
                .isEqualTo(404);
        assertThat(deliveries()).isOne();
    }

    @Test
    void aChangeOfAnotherReplicaIsSeenWithinAboutASecond() {
        // Given
        create("{\"name\": \"%s\", \"scheme\": \"stripe\", \"secrets\": [\"whsec_number_1\"]}");

        // When
        change("DELETE FROM source WHERE name = ?");

        // Then
        await().untilAsserted(() -> assertThat(deliver("whsec_number_1")).isEqualTo(404));
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /%s",
        "POST, /%s/secrets",
        "DELETE, /%s/secrets/%s",
        "GET, /%s/endpoints",
        "POST, /%s/endpoints/shop/enable"
    })
    void ofASourceThatThisVersionCannotReadACallIs409AndSaysWhatToDo(String method, String path) {
        // Given
        var secret = createUnreadable();

        // When
        var response = send(method, path.formatted(name, secret), "{\"value\": \"whsec_number_3\"}");

        // Then
        assertThat(response.statusCode()).isEqualTo(409);
        assertThat(json(response).path("detail").asText()).contains("PUT /api/v1/sources/" + name, "or delete it");
    }

    @Test
    void aSourceThatThisVersionCannotReadIsMendedByAnotherDescriptionAndKeepsItsSecrets() {
        // Given
        createUnreadable();

        // When
        var response = send("PUT", "/" + name, "{\"scheme\": \"stripe\"}");

        // Then
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(deliver("whsec_number_1")).isEqualTo(200);
    }

    @Test
    void aSourceThatThisVersionCannotReadIsDeleted() {
        // Given
        createUnreadable();

        // When
        var response = send("DELETE", "/" + name, "");

        // Then
        assertThat(response.statusCode()).isEqualTo(204);
        assertThat(get("/" + name).statusCode()).isEqualTo(404);
    }

    @Test
    void aSecretThatCannotBeDecryptedIsReplacedByAnother() {
        // Given
        var lost = json(create("{\"name\": \"%s\", \"scheme\": \"stripe\", \"secrets\": [\"whsec_number_1\"]}"))
                .path("secrets")
                .path(0)
                .path("id")
                .asText();
        change("UPDATE source_secret SET content = '-' WHERE source = ?");
        await().untilAsserted(() -> assertThat(json(get("/" + name))
                        .path("secrets")
                        .path(0)
                        .path("problem")
                        .asText())
                .contains("SLIPWAY_ENCRYPTION_KEY"));

        // When
        var added = send("POST", "/" + name + "/secrets", "{\"value\": \"whsec_number_2\"}");
        var removed = send("DELETE", "/" + name + "/secrets/" + lost, "");

        // Then
        assertThat(added.statusCode()).isEqualTo(201);
        assertThat(removed.statusCode()).isEqualTo(204);
        assertThat(json(get("/" + name)).path("state").asText()).isEqualTo("READY");
        assertThat(deliver("whsec_number_2")).isEqualTo(200);
    }

    @Test
    void allThatIsWrongIsToldAtOnceAndNothingIsStored() {
        // When
        var response = create("""
                {"name": "%s", "scheme": "strip", "retention": "36h", "secret": "whsec_number_1"}""");

        // Then
        assertThat(response.statusCode()).isEqualTo(422);
        assertThat(response.headers().firstValue("Content-Type").orElseThrow()).startsWith("application/problem+json");
        assertThat(items(json(response).path("errors")))
                .extracting(error -> error.path("path").asText())
                .containsExactly("scheme", "retention", "secret");
        assertThat(json(response).path("detail").asText()).contains("did you mean 'stripe'?");
        assertThat(get("/" + name).statusCode()).isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"scheme": "stripe", "name": "other"}                     | name       | cannot change
            {"scheme": "revenuecat"}                                  | scheme     | cannot change
            {"scheme": "stripe", "secrets": [{"id": "01890a5d-ac96-774b-bcce-b302099a8057"}]} | secrets[0].id | is of no secret that the source has
            """)
    void aChangeThatCannotBeIs422(String change, String path, String message) {
        // Given
        create("{\"name\": \"%s\", \"scheme\": \"stripe\", \"secrets\": [\"whsec_number_1\"]}");

        // When
        var response = send("PUT", "/" + name, change);

        // Then
        assertThat(response.statusCode()).isEqualTo(422);
        assertThat(items(json(response).path("errors"))).singleElement().satisfies(error -> {
            assertThat(error.path("path").asText()).isEqualTo(path);
            assertThat(error.path("message").asText()).contains(message);
        });
        assertThat(deliver("whsec_number_1")).as("nothing was changed").isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"value\": \"whsec_number_2\", \"expireOthersIn\": \"soon\"}",
                "{\"value\": \"whsec_number_2\", \"expire\": \"1h\"}",
                "{\"id\": \"01890a5d-ac96-774b-bcce-b302099a8057\"}",
                "{}",
                "\"whsec_number_2\""
            })
    void aSecretThatIsDescribedWronglyIs422(String secret) {
        // Given
        create("{\"name\": \"%s\", \"scheme\": \"stripe\", \"secrets\": [\"whsec_number_1\"]}");

        // When
        var response = send("POST", "/" + name + "/secrets", secret);

        // Then
        assertThat(response.statusCode()).isEqualTo(422);
        assertThat(response.body()).contains("errors").doesNotContain("whsec_number_2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"secrets\": [whsec_plain_secret]}",
                "{\"secrets\": [\"whsec_plain_secret\"",
                "{\"name\": \"a\"} whsec_plain_secret",
                "{\"whsec_plain_secret\": 1, \"whsec_plain_secret\": 2}"
            })
    void whatIsNotJsonIs400AndIsNotShown(String body) {
        // When
        var response = send("POST", "", body);

        // Then
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).contains("not JSON", "line 1").doesNotContain("whsec_plain_secret");
    }

    @Test
    void anEmptyBodyIs422() {
        assertThat(send("POST", "", "").statusCode()).isEqualTo(422);
    }

    @Test
    void aSecretIsInNoAnswerNoLogAndNoRow() {
        // Given
        var log = new StringBuffer();
        var handler = handler(log);
        Logger.getLogger("").addHandler(handler);
        var answers = new ArrayList<HttpResponse<String>>();

        // When
        answers.add(create("{\"name\": \"%s\", \"scheme\": \"stripe\", \"secrets\": [\"whsec_hidden_1\"]}"));
        answers.add(send("POST", "/" + name + "/secrets", "{\"value\": \"whsec_hidden_2\"}"));
        answers.add(get("/" + name));
        answers.add(get(""));
        answers.add(send("PUT", "/" + name, "{\"scheme\": \"stripe\", \"secrets\": [\"whsec_hidden_3\"], \"x\": 1}"));
        answers.add(send("PUT", "/" + name, "{\"scheme\": \"stripe\", \"secrets\": [\"whsec_hidden_4\"]}"));
        var dump = dump();
        Logger.getLogger("").removeHandler(handler);

        // Then
        assertThat(answers).extracting(HttpResponse::statusCode).containsExactly(201, 201, 200, 200, 422, 200);
        assertThat(answers).allSatisfy(answer -> {
            assertThat(answer.body()).doesNotContain("hidden");
            assertThat(answer.headers().toString()).doesNotContain("hidden");
        });
        assertThat(dump).contains(name).doesNotContain("hidden");
        assertThat(log.toString())
                .contains("operator set up the source " + name, "operator changed the source " + name)
                .doesNotContain("hidden");
    }

    @Test
    void withoutATokenNothingIsShownOrChanged() {
        // When
        var responses = List.of(
                StripeSender.send(to("/api/v1/sources").build()),
                StripeSender.send(to("/api/v1/sources")
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString("{\"name\": \"%s\", \"scheme\": \"stripe\"}".formatted(name)))
                        .build()));

        // Then
        assertThat(responses).extracting(HttpResponse::statusCode).containsOnly(401);
        assertThat(get("/" + name).statusCode()).isEqualTo(404);
    }

    /** Sets this test's source up, and changes it as a later version of Slipway might; tells the id of a secret. */
    private String createUnreadable() {
        var source = json(create("""
                {"name": "%s", "scheme": "stripe", "secrets": ["whsec_number_1", "whsec_number_2"]}"""));
        change("UPDATE source SET definition = definition || '{\"from\": \"the future\"}' WHERE name = ?");
        await().untilAsserted(() -> assertThat(deliver("whsec_number_1")).isEqualTo(503));
        return source.path("secrets").path(0).path("id").asText();
    }

    /** Changes this test's source in the database, so that the gateway reads it anew. */
    private void change(String sql) {
        jdbi.useTransaction(handle -> {
            handle.execute(sql, name);
            handle.execute("UPDATE source_revision SET revision = revision + 1");
        });
    }

    private long deliveries() {
        return jdbi.withHandle(handle -> handle.createQuery("SELECT count(*) FROM delivery WHERE source = ?")
                .bind(0, name)
                .mapTo(Long.class)
                .one());
    }

    private String dump() {
        return jdbi.withHandle(handle -> {
            var dump = new StringBuilder();
            for (var table : handle.createQuery(
                            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')")
                    .mapTo(String.class)
                    .list()) {
                handle.createQuery("SELECT CAST(it AS text) FROM " + table + " AS it")
                        .mapTo(String.class)
                        .forEach(row -> dump.append(row).append('\n'));
            }
            return dump.toString();
        });
    }

    private static Handler handler(StringBuffer log) {
        return new Handler() {
            @Override
            public void publish(LogRecord record) {
                log.append(record.getMessage()).append(record.getThrown()).append('\n');
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
    }

    /** @param body with %s for the name */
    private HttpResponse<String> create(String body) {
        return send("POST", "", body.formatted(name));
    }

    /** Sends an event that is signed with a secret to this test's source. */
    private int deliver(String secret) {
        return send(secret).statusCode();
    }

    private HttpResponse<String> send(String secret) {
        var body = body(newEventId());
        return StripeSender.send(to("/webhooks/" + name)
                .header("Stripe-Signature", sign(body, secret, Instant.now()))
                .POST(BodyPublishers.ofString(body))
                .build());
    }

    private static HttpResponse<String> get(String path) {
        return send("GET", path, "");
    }

    private static HttpResponse<String> send(String method, String path, String body) {
        return StripeSender.send(request(method, path, body).build());
    }

    private static CompletableFuture<HttpResponse<String>> sendAsync(HttpRequest.Builder request) {
        return StripeSender.sendAsync(request.build());
    }

    private static HttpRequest.Builder request(String method, String path, String body) {
        return to("/api/v1/sources" + path)
                .header("Authorization", "Bearer " + Infrastructure.TOKEN)
                .header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(body));
    }

    private static List<JsonNode> items(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false).toList();
    }

    private static JsonNode json(HttpResponse<String> response) {
        try {
            return EventJson.mapper().readTree(response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
