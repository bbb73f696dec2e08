package dev.slipway.release.description;

import static io.restassured.RestAssured.given;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.slipway.devstack.testing.InfrastructureResource;
import dev.slipway.event.EventJson;
import dev.slipway.http.Page;
import dev.slipway.release.Api;
import dev.slipway.release.call.CallResource.Accepted;
import dev.slipway.release.dryrun.Explanation;
import dev.slipway.release.dryrun.ValidationResource.Validation;
import dev.slipway.release.freeze.FreezeView;
import dev.slipway.release.freeze.FreezeView.FreezeList;
import dev.slipway.release.insight.InsightResource.Report;
import dev.slipway.release.lifecycle.Verification.Verdict;
import dev.slipway.release.plan.FragmentResource.StoredFragments;
import dev.slipway.release.plan.FragmentStore.StoredFragment;
import dev.slipway.release.plan.PlanResource.PlanVersion;
import dev.slipway.release.plan.PlanResource.Versions;
import dev.slipway.release.status.JournalEntry;
import dev.slipway.release.status.ReleaseStatus;
import dev.slipway.release.status.StatusQuery.Summary;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What /openapi says of the API is so. */
@QuarkusTest
@QuarkusTestResource(InfrastructureResource.class)
class DescriptionTest {

    /** The examples are complete, and have nothing that is not there. */
    private static final JsonMapper STRICT = EventJson.mapper()
            .rebuild()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    /** What calls are answered with, by method and path; with {@link Accepted} if nothing is said. */
    private static final Map<String, Type> ANSWERS = Map.ofEntries(
            Map.entry("PUT /api/v1/plans/{application}/{environment} 200", PlanVersion.class),
            Map.entry("GET /api/v1/plans/{application}/{environment} 200", PlanVersion.class),
            Map.entry("GET /api/v1/plans/{application}/{environment}/versions 200", Versions.class),
            Map.entry("POST /api/v1/plans/validate 200", Validation.class),
            Map.entry("GET /api/v1/fragments 200", StoredFragments.class),
            Map.entry("PUT /api/v1/fragments/{name} 200", StoredFragment.class),
            Map.entry("GET /api/v1/fragments/{name} 200", StoredFragment.class),
            Map.entry("POST /api/v1/releases 200", Explanation.class),
            Map.entry("GET /api/v1/releases 200", pageOf(Summary.class)),
            Map.entry("GET /api/v1/releases/{id} 200", ReleaseStatus.class),
            Map.entry("GET /api/v1/releases/{id}/journal 200", pageOf(JournalEntry.class)),
            Map.entry("GET /api/v1/releases/{id}/journal/verification 200", Verdict.class),
            Map.entry("GET /api/v1/freezes 200", FreezeList.class),
            Map.entry("POST /api/v1/freezes 201", FreezeView.class),
            Map.entry("GET /api/v1/freezes/{id} 200", FreezeView.class),
            Map.entry("POST /api/v1/freezes/{id}/lift 200", FreezeView.class),
            Map.entry("GET /api/v1/insights 200", Report.class));

    private static Type pageOf(Class<?> type) {
        return STRICT.getTypeFactory().constructParametricType(Page.class, type);
    }

