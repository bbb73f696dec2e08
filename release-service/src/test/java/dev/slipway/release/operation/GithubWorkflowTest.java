package dev.slipway.release.operation;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.equalToJson;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.Fault;
import dev.slipway.release.operation.Operation.Call;
import dev.slipway.release.operation.Operation.Outcome;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Dispatching a workflow, as GitHub's API asks for and answers. */
class GithubWorkflowTest {

    private static final String DISPATCHES = "/repos/acme/api/actions/workflows/migrate.yml/dispatches";
    private static final String RUNS = "/repos/acme/api/actions/workflows/migrate.yml/runs";
    private static final Map<String, Object> WITH = Map.of("repository", "acme/api", "workflow", "migrate.yml");

    private final WireMockServer github = new WireMockServer(wireMockConfig().dynamicPort());

    private record Config(URI apiUrl, Optional<String> token, Optional<String> repository) implements GithubConfig {}

    @BeforeEach
    void start() {
        github.start();
    }

    @AfterEach
    void stop() {
        github.stop();
    }

    private GithubWorkflow workflow() {
        return workflow(Optional.of("ghs_token"), Optional.empty());
    }

    private GithubWorkflow workflow(Optional<String> token, Optional<String> repository) {
        return new GithubWorkflow(new HttpExchange(), new Config(URI.create(github.baseUrl()), token, repository));
    }

    private static Call attempt(int attempt, Map<String, Object> with) {
        return new Call("key", with, attempt, Instant.parse("2026-03-01T12:00:00.750Z"));
    }

    private void dispatchAnswers(ResponseDefinitionBuilder answer) {
        github.stubFor(post(urlEqualTo(DISPATCHES)).willReturn(answer));
    }

    @Test
    void aDispatchNamesTheRefAndTheInputs() throws InterruptedException {
        // Given
        dispatchAnswers(aResponse().withStatus(204));

        // When
        var outcome = workflow()
                .perform(attempt(
                        1,
                        Map.of(
                                "repository", "acme/api",
                                "workflow", "migrate.yml",
                                "ref", "release",
                                "inputs", Map.of("revision", "head"))));

        // Then
        assertThat(outcome).isInstanceOf(Outcome.Done.class);
        github.verify(
                1,
                postRequestedFor(urlEqualTo(DISPATCHES))
                        .withHeader("Authorization", equalTo("Bearer ghs_token"))
                        .withHeader("Accept", equalTo("application/vnd.github+json"))
                        .withHeader("X-GitHub-Api-Version", equalTo("2022-11-28"))
                        .withRequestBody(equalToJson("""
                                {"ref": "release", "inputs": {"revision": "head"}, "return_run_details": true}""")));
    }

    @Test
    void theRunIsTheEvidenceWhereGithubTellsIt() throws InterruptedException {
        // Given
        dispatchAnswers(okJson("""
                {"workflow_run_id": 42, "html_url": "https://github.com/acme/api/actions/runs/42"}"""));

        // When
        var outcome = workflow().perform(attempt(1, WITH));

        // Then
        assertThat(outcome).isInstanceOfSatisfying(Outcome.Done.class, done -> {
            assertThat(done.evidence().summary()).isEqualTo("The workflow was dispatched: run 42");
            assertThat(done.evidence().details())
                    .isEqualTo(Map.of("runId", 42L, "url", "https://github.com/acme/api/actions/runs/42"));
        });
    }

