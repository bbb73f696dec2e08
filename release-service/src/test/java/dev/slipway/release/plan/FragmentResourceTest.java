package dev.slipway.release.plan;

import static org.hamcrest.Matchers.aMapWithSize;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.startsWith;

import dev.slipway.devstack.testing.InfrastructureResource;
import dev.slipway.release.Api;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Stored fragments, and plans that use them. */
@QuarkusTest
@QuarkusTestResource(InfrastructureResource.class)
class FragmentResourceTest {

    private static final String FRAGMENT = """
            fragment: %s
            parameters: { event: {} }
            steps: [ { name: reported, await: { event: "${with.event}", timeout: %s } } ]
            """;

    private static final String PLAN = """
            phases: [ { name: only, steps: [ { uses: %s, name: work, with: { event: Done } } ] } ]
            """;

    private static Response put(String name, String timeout) {
        return Api.call()
                .contentType("application/yaml")
                .body(FRAGMENT.formatted(name, timeout))
                .put("/api/v1/fragments/" + name);
    }

    @Test
    void everyChangeOfAFragmentIsAVersion() {
        // Given
        var name = Api.application();
        put(name, "1h").then().statusCode(200).body("version", equalTo(1));
        put(name, "1h").then().statusCode(200).body("version", equalTo(1));

        // When
        put(name, "2h").then().statusCode(200).body("version", equalTo(2));

        // Then
        var address = "/api/v1/fragments/" + name;
        Api.call().get(address).then().body("version", equalTo(2)).body("yaml", containsString("2h"));
        Api.call()
                .queryParam("version", 1)
                .get(address)
                .then()
                .body("version", equalTo(1))
                .body("yaml", containsString("1h"));
    }

    @Test
    void fragmentsAreListedByNameInTheirNewestVersion() {
        // Given
        var name = Api.application();
        put(name + "-a", "1h");
        put(name + "-a", "2h");
        put(name + "-b", "1h");
        put(name + "-c", "1h");

        // When
        var page = Api.call().get("/api/v1/fragments?limit=2&cursor=" + name);

        // Then
        page.then()
                .statusCode(200)
                .body("items.name", equalTo(List.of(name + "-a", name + "-b")))
                .body("items.version", equalTo(List.of(2, 1)))
                .body("items[0].storedBy", equalTo("operator"))
                .body("next", equalTo(name + "-b"));
        Api.call()
                .get("/api/v1/fragments?limit=1&cursor=" + page.path("next"))
                .then()
                .body("items[0].name", equalTo(name + "-c"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"?limit=0", "/a?version=0", "/a?version=x", "/%00"})
    void whatCannotBeAskedForIsRefused(String address) {
        Api.call()
                .urlEncodingEnabled(false)
                .get("/api/v1/fragments" + address)
                .then()
                .statusCode(400);
    }

    @Test
    void aPlanKeepsTheFragmentThatItWasStoredWith() {
        // Given
        var name = Api.application();
        var application = Api.application();
        put(name, "1h");
        Api.store(application, PLAN.formatted(name));

        // When
        put(name, "2h");

        // Then
        var address = "/api/v1/plans/%s/staging".formatted(application);
        Api.call()
                .get(address)
                .then()
                .body("version", equalTo(1))
                .body("fragments", aMapWithSize(1))
                .body("fragments.'%s'".formatted(name), containsString("1h"));
        var id = Api.ask(application, "1");
        Api.awaitStep(id, "only.work-reported", "WAITING");
        Api.report(id, "Done");
        Api.awaitState(id, "SUCCEEDED");
    }

    @Test
    void theSameTextWithAnotherFragmentIsAnotherVersion() {
        // Given
        var name = Api.application();
        var application = Api.application();
        put(name, "1h");
        Api.store(application, PLAN.formatted(name));
        put(name, "2h");

        // When
        Api.store(application, PLAN.formatted(name));

        // Then
        Api.call()
                .get("/api/v1/plans/%s/staging".formatted(application))
                .then()
                .body("version", equalTo(2))
                .body("fragments.'%s'".formatted(name), containsString("2h"));
    }

    @Test
    void aPlanMayNameTheVersionOfAFragment() {
        // Given
        var name = Api.application();
        var application = Api.application();
        put(name, "1h");
        put(name, "2h");

        // When
        Api.store(application, PLAN.formatted(name + "@1"));

        // Then
        Api.call()
                .get("/api/v1/plans/%s/staging".formatted(application))
                .then()
                .body("fragments.'%s@1'".formatted(name), containsString("1h"));
    }

    @Test
    void aFragmentThatIsNotThereIsTold() {
        Api.call().get("/api/v1/fragments/" + Api.application()).then().statusCode(404);
        Api.call()
                .contentType("application/yaml")
                .body("application: a\nenvironment: b\n" + PLAN.formatted("nothing"))
                .post("/api/v1/plans/validate")
                .then()
                .statusCode(200)
                .body("errors.message", hasItem(startsWith("There is no fragment 'nothing'; ")));
    }

    @Test
    void aWrongFragmentIsAnsweredWithAllThatIsWrongAndIsNotStored() {
        // Given
        var name = Api.application();

        // When
        var answer = Api.call()
                .contentType("application/yaml")
                .body("fragment: %s\nsteps: [ { nmae: a } ]\n".formatted(name))
                .put("/api/v1/fragments/" + name);

        // Then
        answer.then()
                .statusCode(422)
                .contentType("application/problem+json")
                .body("detail", startsWith("The fragment has 2 error(s); nothing was stored. The first: line 2: "))
                .body("errors[1].message", equalTo("'nmae' is unknown; did you mean 'name'?"));
        Api.call().get("/api/v1/fragments/" + name).then().statusCode(404);
    }
}
