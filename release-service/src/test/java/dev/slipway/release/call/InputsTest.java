package dev.slipway.release.call;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.startsWith;

import dev.slipway.devstack.testing.InfrastructureResource;
import dev.slipway.release.Api;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said when a release is asked for. */
@QuarkusTest
@QuarkusTestResource(InfrastructureResource.class)
class InputsTest {

    private static final String PLAN = """
            inputs:
              strategy: { type: choice, options: [rolling, blue-green], required: true, description: How it is rolled out }
              replicas: { type: number, default: 2 }
              mobile: { type: boolean }
            phases:
              - name: only
                steps:
                  - { name: done, await: { event: Done, where: { strategy: "${inputs.strategy}", replicas: "${inputs.replicas}" } } }
                  - { name: apps, await: { event: AppsBuilt }, if: inputs.mobile }
            """;

    private static Response ask(String application, String inputs) {
        return Api.call().body("""
                        {
                          "application": "%s", "environment": "staging", "version": "1.0.0",
                          "inputs": %s
                        }""".formatted(application, inputs)).post("/api/v1/releases");
    }

    private static String application() {
        var application = Api.application();
        Api.store(application, PLAN);
        return application;
    }

    @Test
    void aReleaseIsRunWithWhatWasSaid() {
        // Given
        String id = ask(application(), "{\"strategy\": \"blue-green\", \"replicas\": 3, \"mobile\": false}")
                .then()
                .statusCode(202)
                .extract()
                .path("id");
        Api.awaitStep(id, "only.done", "WAITING");
        assertThat(Api.status(id).getMap("inputs"))
                .isEqualTo(Map.of("strategy", "blue-green", "replicas", "3", "mobile", "false"));
        assertThat(Api.status(id).getString("waitingFor[0].what"))
                .isEqualTo("the event Done with replicas 3, strategy blue-green");

        // When
        Api.act(id, "events", "{\"type\": \"Done\", \"data\": {\"strategy\": \"blue-green\", \"replicas\": 3}}")
                .then()
                .statusCode(202);

        // Then
        Api.awaitState(id, "SUCCEEDED");
        assertThat(Api.step(id, "only.apps")).isEqualTo("SKIPPED");
    }

    @Test
    void allThatIsWrongWithTheInputsIsToldAtOnceWithItsPlaceAndNothingIsBegun() {
        // Given
        var application = application();

        // When
        var answer = ask(application, "{ \"replicas\": \"many\", \"moblie\": true }");

        // Then
        answer.then()
                .statusCode(422)
                .contentType("application/problem+json")
                .body("detail", startsWith("The inputs are not what the plan wants; nothing was begun. "))
                .body("errors", hasSize(3))
                .body("errors[0].path", equalTo("inputs.moblie"))
                .body("errors[0].message", equalTo("'moblie' is unknown; did you mean 'mobile'?"))
                .body("errors[0].line", equalTo(3))
                .body("errors[0].column", equalTo(35))
                .body("errors[1].path", equalTo("inputs.strategy"))
                .body("errors[1].message", equalTo("is missing; the plan requires it"))
                .body("errors[1].line", equalTo(3))
                .body("errors[1].column", equalTo(3))
                .body("errors[2].path", equalTo("inputs.replicas"))
                .body("errors[2].message", equalTo("must be a number, but is 'many'"));
        Api.call()
                .queryParam("application", application)
                .get("/api/v1/releases")
                .then()
                .body("items", empty());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[]                   | 'inputs' must be an object",
                "\"x\"                | 'inputs' must be an object",
                "{\"strategy\": null} | 'inputs.strategy' must be a text, a number, or true or false",
                "{\"strategy\": []}   | 'inputs.strategy' must be a text, a number, or true or false",
            })
    void inputsAreNamesAndPlainValues(String inputs, String detail) {
        ask(application(), inputs).then().statusCode(400).body("detail", equalTo(detail));
    }

    @Test
    void moreInputsThanAPlanCanHaveAreNotEvenLookedAt() {
        // Given
        var many = IntStream.range(0, 51).mapToObj("\"i%d\": 1"::formatted).collect(joining(", ", "{", "}"));

        // Then
        ask(application(), many).then().statusCode(400).body("detail", equalTo("'inputs' may have at most 50 members"));
    }

    @Test
    void aPlanThatDeclaresNoneTakesNone() {
        // Given
        var application = Api.application();
        Api.store(application, "phases: [ { name: only, steps: [ { name: it, await: { event: Done } } ] } ]");

        // Then
        ask(application, "{\"a\": 1}")
                .then()
                .statusCode(422)
                .body("errors[0].message", equalTo("The plan declares no inputs"));
        ask(application, "null").then().statusCode(202);
    }

    @ParameterizedTest
    @CsvSource({"version, ${secrets.TOKEN}", "commit, 1$"})
    void neitherVersionNorCommitCanBecomeAReference(String field, String value) {
        Api.call()
                .body("""
                        {"application": "a", "environment": "b", "version": "1", "%s": "%s"}""".formatted(field, value))
                .post("/api/v1/releases")
                .then()
                .statusCode(400)
                .body("detail", startsWith("'version' and 'commit' may have no '${'"));
    }
}
