package dev.slipway.release.status;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.startsWith;

import dev.slipway.devstack.testing.InfrastructureResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@QuarkusTestResource(InfrastructureResource.class)
class StatusPageTest {

    private static final Pattern REFERENCE = Pattern.compile("(?:src|href)=\"([^\"#/]+)\"|from \"\\./([^\"]+)\"");

    @ParameterizedTest
    @CsvSource({
        "/, text/html",
        "/style.css, text/css",
        "/icon.svg, image/svg+xml",
        "/page.js, text/javascript",
        "/view.js, text/javascript",
        "/element.js, text/javascript",
        "/evidence.js, text/javascript",
        "/time.js, text/javascript",
        "/api.js, text/javascript"
    })
    void thePageIsServedToAnybodyAsItHoldsNoData(String path, String contentType) {
        // When
        var response = given().when().get(path);

        // Then
        response.then().statusCode(200).contentType(startsWith(contentType));
    }

    @ParameterizedTest
    @CsvSource({
        "Content-Security-Policy, default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'",
        "X-Content-Type-Options, nosniff",
        "Referrer-Policy, no-referrer",
        "Cache-Control, no-cache"
    })
    void thePageMayOnlyUseItsOwnFilesAndIsNotKeptPastAnUpgrade(String header, String value) {
        // When
        var response = given().when().get("/");

        // Then
        response.then().header(header, equalTo(value));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/page.js", "/style.css"})
    void itsFilesAreAskedForAgainAfterAnUpgrade(String path) {
        // When
        var response = given().when().get(path);

        // Then
        response.then().header("Cache-Control", equalTo("no-cache"));
    }

    @Test
    void theDocumentHoldsNoInlineScriptHandlerOrStyle() {
        // When
        var document = given().when().get("/").asString();

        // Then
        assertThat(document).contains("<script type=\"module\" src=\"page.js\"></script>");
        assertThat(document).doesNotContainPattern("(?i)<script(?![^>]*\\ssrc=)[^>]*>");
        assertThat(document).doesNotContainPattern("(?i)\\son[a-z]+\\s*=|javascript:|<style|\\sstyle\\s*=");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/page.js", "/view.js", "/element.js", "/evidence.js", "/time.js", "/api.js"})
    void whatTheApiSaysNeverBecomesMarkup(String module) {
        // When
        var script = given().when().get(module).asString();

        // Then
        assertThat(script)
                .doesNotContainPattern("innerHTML|outerHTML|insertAdjacentHTML|document\\.write|eval\\(|new Function");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/page.js", "/view.js", "/evidence.js", "/time.js"})
    void everyFileThatIsReferredToIsThere(String path) {
        // Given
        var references = REFERENCE
                .matcher(given().get(path).asString())
                .results()
                .map(match -> match.group(1) == null ? match.group(2) : match.group(1))
                .toList();
        assertThat(references).isNotEmpty();

        for (var reference : references) {
            // When
            var response = given().when().get("/" + reference);

            // Then
            response.then().statusCode(200);
        }
    }

    @Test
    void theDataBehindThePageNeedsAToken() {
        // When
        var response = given().when().get("/api/v1/releases");

        // Then
        response.then().statusCode(401).body("status", equalTo(401));
    }
}