    /** The calls of the API by method and path, as they are described. */
    private static Map<String, JsonNode> calls() throws IOException {
        var api = STRICT.readTree(
                given().queryParam("format", "json").get("/openapi").asString());
        return api.path("paths").properties().stream()
                .filter(path -> path.getKey().startsWith("/api/"))
                .flatMap(path -> path.getValue().properties().stream()
                        .filter(it -> Stream.of("get", "put", "post", "delete").anyMatch(it.getKey()::equals))
                        .map(it ->
                                Map.entry(it.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey(), it.getValue())))
                .collect(toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    @Test
    void everyCallIsDescribedWithAnExampleOfItAndOfItsAnswer() throws IOException {
        // When
        var calls = calls();

        // Then
        assertThat(calls).hasSizeGreaterThan(20).allSatisfy((call, described) -> {
            assertThat(described.path("summary").asText()).isNotBlank();
            assertThat(described.path("tags")).isNotEmpty();
            assertThat(described.path("security").findValues("token"))
                    .as("it needs a token")
                    .hasSize(1);
            if (!call.startsWith("GET ")) {
                assertThat(described.path("requestBody").path("content"))
                        .isNotEmpty()
                        .allSatisfy(type -> assertThat(type.has("example")).isTrue());
            }
            assertThat(described
                            .path("responses")
                            .path("default")
                            .path("content")
                            .has("application/problem+json"))
                    .isTrue();
            assertThat(described.path("responses").properties())
                    .hasSizeGreaterThan(1)
                    .allSatisfy(response -> assertThat(response.getValue().path("content"))
                            .isNotEmpty()
                            .allSatisfy(type -> assertThat(type.has("example")).isTrue()));
        });
    }

    @Test
    void theExamplesOfAnswersAreAnswers() throws IOException {
        for (var call : calls().entrySet()) {
            for (var response : call.getValue().path("responses").properties()) {
                var example = response.getValue()
                        .path("content")
                        .path("application/json")
                        .path("example");
                if (!example.isMissingNode()) {
                    var type = ANSWERS.getOrDefault(call.getKey() + " " + response.getKey(), Accepted.class);
                    // When
                    Object answer = STRICT.readerFor(STRICT.constructType(type)).readValue(example);

                    // Then
                    assertThat(STRICT.readTree(STRICT.writeValueAsString(answer)))
                            .as("%s %s", call.getKey(), response.getKey())
                            .isEqualTo(example);
                }
            }
        }
    }

    @Test
    void theExamplesOfCallsAreAccepted() throws IOException {
        // Given
        var calls = calls();
        var application = Api.application();
        var plan = example(calls, "PUT /api/v1/plans/{application}/{environment}", "application/yaml")
                .asText();
        var asked = example(calls, "POST /api/v1/releases", "application/json").toString();

        // When
        var validated = Api.call().contentType("application/yaml").body(plan).post("/api/v1/plans/validate");
        Api.call()
                .contentType("application/yaml")
                .body(plan.replace("shop", application))
                .put("/api/v1/plans/%s/production".formatted(application))
                .then()
                .statusCode(200);
        var accepted = Api.call().body(asked.replace("shop", application)).post("/api/v1/releases");

        // Then
        assertThat(validated.jsonPath().getBoolean("valid")).isTrue();
        assertThat(accepted.statusCode()).isEqualTo(202);
        String id = accepted.path("id");
        Api.awaitStep(id, "migration.backup", "WAITING");
        for (var call : List.of("events", "pause")) {
            Api.act(
                            id,
                            call,
                            example(calls, "POST /api/v1/releases/{id}/" + call, "application/json")
                                    .toString())
                    .then()
                    .statusCode(202);
        }
    }

    @Test
    void everyCallThatChangesSomethingSaysHowItIsRepeated() throws IOException {
        // When
        var calls = calls();

        // Then
        assertThat(calls).allSatisfy((call, described) -> {
            var keys = new ArrayList<JsonNode>();
            for (var parameter : described.path("parameters")) {
                if (parameter.path("name").asText().equals("Idempotency-Key")) {
                    keys.add(parameter);
                }
            }
            assertThat(keys).hasSize(call.startsWith("POST ") && !call.endsWith("/validate") ? 1 : 0);
            assertThat(keys).allSatisfy(key -> {
                assertThat(key.path("in").asText()).isEqualTo("header");
                assertThat(key.path("required").asBoolean()).isFalse();
                assertThat(key.path("description").asText()).isNotBlank();
                assertThat(key.path("schema").path("maxLength").asInt()).isEqualTo(255);
            });
        });
    }

    private static JsonNode example(Map<String, JsonNode> calls, String call, String type) {
        return calls.get(call).path("requestBody").path("content").path(type).path("example");
    }
}
