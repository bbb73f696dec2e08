package dev.slipway.release.lifecycle;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import dev.slipway.devstack.testing.InfrastructureResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.time.Duration;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(InfrastructureResource.class)
class ReleaseLifecycleTest {

    @Test
    void aReleaseGoesAllTheWay() {
        given().auth()
                .oauth2("test-token")
                .contentType("text/plain")
                .body("""
                application: shop
                environment: staging
                phases:
                  - name: migration
                    steps:
                      - name: backup
                        await: { event: BackupDone, timeout: 30m }
                      - name: upgrade
                        await: { event: MigrationDone, timeout: 30m }
                  - name: go-live
                    steps:
                      - name: approval
                        approve: { by: release-managers }
                """)
                .when()
                .put("/api/v1/plans/shop/staging")
                .then()
                .log()
                .ifValidationFails()
                .statusCode(200);
        String id = given().auth()
                .oauth2("test-token")
                .contentType("application/json")
                .body("""
                {"application":"shop","environment":"staging","version":"1.2.0"}""")
                .when()
                .post("/api/v1/releases")
                .then()
                .log()
                .ifValidationFails()
                .statusCode(202)
                .extract()
                .path("id");
        for (var type : new String[] {"MigrationDone", "BackupDone"}) {
            given().auth()
                    .oauth2("test-token")
                    .contentType("application/json")
                    .body("{\"type\":\"" + type + "\",\"data\":{\"revision\":\"a1\"}}")
                    .when()
                    .post("/api/v1/releases/" + id + "/events")
                    .then()
                    .log()
                    .ifValidationFails()
                    .statusCode(202);
        }
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> given().auth()
                        .oauth2("test-token")
                        .when()
                        .get("/api/v1/releases/" + id)
                        .then()
                        .statusCode(200)
                        .body("phases[1].steps[0].state", equalTo("WAITING")));
        given().auth()
                .oauth2("test-token")
                .contentType("application/json")
                .body("{}")
                .when()
                .post("/api/v1/releases/" + id + "/approve")
                .then()
                .log()
                .ifValidationFails()
                .statusCode(202);
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> given().auth()
                        .oauth2("test-token")
                        .when()
                        .get("/api/v1/releases/" + id)
                        .then()
                        .statusCode(200)
                        .body("state", equalTo("SUCCEEDED")));
        given().auth()
                .oauth2("test-token")
                .when()
                .get("/api/v1/releases/" + id)
                .then()
                .log()
                .body();
        given().auth()
                .oauth2("test-token")
                .when()
                .get("/api/v1/releases/" + id + "/journal")
                .then()
                .log()
                .body();
        given().when().get("/api/v1/releases/" + id).then().log().all().statusCode(401);
        given().when().get("/health").then().log().all().statusCode(200);
    }
}
