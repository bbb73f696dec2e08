package dev.slipway.release.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.startsWith;

import dev.slipway.devstack.testing.InfrastructureResource;
import dev.slipway.release.Api;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.response.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Plans over the API. */
@QuarkusTest
@QuarkusTestResource(InfrastructureResource.class)
class PlanResourceTest {

    private static final String PLAN = """
            application: %s
            environment: staging
            # %s
            phases: [ { name: only, steps: [ { name: it, await: { event: Done } } ] } ]
            """;

    private static Response put(String application, String yaml) {
        return Api.call()
                .contentType("application/yaml")
                .body(yaml)
                .put("/api/v1/plans/%s/staging".formatted(application));
    }

    @Test
    void everyChangeOfAPlanIsAVersion() {
        // Given
        var application = Api.application();
        put(application, PLAN.formatted(application, "first"))
                .then()
                .statusCode(200)
                .body("version", equalTo(1));
        put(application, PLAN.formatted(application, "first"))
                .then()
                .statusCode(200)
                .body("version", equalTo(1));

        // When
        put(application, PLAN.formatted(application, "second"))
                .then()
                .statusCode(200)
                .body("version", equalTo(2));

        // Then
        var address = "/api/v1/plans/%s/staging".formatted(application);
        Api.call()
                .get(address)
                .then()
                .statusCode(200)
                .body("version", equalTo(2))
                .body("yaml", containsString("second"));
        Api.call()
                .queryParam("version", 1)
                .get(address)
                .then()
                .statusCode(200)
                .body("version", equalTo(1))
                .body("application", equalTo(application))
                .body("yaml", containsString("first"));
    }

    @Test
    void aReleaseKeepsThePlanThatItStartedWith() {
        // Given
        var application = Api.application();
        put(application, PLAN.formatted(application, "first"));
        var id = Api.ask(application, "1");
        put(application, PLAN.formatted(application, "second").replace("Done", "Finished"));

        // When
        Api.report(id, "Done");

        // Then
        Api.awaitState(id, "SUCCEEDED");
        assertThat(Api.status(id).getInt("planVersion")).isEqualTo(1);
    }

