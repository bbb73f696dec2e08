package dev.slipway.http;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
class BearerTokensTest {

    @Test
    void withoutATokenTheApiAnswers401AndHowToGetIn() {
        // When
        var answer = given().get("/api/v1/caller");

        // Then
        assertUnauthorized(answer);
        assertThat(answer.jsonPath().getString("detail")).contains("Authorization: Bearer <token>");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Bearer wrong",
                "Bearer ",
                "Bearer",
                "Bearer the-operators-token2",
                "Bearer THE-OPERATORS-TOKEN",
                "Basic dGhlLW9wZXJhdG9ycy10b2tlbjo=",
                "the-operators-token",
                ""
            })
    void anUnknownTokenDoesNotGetIn(String authorization) {
        // When
        var answer = given().header("Authorization", authorization).get("/api/v1/caller");

        // Then
        assertUnauthorized(answer);
    }

    @ParameterizedTest
    @CsvSource({
        "Bearer the-operators-token, operator",
        "bearer the-operators-token, operator",
        "BEARER   the-operators-token, operator",
        "Bearer the-token-of-ci, ci"
    })
    void aTokenTellsWhoCalls(String authorization, String name) {
        // When
        var answer = given().header("Authorization", authorization).get("/api/v1/caller");

        // Then
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.jsonPath().getString("name")).isEqualTo(name);
    }

    @ParameterizedTest
    @CsvSource({
        "the-operators-token, payload, true",
        "the-operators-token, whatever-a-plan-names, true",
        "the-token-of-the-auditor, payload, true",
        "the-token-of-the-auditor, release-managers, true",
        "the-token-of-the-auditor, whatever-a-plan-names, false",
        "the-token-of-the-auditor, *, false",
        "the-token-of-ci, payload, false"
    })
    void aTokenHasTheRolesThatItWasGivenAndTheOperatorsHasAll(String token, String role, boolean may) {
        // When
        var answer = given().header("Authorization", "Bearer " + token).get("/api/v1/may/{role}", role);

        // Then
        assertThat(answer.jsonPath().getBoolean("may")).isEqualTo(may);
    }

    @ParameterizedTest
    @CsvSource({"the-operators-token, 200", "the-token-of-the-auditor, 200", "the-token-of-ci, 403"})
    void whatNeedsARoleIsForbiddenWithoutIt(String token, int status) {
        // When
        var answer = given().header("Authorization", "Bearer " + token).get("/api/v1/vault");

        // Then
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.asString().contains("gold")).isEqualTo(status == 200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/v1/nothing", "/api/v1//caller", "/api/../api/v1/caller", "/api/v1/caller/"})
    void noPathOfTheApiIsOpen(String path) {
        // When
        var answer = given().urlEncodingEnabled(false).get(path);

        // Then
        assertUnauthorized(answer);
    }

    @Test
    void aWebhooksOwnAuthorizationIsNotJudged() {
        // When
        var answer = given().header("Authorization", "Bearer of-revenuecat").post("/webhooks/stripe");

        // Then
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.jsonPath().getString("authorization")).isEqualTo("Bearer of-revenuecat");
    }

    private static void assertUnauthorized(Response answer) {
        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.contentType()).startsWith("application/problem+json");
        assertThat(answer.header("WWW-Authenticate")).isEqualTo("Bearer realm=\"slipway\"");
        assertThat(answer.jsonPath().getString("type")).isEqualTo("about:blank");
        assertThat(answer.jsonPath().getString("title")).isEqualTo("Unauthorized");
        assertThat(answer.jsonPath().getInt("status")).isEqualTo(401);
    }
}
