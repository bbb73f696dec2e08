package dev.slipway.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.event.CheckEvent.Check;
import dev.slipway.event.CheckEvent.CheckRequested;
import dev.slipway.event.CheckEvent.HttpCall;
import dev.slipway.event.ReleaseEvent.OperationCompleted;
import dev.slipway.event.ReleaseEvent.ReleaseRequested;
import dev.slipway.event.ReportEvent.CustomReport;
import dev.slipway.event.ReportEvent.MigrationDone;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventJsonTest {

    private static final UUID RELEASE = UUID.fromString("0195a1f3-7c40-7b1e-9d55-3f2a6c8e1b07");

    @Test
    void anAbsentListIsEmptyAndAnAbsentOptionalIsEmpty() throws IOException {
        // Given
        var json = """
                {"releaseId": "%s", "version": "1", "requestedBy": "ci", "planVersion": 1}
                """.formatted(RELEASE);

        // When
        var event = EventJson.read("ReleaseRequested", utf8(json));

        // Then
        assertThat(event)
                .isEqualTo(new ReleaseRequested(
                        RELEASE, "1", Optional.empty(), Optional.empty(), "ci", Optional.empty(), 1, List.of()));
    }

    @Test
    void anAbsentMapInsideAnEventIsEmpty() throws IOException {
        // Given
        var json = """
                {"checkId": "c", "releaseId": "%s",
                 "check": {"http": {"method": "GET", "url": "https://api.solacore.app"}, "timeout": "PT5S"}}
                """.formatted(RELEASE);

        // When
        var event = EventJson.read("CheckRequested", utf8(json));

        // Then
        var call = new HttpCall("GET", "https://api.solacore.app", Map.of(), Optional.empty());
        assertThat(event)
                .isEqualTo(new CheckRequested(
                        "c",
                        RELEASE,
                        new Check(Optional.of(call), Optional.empty(), List.of(), Duration.ofSeconds(5))));
    }

    @Test
    void nullListsAndMapsAreEmpty() throws IOException {
        // Given
        var json = """
                {"releaseId": "%s", "operationKey": "k", "succeeded": true,
                 "evidence": {"summary": "done", "details": null}}
                """.formatted(RELEASE);

        // When
        var event = EventJson.read("OperationCompleted", utf8(json));

        // Then
        assertThat(event).isEqualTo(new OperationCompleted(RELEASE, "k", true, Evidence.of("done")));
    }

    @Test
    void evidenceWithoutDetailsHasNone() throws IOException {
        // Given
        var json = """
                {"releaseId": "%s", "operationKey": "k", "succeeded": true, "evidence": {"summary": "done"}}
                """.formatted(RELEASE);

        // When
        var event = EventJson.read("OperationCompleted", utf8(json));

        // Then
        assertThat(event).isEqualTo(new OperationCompleted(RELEASE, "k", true, Evidence.of("done")));
    }

    @Test
    void evidenceDoesNotChange() {
        // Given
        var evidence = Evidence.of("done");

        // When
        assertThatThrownBy(() -> evidence.details().put("status", 200))
                // Then
                .isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void aReportMayBeEmpty() throws IOException {
        // When
        var event = EventJson.read("MigrationDone", utf8("{}"));

        // Then
        assertThat(event).isEqualTo(new MigrationDone(Optional.empty(), Map.of()));
        assertThat(EventJson.write(event)).asString().isEqualTo("{}");
    }

    @Test
    void aNameWithoutARecordIsACustomReport() throws IOException {
        // Given
        var json = """
                {"releaseId":"%s","requests":12000,"slow":["/a",null],"errors":null,"p99":{"millis":41}}""".formatted(RELEASE);

        // When
        var event = EventJson.read("LoadTestDone", utf8(json));

        // Then
        assertThat(event).isInstanceOfSatisfying(CustomReport.class, report -> {
            assertThat(report.name()).isEqualTo("LoadTestDone");
            assertThat(report.releaseId()).contains(RELEASE);
            assertThat(report.topic()).isEqualTo(Topic.RELEASES);
            assertThat(report.details())
                    .containsOnlyKeys("requests", "slow", "errors", "p99")
                    .containsEntry("requests", 12000);
        });
        assertThat(EventJson.mapper().readTree(EventJson.write(event)))
                .isEqualTo(EventJson.mapper().readTree(json));
    }

    @Test
    void aCustomReportMayNameNoRelease() throws IOException {
        // Given
        var report = new CustomReport("LoadTestDone", Optional.empty(), Map.of("requests", 12000));

        // When
        var read = EventJson.read("LoadTestDone", EventJson.write(report));

        // Then
        assertThat(read).isEqualTo(report);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "nonsense", "[]", "null", "3", "\"text\"", "{} {"})
    void whatIsNotAJsonObjectIsAnError(String json) {
        // When
        assertThatThrownBy(() -> EventJson.read("StepStarted", utf8(json)))
                // Then
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> EventJson.read("LoadTestDone", utf8(json))).isInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"nobody\"", "7", "{}", "[]"})
    void aReleaseIdThatIsNoUuidIsAnError(String releaseId) {
        // Given
        var json = utf8("{\"releaseId\": %s, \"version\": \"1\"}".formatted(releaseId));

        // When
        assertThatThrownBy(() -> EventJson.read("ReleaseStarted", json))
                // Then
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> EventJson.read("MigrationDone", json)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> EventJson.read("LoadTestDone", json)).isInstanceOf(IOException.class);
    }

    @Test
    void whatJsonCannotSayIsOurOwnError() {
        // Given
        var report = new MigrationDone(Optional.empty(), Map.of("made by", new Object()));

        // When
        assertThatThrownBy(() -> EventJson.write(report))
                // Then
                .isInstanceOf(UncheckedIOException.class)
                .hasMessage("The event MigrationDone cannot be written as JSON");
    }

    private static byte[] utf8(String json) {
        return json.getBytes(StandardCharsets.UTF_8);
    }
}
