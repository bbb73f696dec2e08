package dev.slipway.probe.watch;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import dev.slipway.devstack.testing.Infrastructure;
import dev.slipway.devstack.testing.InfrastructureResource;
import dev.slipway.event.CheckEvent.Check;
import dev.slipway.event.CheckEvent.HttpCall;
import dev.slipway.event.CheckEvent.Monitor;
import dev.slipway.event.CheckEvent.WatchCancelled;
import dev.slipway.event.CheckEvent.WatchStarted;
import dev.slipway.event.Subject;
import dev.slipway.probe.Conversation;
import dev.slipway.probe.Target;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.specification.RequestSpecification;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
@QuarkusTestResource(InfrastructureResource.class)
class MonitorsResourceTest {

    private final Target target = new Target();
    private final Subject subject = new Subject("app-" + UUID.randomUUID(), "staging");
    private final UUID releaseId = UUID.randomUUID();
    private final String watchId = "watch-" + UUID.randomUUID();

    @Inject
    Conversation conversation;

    @Inject
    Clock clock;

    @AfterEach
    void end() {
        conversation.tell(subject, new WatchCancelled(watchId, releaseId));
        target.close();
    }

    @Test
    void showsWhatEachMonitorSays() {
        // Given
        start("health");

        // When
        var monitor = awaitMonitors(1, it -> "HEALTHY".equals(it.getString("items[0].state")));

        // Then
        assertThat(monitor.getString("items[0].name")).isEqualTo("health");
        assertThat(monitor.getString("items[0].application")).isEqualTo(subject.application());
        assertThat(monitor.getString("items[0].environment")).isEqualTo("staging");
        assertThat(monitor.getString("items[0].releaseId")).isEqualTo(releaseId.toString());
        assertThat(monitor.getString("items[0].since")).endsWith("Z");
        assertThat(monitor.getBoolean("items[0].lastOutcome.passed")).isTrue();
        assertThat(monitor.getString("items[0].lastOutcome.summary")).contains("answered 200");
        assertThat(monitor.getInt("items[0].lastOutcome.responseTimeMs")).isNotNegative();
        assertThat(monitor.getString("next")).isNull();
    }

    @Test
    void pagesThroughTheList() {
        // Given
        start("a", "b", "c", "d", "e");
        awaitMonitors(5, it -> true);

        // When
        var names = new ArrayList<String>();
        var cursor = Optional.<String>empty();
        do {
            var request = api().queryParam("application", subject.application()).queryParam("limit", 2);
            cursor.ifPresent(it -> request.queryParam("cursor", it));
            var page = request.get("/api/v1/monitors")
                    .then()
                    .statusCode(200)
                    .extract()
                    .jsonPath();
            names.addAll(page.getList("items.name", String.class));
            cursor = Optional.ofNullable(page.getString("next"));
        } while (cursor.isPresent());

        // Then
        assertThat(names).containsExactly("a", "b", "c", "d", "e");
    }

    @ParameterizedTest
    @CsvSource({"staging, 1", "production, 0"})
    void filtersByEnvironment(String environment, int count) {
        // Given
        start("health");
        awaitMonitors(1, it -> true);

        // When
        var page = api().queryParam("application", subject.application())
                .queryParam("environment", environment)
                .get("/api/v1/monitors");

        // Then
        assertThat(page.jsonPath().getList("items")).hasSize(count);
    }

    @Test
    void needsAToken() {
        // When
        var answer = given().get("/api/v1/monitors");

        // Then
        answer.then().statusCode(401).contentType("application/problem+json");
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            limit,  0,      limit
            limit,  501,    limit
            cursor, x,      cursor
            cursor, e30,    cursor
            """)
    void refusesWhatItDoesNotUnderstand(String parameter, String value, String detail) {
        // When
        var answer = api().queryParam(parameter, value).get("/api/v1/monitors");

        // Then
        answer.then()
                .statusCode(400)
                .contentType("application/problem+json")
                .body("status", equalTo(400))
                .body("detail", containsString(detail));
    }

    private void start(String... names) {
        var check = new Check(
                Optional.of(new HttpCall("GET", target.url("/health"), Map.of(), Optional.empty())),
                Optional.empty(),
                List.of("[STATUS] == 200"),
                Duration.ofSeconds(5));
        conversation.tell(
                subject,
                new WatchStarted(
                        watchId,
                        releaseId,
                        Stream.of(names)
                                .map(name -> new Monitor(name, check, Duration.ofMillis(200), 2, 1))
                                .toList(),
                        clock.instant().plusSeconds(60)));
    }

    private JsonPath awaitMonitors(int count, Predicate<JsonPath> which) {
        return await().until(
                        () -> api().queryParam("application", subject.application())
                                .get("/api/v1/monitors")
                                .jsonPath(),
                        it -> it.getList("items").size() == count && which.test(it));
    }

    private static RequestSpecification api() {
        return given().header("Authorization", "Bearer " + Infrastructure.TOKEN);
    }
}