    @Test
    void aPlanIsAnsweredAsYamlIfThatIsAsked() {
        // Given
        var application = Api.application();
        var yaml = PLAN.formatted(application, "as it was written");
        put(application, yaml);

        // When
        var answer = Api.call().accept("application/yaml").get("/api/v1/plans/%s/staging".formatted(application));

        // Then
        answer.then().statusCode(200).contentType("application/yaml");
        assertThat(answer.asString()).isEqualTo(yaml);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/v1/plans/%s/staging", "/api/v1/plans/%s/staging?version=7"})
    void aPlanThatIsNotThereIsNotFound(String address) {
        Api.call()
                .get(address.formatted(Api.application()))
                .then()
                .statusCode(404)
                .contentType("application/problem+json")
                .body("detail", containsString("store one with PUT"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/v1/plans/Shop/staging", "/api/v1/plans/shop/sta%20ging"})
    void aNameThatIsNoneIsRefused(String address) {
        Api.call().urlEncodingEnabled(false).get(address).then().statusCode(400);
    }

    @Test
    void aWrongPlanIsAnsweredWithAllThatIsWrongAndIsNotStored() {
        // Given
        var application = Api.application();

        // When
        var answer = put(application, PLAN.formatted(application, "x").replace("await", "awiat"));

        // Then
        answer.then()
                .statusCode(422)
                .contentType("application/problem+json")
                .body("detail", startsWith("The plan has 2 error(s); nothing was stored. The first: line 4: "))
                .body("errors", hasSize(2))
                .body("errors[1].path", equalTo("phases[0].steps[0].awiat"))
                .body("errors[1].message", equalTo("'awiat' is unknown; did you mean 'await'?"))
                .body("errors[1].line", equalTo(4))
                .body("errors[1].column", equalTo(46));
        Api.call().get("/api/v1/plans/%s/staging".formatted(application)).then().statusCode(404);
    }

    @Test
    void aPlanStandsUnderItsOwnNames() {
        // Given
        var application = Api.application();

        // When
        var answer = put(application, PLAN.formatted("another", "x"));

        // Then
        answer.then()
                .statusCode(422)
                .body(
                        "detail",
                        equalTo("The plan is for another/staging, but the address says %s/staging; make them agree"
                                .formatted(application)));
    }

    private static final String SEVERAL = """
            application: %s
            phases: [ { name: only, steps: [ { name: it, await: { event: Done } } ] } ]
            environments:
              staging: { phases: { only: { steps: { it: { await: { event: %s } } } } } }
              production: { phases: { only: { steps: { it: { await: { event: %s } } } } } }
            """;

    private static String withChild(String application, String child) {
        return """
                application: %s
                environment: staging
                phases: [ { name: only, steps: [ { name: it, release: { application: %s, environment: staging } } ] } ]
                """.formatted(application, child);
    }

    @Test
    void aPlanThatClosesACircleOfReleasesIsRefused() {
        // Given
        var first = Api.application();
        var second = Api.application();
        var third = Api.application();
        put(first, withChild(first, second)).then().statusCode(200);
        put(second, withChild(second, third)).then().statusCode(200);

        // When
        var closing = put(third, withChild(third, first));

        // Then
        closing.then()
                .statusCode(422)
                .body(
                        "detail",
                        equalTo(("Its releases would wait for each other, for each is part of the one before: "
                                        + "%s/staging, %s/staging, %s/staging, %s/staging. Leave out one of them")
                                .formatted(third, first, second, third)));
        Api.call().get("/api/v1/plans/%s/staging".formatted(third)).then().statusCode(404);
        put(third, withChild(third, Api.application())).then().statusCode(200);
    }

    @Test
    void oneFileHasThePlansOfSeveralEnvironments() {
        // Given
        var application = Api.application();

        // When
        put(application, SEVERAL.formatted(application, "Staged", "Produced"))
                .then()
                .statusCode(200)
                .body("environment", equalTo("staging"));

        // Then
        var id = Api.ask(application, "1");
        Api.awaitStep(id, "only.it", "WAITING");
        assertThat(Api.status(id).getString("waitingFor[0].what")).isEqualTo("the event Staged");
    }

    @Test
    void aFileOfSeveralEnvironmentsIsValidatedForAllOfThem() {
        // When
        var answer = Api.call()
                .contentType("text/yaml")
                .body(SEVERAL.formatted("shop", "staged", "produced"))
                .post("/api/v1/plans/validate");

        // Then
        answer.then()
                .body("valid", equalTo(false))
                .body("errors", hasSize(2))
                .body("errors[0].line", equalTo(4))
                .body("errors[1].line", equalTo(5));
    }

    @Test
    void aPlanIsValidatedWithoutBeingStored() {
        // Given
        var application = Api.application();
        var yaml = PLAN.formatted(application, "x");

        // When
        var right = Api.call().contentType("text/yaml").body(yaml).post("/api/v1/plans/validate");
        var wrong = Api.call()
                .contentType("text/yaml")
                .body(yaml.replace("await: { event: Done }", "run: htpt"))
                .post("/api/v1/plans/validate");

        // Then
        right.then().statusCode(200).body("valid", equalTo(true)).body("errors", hasSize(0));
        wrong.then()
                .statusCode(200)
                .body("valid", equalTo(false))
                .body("errors[0].message", startsWith("The operation 'htpt' is unknown; "));
        Api.call().get("/api/v1/plans/%s/staging".formatted(application)).then().statusCode(404);
    }

    @Test
    void theSettingsOfOperationsAreValidatedToo() {
        Api.call()
                .contentType("text/yaml")
                .body("""
                        application: shop
                        environment: staging
                        phases:
                          - name: only
                            steps:
                              - { name: a, run: http, with: { method: POST } }
                              - { name: b, run: github.workflow, with: { ref: main } }
                        """)
                .post("/api/v1/plans/validate")
                .then()
                .body("errors", hasSize(2))
                .body("errors[0].message", equalTo("'url' is missing"))
                .body("errors[1].message", equalTo("'workflow' is missing: the file's name, such as migrate.yml"));
    }

    @Test
    void aBodyThatIsNoYamlIsTheCallersMistake() {
        put(Api.application(), "\u0000").then().statusCode(422);
        put(Api.application(), "").then().statusCode(422);
    }

    // ---- versions ----

    private static Response get(String application, String query) {
        return Api.call().get("/api/v1/plans/%s/staging%s".formatted(application, query));
    }

    @Test
    void aVersionIsComparedWithAnother() {
        // Given
        var application = Api.application();
        put(application, PLAN.formatted(application, "first"));
        put(application, PLAN.formatted(application, "second"));
        put(application, PLAN.formatted(application, "third"));

        // When
        var newest = get(application, "?diff=1");
        var older = get(application, "?diff=1&version=2");

        // Then
        newest.then()
                .statusCode(200)
                .body("application", equalTo(application))
                .body("from", equalTo(1))
                .body("to", equalTo(3));
        assertThat(newest.jsonPath().getString("diff")).isEqualTo("""
                --- plan.yaml (version 1)
                +++ plan.yaml (version 3)
                @@ -1,4 +1,4 @@
                 application: %s
                 environment: staging
                -# first
                +# third
                 phases: [ { name: only, steps: [ { name: it, await: { event: Done } } ] } ]
                """.formatted(application));
        older.then().body("to", equalTo(2)).body("diff", containsString("+# second"));
        get(application, "?diff=3").then().body("diff", equalTo(""));
    }

    @Test
    void whatWasTakenAwayStandsBeforeWhatWasPutInItsPlace() {
        // Given
        var application = Api.application();
        put(application, PLAN.formatted(application, "a\n# b\n# kept\n# c"));
        put(application, PLAN.formatted(application, "d\n# kept\n# e\n# f\n# g"));

        // When
        var diff = get(application, "?diff=1").jsonPath().getString("diff");

        // Then
        assertThat(diff.lines().skip(3).filter(line -> line.matches("[-+ ]# .*")))
                .containsExactly("-# a", "-# b", "+# d", " # kept", "-# c", "+# e", "+# f", "+# g");
    }

    @Test
    void theFragmentsThatAPlanUsesAreComparedToo() {
        // Given
        var application = Api.application();
        var fragment = "waits-" + application;
        var uses = "application: %s\nenvironment: staging\nphases: [ { name: only, steps: [ { uses: %s } ] } ]\n"
                .formatted(application, fragment);
        storeFragment(fragment, "Done");
        put(application, uses).then().statusCode(200);
        storeFragment(fragment, "Finished");
        put(application, uses).then().statusCode(200).body("version", equalTo(2));

        // When
        var diff = get(application, "?diff=1").jsonPath().getString("diff");

        // Then
        assertThat(diff)
                .startsWith(
                        "--- fragments/%s (version 1)\n+++ fragments/%s (version 2)\n".formatted(fragment, fragment))
                .contains("event: Finished");
    }

    private static void storeFragment(String name, String event) {
        Api.call()
                .contentType("application/yaml")
                .body("fragment: %s\nsteps:\n  - { name: it, await: { event: %s } }\n".formatted(name, event))
                .put("/api/v1/fragments/" + name)
                .then()
                .statusCode(200);
    }

    @Test
    void versionsThatAreTooLongAreNotCompared() {
        // Given
        var application = Api.application();
        put(application, PLAN.formatted(application, "first") + "#\n".repeat(PlanComparison.MAX_LINES));

        // Then
        get(application, "?diff=1")
                .then()
                .statusCode(422)
                .body("detail", containsString("Version 1 has more than 10000 lines"));
    }

    @Test
    void everyVersionIsListedTheNewestFirst() {
        // Given
        var application = Api.application();
        for (var comment : new String[] {"first", "second", "third"}) {
            put(application, PLAN.formatted(application, comment));
        }

        // When
        var page = get(application, "/versions?limit=2");

        // Then
        page.then()
                .statusCode(200)
                .body("items", hasSize(2))
                .body("items[0].version", equalTo(3))
                .body("items[0].storedAt", notNullValue())
                .body("items[0].storedBy", equalTo("operator"))
                .body("items[1].version", equalTo(2));
        get(application, "/versions?limit=2&cursor=" + page.path("next"))
                .then()
                .body("items", hasSize(1))
                .body("items[0].version", equalTo(1))
                .body("next", nullValue());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"?version=0", "?version=x", "?diff=-1", "?diff=1.0", "/versions?limit=0", "/versions?cursor=x"})
    void whatIsNoVersionIsRefused(String query) {
        get(Api.application(), query).then().statusCode(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"?diff=7", "?diff=1&version=7"})
    void whatIsNotThereCannotBeCompared(String query) {
        // Given
        var application = Api.application();
        put(application, PLAN.formatted(application, "first"));

        // Then
        get(application, query).then().statusCode(404).body("detail", containsString("no version 7"));
    }

    // ---- the plans that Slipway comes with ----

    static Stream<Path> readyPlans() throws IOException {
        try (var files = Files.list(Path.of("../plans"))) {
            return files.filter(file -> file.toString().endsWith(".yaml")).toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("readyPlans")
    void everyReadyPlanIsValidAndWouldSucceed(Path file) throws IOException {
        // Given
        try (var fragments = Files.list(Path.of("../plans/fragments"))) {
            for (var fragment : fragments.toList()) {
                Api.call()
                        .contentType("application/yaml")
                        .body(Files.readString(fragment))
                        .put("/api/v1/fragments/"
                                + fragment.getFileName().toString().replace(".yaml", ""))
                        .then()
                        .statusCode(200);
            }
        }

        // When
        var answer = Api.call()
                .contentType("application/yaml")
                .body(Files.readString(file))
                .queryParam("explain", true)
                .post("/api/v1/plans/validate");

        // Then
        answer.then()
                .statusCode(200)
                .body("errors", hasSize(0))
                .body("explanations.endsAs", everyItem(equalTo("SUCCEEDED")))
                .body("explanations.rollback.endsAs", everyItem(equalTo("ROLLED_BACK")));
    }

    // ---- large and hostile files ----

    @Test
    void aFileThatIsTooLongIsRefusedByWhatItIs() {
        put(Api.application(), "#\n".repeat(600_000))
                .then()
                .statusCode(422)
                .body("errors[0].message", equalTo("It may have at most 1048576 characters"));
    }

    // ---- for editors ----

    @Test
    void theSchemaIsThereForEveryEditor() {
        RestAssured.get("/schemas/plan.json")
                .then()
                .statusCode(200)
                .body("$schema", equalTo("https://json-schema.org/draft/2020-12/schema"))
                .body("title", equalTo("A plan of Slipway"));
    }
}
