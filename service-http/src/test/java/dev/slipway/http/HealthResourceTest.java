package dev.slipway.http;

import static io.restassured.RestAssured.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
class HealthResourceTest {

    @Inject
    Database database;

    @AfterEach
    void comeBack() {
        database.comeBack();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            /health       | {"status":"healthy","version":"1.2.3","database":"connected"}
            /health/ready | {"ready":true}
            /health/live  | {"live":true}
            """)
    void aServiceWhoseDatabaseAnswersIsHealthy(String path, String body) {
        // When
        var answer = get(path);

        // Then
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.contentType()).startsWith("application/json");
        assertThat(answer.asString()).isEqualTo(body);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            /health       | 503 | {"status":"unhealthy","version":"1.2.3","database":"disconnected"}
            /health/ready | 503 | {"ready":false}
            /health/live  | 200 | {"live":true}
            """)
    void aServiceWithoutItsDatabaseIsUnhealthyButAlive(String path, int status, String body) {
        // Given
        database.goAway();

        // When
        var answer = get(path);

        // Then
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.asString()).isEqualTo(body);
    }
}