    @ParameterizedTest
    @CsvSource({
        "401, Bad credentials",
        "403, Resource not accessible by integration",
        "404, Not Found",
        "422, Workflow does not have 'workflow_dispatch' trigger",
    })
    void whatGithubRefusesIsNotTriedAgain(int status, String message) throws InterruptedException {
        // Given
        dispatchAnswers(aResponse().withStatus(status).withBody("{\"message\": \"%s\"}".formatted(message)));

        // When
        var outcome = workflow().perform(attempt(1, WITH));

        // Then
        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Outcome.Refused.class,
                        refused -> assertThat(refused.evidence().summary())
                                .isEqualTo("GitHub answered %d: %s".formatted(status, message)));
    }

    @ParameterizedTest
    @CsvSource({"403, 17, PT17S", "429, 3, PT3S", "429, , PT1M", "500, , PT1S", "503, 5, PT5S"})
    void whatGithubPutsOffIsTriedAgainWhenItSays(int status, String retryAfter, Duration after)
            throws InterruptedException {
        // Given
        var answer = aResponse().withStatus(status);
        dispatchAnswers(retryAfter == null ? answer : answer.withHeader("Retry-After", retryAfter));

        // When
        var outcome = workflow().perform(attempt(1, WITH));

        // Then
        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Outcome.Again.class, again -> assertThat(again.after()).isEqualTo(after));
    }

    @Test
    void noAnswerIsTriedAgain() throws InterruptedException {
        // Given
        dispatchAnswers(aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER));

        // When
        var outcome = workflow().perform(attempt(1, WITH));

        // Then
        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Outcome.Again.class,
                        again -> assertThat(again.why()).startsWith("GitHub: No answer to POST http://"));
    }

    @Test
    void aSecondAttemptAdoptsTheRunThatTheFirstMayHaveDispatched() throws InterruptedException {
        // Given
        github.stubFor(get(urlPathEqualTo(RUNS))
                .withQueryParam("event", equalTo("workflow_dispatch"))
                .withQueryParam("created", equalTo(">=2026-03-01T12:00:00Z"))
                .willReturn(okJson("{\"workflow_runs\": [{\"id\": 7, \"html_url\": \"https://github.com/7\"}]}")));

        // When
        var outcome = workflow().perform(attempt(2, WITH));

        // Then
        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Outcome.Done.class,
                        done -> assertThat(done.evidence().summary())
                                .isEqualTo("The workflow had been dispatched already: run 7"));
        github.verify(0, postRequestedFor(urlEqualTo(DISPATCHES)));
    }

    @Test
    void aSecondAttemptDispatchesIfTheFirstDidNot() throws InterruptedException {
        // Given
        github.stubFor(get(urlPathEqualTo(RUNS)).willReturn(okJson("{\"workflow_runs\": []}")));
        dispatchAnswers(aResponse().withStatus(204));

        // When
        var outcome = workflow().perform(attempt(2, WITH));

        // Then
        assertThat(outcome).isInstanceOf(Outcome.Done.class);
        github.verify(1, postRequestedFor(urlEqualTo(DISPATCHES)));
    }

    @Test
    void aSecondAttemptDoesNotDispatchBlindly() throws InterruptedException {
        // Given: whether there is a run cannot be told
        github.stubFor(get(urlPathEqualTo(RUNS)).willReturn(aResponse().withStatus(500)));

        // When
        var outcome = workflow().perform(attempt(2, WITH));

        // Then
        assertThat(outcome).isInstanceOf(Outcome.Again.class);
        github.verify(0, postRequestedFor(urlEqualTo(DISPATCHES)));
    }

    @Test
    void aMissingTokenOrRepositoryIsSaidWithTheMend() throws InterruptedException {
        // When
        var withoutToken = workflow(Optional.empty(), Optional.empty()).perform(attempt(1, WITH));
        var withoutRepository = workflow().perform(attempt(1, Map.of("workflow", "migrate.yml")));

        // Then
        assertThat(withoutToken)
                .isInstanceOfSatisfying(
                        Outcome.Refused.class,
                        refused -> assertThat(refused.evidence().summary())
                                .isEqualTo("No token for GitHub: set SLIPWAY_GITHUB_TOKEN for release-service"));
        assertThat(withoutRepository)
                .isInstanceOfSatisfying(
                        Outcome.Refused.class,
                        refused -> assertThat(refused.evidence().summary()).contains("set SLIPWAY_GITHUB_REPOSITORY"));
        assertThat(github.getAllServeEvents()).isEmpty();
    }

    @Test
    void aTokenThatNoHeaderCanHoldIsNotShown() throws InterruptedException {
        // When
        var outcome = workflow(Optional.of("s3cr3t\n"), Optional.empty()).perform(attempt(1, WITH));

        // Then
        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Outcome.Refused.class,
                        refused -> assertThat(refused.evidence().toString())
                                .contains("The header 'Authorization' has a character that none may have")
                                .doesNotContain("s3cr3t"));
    }

    @Test
    void theRepositoryMayBeTheServicesOwnSetting() throws InterruptedException {
        // Given
        dispatchAnswers(aResponse().withStatus(204));

        // When
        var outcome = workflow(Optional.of("t"), Optional.of("acme/api"))
                .perform(attempt(1, Map.of("workflow", "migrate.yml")));

        // Then
        assertThat(outcome).isInstanceOf(Outcome.Done.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "repo | x | 'repo' is unknown; there are: repository, workflow, ref, inputs",
                "repository | acme | 'repository' must be owner/name",
                "inputs | x | 'inputs' must be an object",
            })
    void wrongSettingsAreSaidBeforeThePlanIsStored(String setting, String value, String problem) {
        assertThat(workflow().problems(Map.of("workflow", "migrate.yml", setting, value)))
                .containsExactly(problem);
    }

    @Test
    void aWorkflowMustBeNamedAndARepositoryMayBeAReference() {
        assertThat(workflow().problems(Map.of()))
                .isEqualTo(List.of("'workflow' is missing: the file's name, such as migrate.yml"));
        assertThat(workflow().problems(Map.of("workflow", "m.yml", "repository", "${repository}")))
                .isEmpty();
    }
}
