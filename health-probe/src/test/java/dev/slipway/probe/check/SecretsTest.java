package dev.slipway.probe.check;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.notNullValue;

import dev.slipway.devstack.testing.Infrastructure;
import dev.slipway.devstack.testing.InfrastructureResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which secrets there are. */
@QuarkusTest
@QuarkusTestResource(InfrastructureResource.class)
class SecretsTest {

    @Test
    void theNamesOfSecretsThatAreSetAreKnown() {
        // Given
        var environment =
                Map.of("SLIPWAY_SECRET_TOKEN", "x", "SLIPWAY_SECRET_KEY", "y", "SLIPWAY_SECRET_EMPTY", "", "HOME", "/");

        // Then
        assertThat(new Secrets(environment).names()).containsExactly("KEY", "TOKEN");
    }

    @Test
    void whoeverHasATokenMayAskForTheNames() {
        given().header("Authorization", "Bearer " + Infrastructure.TOKEN)
                .get("/api/v1/secrets")
                .then()
                .statusCode(200)
                .body("items", notNullValue());
        given().get("/api/v1/secrets").then().statusCode(401);
    }
}
