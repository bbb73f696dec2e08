package dev.slipway.release.operation;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.absent;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.equalToJson;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.putRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.Fault;
import dev.slipway.devstack.port.Ports;
import dev.slipway.event.Evidence;
import dev.slipway.release.operation.Operation.Call;
import dev.slipway.release.operation.Operation.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Calling a URL as an operation. */
class HttpOperationTest {

    private final WireMockServer provider = new WireMockServer(wireMockConfig().dynamicPort());
    private final HttpOperation http = new HttpOperation(new HttpExchange());

    @BeforeEach
    void start() {
        provider.start();
    }

    @AfterEach
    void stop() {
        provider.stop();
    }

    private void answers(ResponseDefinitionBuilder answer) {
        provider.stubFor(any(anyUrl()).willReturn(answer));
    }

    private Outcome perform(int attempt, Map<String, Object> with) throws InterruptedException {
        var settings = new HashMap<>(with);
        settings.putIfAbsent("url", provider.baseUrl() + "/deploy");
        return http.perform(new Call("the/key/1", settings, attempt, Instant.EPOCH));
    }

    private static Evidence done(Outcome outcome) {
        assertThat(outcome).isInstanceOf(Outcome.Done.class);
        return ((Outcome.Done) outcome).evidence();
    }

    private static Evidence refused(Outcome outcome) {
        assertThat(outcome).isInstanceOf(Outcome.Refused.class);
        return ((Outcome.Refused) outcome).evidence();
    }

    @Test
    void theOperationKeyGoesAlong() throws InterruptedException {
        // Given
        answers(aResponse().withStatus(202).withBody("accepted"));

        // When
        var outcome = perform(1, Map.of());

        // Then
        assertThat(done(outcome).summary()).isEqualTo("POST %s/deploy answered 202".formatted(provider.baseUrl()));
        assertThat(done(outcome).details()).containsEntry("status", 202).containsEntry("body", "accepted");
        provider.verify(
                1,
                postRequestedFor(urlEqualTo("/deploy"))
                        .withHeader("Idempotency-Key", equalTo("the/key/1"))
                        .withHeader("User-Agent", equalTo("Slipway"))
                        .withHeader("Content-Type", absent()));
    }

    @Test
    void anObjectIsSentAsJsonWithThePlansHeaders() throws InterruptedException {
        // Given
        answers(okJson("{}"));

        // When
        perform(
                1,
                Map.of(
                        "method", "PUT",
                        "headers", Map.of("Authorization", "Bearer t", "Host", "evil", "Content-Type", "application/x"),
                        "body", Map.of("version", "1.4.0", "force", true)));

        // Then
        provider.verify(
                1,
                putRequestedFor(urlEqualTo("/deploy"))
                        .withHeader("Authorization", equalTo("Bearer t"))
                        .withHeader("Content-Type", equalTo("application/x"))
                        .withRequestBody(equalToJson("{\"version\": \"1.4.0\", \"force\": true}")));
    }

    @Test
    void aTextIsSentAsItIs() throws InterruptedException {
        // Given
        answers(okJson("{}"));

        // When
        perform(1, Map.of("body", "plain"));

        // Then
        provider.verify(1, postRequestedFor(urlEqualTo("/deploy")).withRequestBody(equalTo("plain")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "200 | 200",
                "404 | 404",
                "404 | [STATUS] == 404",
                "500 | [STATUS] == 500",
                "200 | [BODY].version == 1.4.0",
            })
    void whatIsExpectedIsDone(int status, String expect) throws InterruptedException {
        // Given
        answers(okJson("{\"version\": \"1.4.0\"}").withStatus(status));

        // When
        var outcome = perform(1, Map.of("expect", expect.matches("[0-9]+") ? Long.valueOf(expect) : expect));

        // Then
        assertThat(done(outcome)).isNotNull();
    }

    @ParameterizedTest
    @CsvSource({"301", "400", "401", "404", "409", "422"})
    void whatIsRefusedIsNotTriedAgain(int status) throws InterruptedException {
        // Given
        answers(aResponse().withStatus(status).withBody("no"));

        // When
        var outcome = perform(1, Map.of());

        // Then
        assertThat(refused(outcome).summary()).endsWith("answered " + status);
        assertThat(refused(outcome).details()).containsEntry("body", "no");
    }

    @Test
    void anAnswerThatIsNotTheExpectedOneSaysWhatWasUnmet() throws InterruptedException {
        // Given
        answers(okJson("{\"version\": \"1.3.0\"}"));

        // When
        var outcome = perform(1, Map.of("expect", List.of("[STATUS] == 200", "[BODY].version == 1.4.0")));

        // Then
        assertThat(refused(outcome).summary()).endsWith("answered 200; unmet: [BODY].version == 1.4.0 (was 1.3.0)");
    }

    @ParameterizedTest
    @CsvSource({
        "500, 1, , PT0.5S",
        "503, 2, , PT1S",
        "502, 5, , PT8S",
        "502, 500, , PT32S",
        "429, 1, 9, PT9S",
        "408, 1, , PT0.5S",
        "503, 1, soon, PT0.5S",
        "503, 1, 'Wed, 21 Oct 2015 07:28:30 GMT', PT30S",
        "503, 1, 'Wed, 21 Oct 2015 07:27:30 GMT', PT0.5S",
    })
    void whatIsOverloadedIsTriedAgainLater(int status, int attempt, String retryAfter, Duration after)
            throws InterruptedException {
        // Given
        var answer = aResponse().withStatus(status).withHeader("Date", "Wed, 21 Oct 2015 07:28:00 GMT");
        answers(retryAfter == null ? answer : answer.withHeader("Retry-After", retryAfter));

        // When
        var outcome = perform(attempt, Map.of());

        // Then
        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Outcome.Again.class, again -> assertThat(again.after()).isEqualTo(after));
    }

