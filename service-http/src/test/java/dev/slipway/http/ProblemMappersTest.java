package dev.slipway.http;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
class ProblemMappersTest {

    @Test
    void whatIsInOrderIsAnswered() {
        // When
        var answer = order("horse", 1);

        // Then
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.asString()).isEqualTo("{\"item\":\"horse\",\"pieces\":1}");
    }

    @ParameterizedTest
    @CsvSource({
        "nothing, 400, Bad request, Order something",
        "unicorn, 404, Not found, There is no unicorn; order a horse",
        "last, 409, Conflict, It is sold",
        "thousand, 422, Unprocessable content, There are not so many",
        "secret, 403, Forbidden, This token may not do that; ask for one with the role it needs",
        "dodo, 410, Gone, There are no more dodos"
    })
    void aProblemSaysWhatHappenedAndWhatToDo(String item, int status, String title, String detail) {
        // When
        var answer = order(item, 1);

        // Then
        assertProblem(answer, status);
        assertThat(answer.jsonPath().getString("title")).isEqualTo(title);
        assertThat(answer.jsonPath().getString("detail")).isEqualTo(detail);
    }

    @Test
    void anInvalidPlanNamesEveryError() {
        // When
        var answer = order("plan", 1);

        // Then
        assertProblem(answer, 422);
        assertThat(answer.jsonPath().getMap("errors[0]"))
                .isEqualTo(Map.of("path", "phases", "message", "is missing", "line", 3));
    }

    @ParameterizedTest
    @CsvSource({
        "flood, 503, Try again",
        "crowd, 503, Try again",
        "queue, 503, Too many wait",
        "hieroglyph, 400, cannot be stored"
    })
    void whatPassesIsWorthAnotherTryAndAValueThatCannotBeStoredIsNot(String item, int status, String detail) {
        // When
        var answer = order(item, 1);

        // Then
        assertProblem(answer, status);
        assertThat(answer.jsonPath().getString("detail")).contains(detail);
        assertThat(answer.header("Retry-After")).isEqualTo(status == 503 ? "2" : null);
    }

    @Test
    void ourOwnTroubleTellsNothingOfItsCause() {
        // When
        var answer = order("bomb", 1);

        // Then
        assertProblem(answer, 500);
        assertThat(answer.asString()).doesNotContain("hunter2", "IllegalState", "at dev.slipway");
        assertThat(answer.jsonPath().getString("detail")).contains("The log has the cause");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"item": "horse", "pieces":      | The body is not JSON |        | 1
            nonsense                         | The body is not JSON |        | 1
            {"item": "horse", "pieces": "x"} | The body does not have the form that is expected | pieces | 1
            []                               | The body does not have the form that is expected |        | 1
            """)
    void aBodyThatCannotBeReadIsABadRequest(String body, String detail, String path, int line) {
        // When
        var answer = request().body(body).post("/api/v1/orders");

        // Then
        assertProblem(answer, 400);
        assertThat(answer.jsonPath().getString("detail")).startsWith(detail);
        assertThat(answer.jsonPath().getString("errors[0].path")).isEqualTo(path == null ? "" : path);
        assertThat(answer.jsonPath().getInt("errors[0].line")).isEqualTo(line);
        assertThat(answer.asString()).doesNotContain("dev.slipway", "com.fasterxml");
    }

    @Test
    void everyInvalidFieldIsNamed() {
        // When
        var answer = order(" ", 0);

        // Then
        assertProblem(answer, 400);
        assertThat(answer.jsonPath().getList("errors.path")).containsExactly("item", "pieces");
        assertThat(answer.jsonPath().getString("detail"))
                .isEqualTo("item must not be blank; pieces must be greater than 0");
    }

    @Test
    void anAbsentBodyIsABadRequest() {
        // When
        var answer = request().post("/api/v1/orders");

        // Then
        assertProblem(answer, 400);
    }

    @ParameterizedTest
    @CsvSource({
        "nonsense, nonsense",
        "0195a000-0000-7000-8000-000000000001?pieces=abc, abc",
        "0195a000-0000-7000-8000-000000000001?pieces=99999999999, 99999999999",
        "0195a000-0000-7000-8000-000000000001?before=yesterday, yesterday",
    })
    void aParameterThatCannotBeReadIsABadRequest(String address, String given) {
        // When
        var answer = request().get("/api/v1/orders/" + address);

        // Then
        assertProblem(answer, 400);
        assertThat(answer.jsonPath().getString("detail"))
                .contains("cannot be read")
                .contains(given);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/v1/nothing", "/api/v2/orders"})
    void anUnknownPathIsNotFound(String path) {
        // When
        var answer = request().get(path);

        // Then
        assertProblem(answer, 404);
    }

    @Test
    void aWrongMethodIsNotAllowed() {
        // When
        var answer = request().delete("/api/v1/orders");

        // Then
        assertProblem(answer, 405);
    }

    @Test
    void aWrongContentTypeIsNotSupported() {
        // When
        var answer = request().contentType("application/xml").body("<order/>").post("/api/v1/orders");

        // Then
        assertProblem(answer, 415);
    }

    @Test
    void anAnswerThatIsNoErrorStaysAsItIs() {
        // When
        var answer = order("moved", 1);

        // Then
        assertThat(answer.statusCode()).isEqualTo(304);
    }

    @Test
    void anAnswerWithABodyOfItsOwnKeepsIt() {
        // When
        var answer = order("own", 1);

        // Then
        assertThat(answer.statusCode()).isEqualTo(409);
        assertThat(answer.asString()).isEqualTo("{\"mine\":true}");
    }

    private static Response order(String item, int pieces) {
        return request().body(Map.of("item", item, "pieces", pieces)).post("/api/v1/orders");
    }

    private static RequestSpecification request() {
        return given().header("Authorization", "Bearer the-operators-token").contentType("application/json");
    }

    private static void assertProblem(Response answer, int status) {
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.contentType()).startsWith("application/problem+json");
        assertThat(answer.jsonPath().getString("type")).isEqualTo("about:blank");
        assertThat(answer.jsonPath().getInt("status")).isEqualTo(status);
        assertThat(answer.jsonPath().getString("title")).isNotBlank();
        assertThat(answer.jsonPath().getString("detail")).isNotBlank();
    }
}
