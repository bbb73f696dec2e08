package dev.slipway.release.operation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.slipway.event.EventJson;
import dev.slipway.event.Evidence;
import dev.slipway.release.operation.HttpExchange.Answer;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;

/**
 * {@code github.workflow}: dispatches a GitHub Actions workflow
 * (<a href="https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event">API</a>). What the
 * workflow achieved is not known by that: the plan awaits its report with {@code until}.
 *
 * <p>A dispatch has no idempotency key. So an attempt that follows one without an answer first looks for a run that was
 * dispatched since, and takes it for the result.
 *
 * <pre>{@code
 * run: github.workflow
 * with: { repository: acme/api, workflow: migrate.yml, ref: main, inputs: { revision: head } }
 * }</pre>
 */
@Singleton
public class GithubWorkflow implements Operation {

    private static final Set<String> SETTINGS = Set.of("repository", "workflow", "ref", "inputs");
    private static final Pattern REPOSITORY = Pattern.compile("[A-Za-z0-9-]+/[A-Za-z0-9._-]+|.*\\$\\{.*");
    private static final Duration PAUSE = Duration.ofSeconds(1);
    /** What GitHub asks for when it limits without saying for how long. */
    private static final Duration LIMITED = Duration.ofMinutes(1);

    private final HttpExchange http;
    private final GithubConfig config;

    public GithubWorkflow(HttpExchange http, GithubConfig config) {
        this.http = http;
        this.config = config;
    }

    @Override
    public String kind() {
        return "github.workflow";
    }

    @Override
    public List<String> problems(Map<String, Object> with) {
        var problems = new ArrayList<String>();
        var unknown = with.keySet().stream()
                .filter(name -> !SETTINGS.contains(name))
                .sorted()
                .toList();
        if (!unknown.isEmpty()) {
            problems.add("'%s' is unknown; there are: repository, workflow, ref, inputs"
                    .formatted(String.join("', '", unknown)));
        }
        if (!(with.get("workflow") instanceof String)) {
            problems.add("'workflow' is missing: the file's name, such as migrate.yml");
        }
        if (with.get("repository") instanceof String repository
                && !REPOSITORY.matcher(repository).matches()) {
            problems.add("'repository' must be owner/name");
        }
        if (with.containsKey("inputs") && !(with.get("inputs") instanceof Map)) {
            problems.add("'inputs' must be an object");
        }
        return problems;
    }

    @Override
    public List<String> missing(Map<String, Object> with) {
        var missing = new ArrayList<String>();
        if (repository(with).isEmpty()) {
            missing.add("No repository: name one in the plan, or set SLIPWAY_GITHUB_REPOSITORY");
        }
        if (config.token().isEmpty()) {
            missing.add("No token for GitHub: set SLIPWAY_GITHUB_TOKEN for release-service");
        }
        return missing;
    }

    private Optional<String> repository(Map<String, Object> with) {
        return Optional.ofNullable(with.get("repository")).map(String::valueOf).or(config::repository);
    }

    @Override
    public Outcome perform(Call call) throws InterruptedException {
        var missing = missing(call.with());
        if (!missing.isEmpty()) {
            return refused(missing.getFirst());
        }
        var workflow = "%s/repos/%s/actions/workflows/%s"
                .formatted(
                        config.apiUrl(),
                        repository(call.with()).orElseThrow(),
                        encoded(String.valueOf(call.with().get("workflow"))));
        try {
            if (call.attempt() > 1) {
                var run = runSince(workflow, call);
                if (run.isPresent()) {
                    return new Outcome.Done(dispatched("The workflow had been dispatched already", run.get()));
                }
            }
            return dispatch(workflow, call);
        } catch (IOException e) {
            return new Outcome.Again("GitHub: " + e.getMessage(), PAUSE.multipliedBy(call.attempt()));
        } catch (IllegalArgumentException e) {
            return refused("The call cannot be made: " + e.getMessage());
        }
    }

    private Outcome dispatch(String workflow, Call call) throws IOException, InterruptedException {
        var body = Map.of(
                "ref", call.with().getOrDefault("ref", "main"),
                "inputs", call.with().getOrDefault("inputs", Map.of()),
                "return_run_details", true);
        var answer = http.call(
                "POST",
                workflow + "/dispatches",
                headers(),
                Optional.of(EventJson.mapper().writeValueAsString(body)));
        if (answer.status() == 200 || answer.status() == 204) {
            return new Outcome.Done(dispatched("The workflow was dispatched", json(answer)));
        }
        // 403 stands for a missing permission and for the secondary rate limit; only the latter says when to retry.
        if (answer.isOverloaded()
                || (answer.status() == 403 && answer.retryAfter().isPresent())) {
            return new Outcome.Again(
                    "GitHub answered %d".formatted(answer.status()),
                    answer.retryAfter().orElse(answer.status() == 429 ? LIMITED : PAUSE.multipliedBy(call.attempt())));
        }
        return refused("GitHub answered %d: %s"
                .formatted(answer.status(), json(answer).path("message").asText()));
    }

    private Optional<JsonNode> runSince(String workflow, Call call) throws IOException, InterruptedException {
        var since = call.firstAttemptAt().truncatedTo(ChronoUnit.SECONDS);
        var answer = http.call(
                "GET",
                "%s/runs?event=workflow_dispatch&created=%s".formatted(workflow, encoded(">=" + since)),
                headers(),
                Optional.empty());
        if (answer.status() != 200) {
            throw new IOException("listing the runs answered %d".formatted(answer.status()));
        }
        return StreamSupport.stream(json(answer).path("workflow_runs").spliterator(), false)
                .findFirst();
    }

    private Map<String, String> headers() {
        return Map.of(
                "Authorization", "Bearer " + config.token().orElseThrow(),
                "Accept", "application/vnd.github+json",
                "Content-Type", "application/json",
                "X-GitHub-Api-Version", "2022-11-28");
    }

    private static Evidence dispatched(String summary, JsonNode run) {
        var details = new LinkedHashMap<String, Object>();
        var id = run.path("workflow_run_id").asLong(run.path("id").asLong());
        if (id != 0) {
            details.put("runId", id);
        }
        if (run.hasNonNull("html_url")) {
            details.put("url", run.get("html_url").asText());
        }
        return new Evidence(id == 0 ? summary : "%s: run %d".formatted(summary, id), details);
    }

    private static JsonNode json(Answer answer) {
        try {
            return EventJson.mapper().readTree(answer.body());
        } catch (JsonProcessingException e) {
            return EventJson.mapper().createObjectNode();
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static Outcome refused(String why) {
        return new Outcome.Refused(Evidence.of(why));
    }
}