    @Test
    void noAnswerIsTriedAgain() throws InterruptedException {
        // Given
        answers(aResponse().withFault(Fault.EMPTY_RESPONSE));

        // When
        var outcome = perform(1, Map.of());

        // Then
        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Outcome.Again.class, again -> assertThat(again.why()).startsWith("No answer to POST http://"));
    }

    @Test
    void noConnectionIsTriedAgainAndSaysWhereThereIsNone() throws InterruptedException {
        // Given
        var url = "http://localhost:%d/deploy".formatted(Ports.free());

        // When
        var outcome = perform(1, Map.of("url", url));

        // Then
        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Outcome.Again.class,
                        again -> assertThat(again.why()).isEqualTo("No answer to POST %s: no connection", url));
    }

    @Test
    void aUrlThatIsNoneIsRefused() throws InterruptedException {
        // When
        var outcome = perform(1, Map.of("url", "shop example"));

        // Then
        assertThat(refused(outcome).summary()).startsWith("The call cannot be made: ");
    }

    @Test
    void whatWasDoneAlreadyIsNotDoneAgain() throws InterruptedException {
        // Given
        provider.stubFor(get(urlEqualTo("/health")).willReturn(okJson("{\"version\": \"1.4.0\"}")));

        // When
        var outcome = perform(
                1,
                Map.of(
                        "done-when",
                        Map.of(
                                "url", provider.baseUrl() + "/health",
                                "headers", Map.of("X-A", "b"),
                                "expect", List.of("[BODY].version == 1.4.0"))));

        // Then
        assertThat(done(outcome).summary()).endsWith("/health says that it was done already");
        provider.verify(0, postRequestedFor(anyUrl()));
    }

    @Test
    void whatWasNotDoneYetIsDone() throws InterruptedException {
        // Given
        answers(okJson("{\"version\": \"1.3.0\"}"));

        // When
        perform(
                1,
                Map.of(
                        "done-when",
                        Map.of("url", provider.baseUrl() + "/health", "expect", "[BODY].version == 1.4.0")));

        // Then
        provider.verify(1, postRequestedFor(urlEqualTo("/deploy")));
    }

    @Test
    void whatLaterStepsNeedIsTakenFromTheWholeAnswer() throws InterruptedException {
        // Given
        answers(okJson("""
                {"padding": "%s", "data": {"id": 17, "tags": ["a", "b"], "none": null}}""".formatted("x".repeat(2_000))));

        // When
        var outcome = perform(
                1,
                Map.of(
                        "output",
                        Map.of("id", "data.id", "tag", "data.tags.1", "none", "data.none", "gone", "data.gone")));

        // Then
        assertThat(done(outcome).details()).containsEntry("output", Map.of("id", "17", "tag", "b"));
    }

    @Test
    void anAnswerThatIsNoJsonGivesNothingToLaterSteps() throws InterruptedException {
        // Given
        answers(aResponse().withBody("fine"));

        // When
        var outcome = perform(1, Map.of("output", Map.of("id", "data.id")));

        // Then
        assertThat(done(outcome).details()).containsEntry("output", Map.of());
    }

    @Test
    void aLongAnswerIsShortened() throws InterruptedException {
        // Given
        answers(aResponse().withStatus(200).withBody("x".repeat(5_000)));

        // When
        var outcome = perform(1, Map.of());

        // Then
        assertThat(done(outcome).details().get("body").toString())
                .hasSize(1_001)
                .endsWith("…");
    }

    @Test
    void evidenceIsMadeOfJsonValuesOnlySoThatEveryTextInItCanBeRedacted() throws InterruptedException {
        // Given
        answers(okJson("{\"version\": \"1.4.0\"}"));

        // When
        var outcome = perform(1, Map.of("expect", List.of("[BODY].version == 1.4.0")));

        // Then
        assertThat(done(outcome).details().get("conditions"))
                .isEqualTo(
                        List.of(Map.of("condition", "[BODY].version == 1.4.0", "satisfied", true, "actual", "1.4.0")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "urll | x | 'urll' is unknown; there are: body, done-when, expect, headers, method, output, url",
                "output | x | 'output' must be an object: names, and their places in the answer's JSON",
                "headers | x | 'headers' must be an object",
                "expect | [STATUS] = | expect: ",
                "done-when | x | 'done-when' must be an object",
            })
    void wrongSettingsAreSaidBeforeThePlanIsStored(String setting, String value, String problem) {
        assertThat(http.problems(Map.of("url", "http://x", setting, value)))
                .singleElement()
                .asString()
                .startsWith(problem);
    }

    @Test
    void wrongSettingsOfDoneWhenAreSaidToo() {
        assertThat(http.problems(Map.of("done-when", Map.of("method", "GET", "expect", "nothing"))))
                .hasSize(4)
                .contains(
                        "'url' is missing",
                        "done-when: 'method' is unknown; there are: expect, headers, url",
                        "'done-when' needs 'url' and 'expect'");
    }
}
