package dev.slipway.system;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * A plan of {@code plans/}, with an environment for a test laid over it: all its addresses lead to the test's target,
 * and what takes minutes takes moments. All else is as in production.
 */
final class RunbookPlan {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Path FOLDER = Repository.root().resolve("plans");

    private final String yaml;
    private final JsonNode plan;

    private RunbookPlan(String yaml) {
        this.yaml = yaml;
        this.plan = JSON.valueToTree(new Load(LoadSettings.builder().build()).loadFromString(yaml));
    }

    static RunbookPlan of(String application) {
        return new RunbookPlan(text(FOLDER.resolve(application + ".yaml")));
    }

    /** The fragments that the plans share. */
    static Stream<Path> fragments() {
        try {
            return Files.list(FOLDER.resolve("fragments"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The file with one more environment.
     *
     * @param base where what it calls is served
     * @param tls where a certificate is served
     */
    String with(String environment, String base, URI tls) {
        var overlay = JSON.createObjectNode();
        plan.path("vars").properties().forEach(variable -> {
            var value = variable.getValue().asText();
            if (value.startsWith("http")) {
                overlay.withObjectProperty("vars").put(variable.getKey(), value.replaceFirst("https?:/", base));
            }
        });
        plan.path("monitors")
                .forEach(monitor -> overlay.withObjectProperty("monitors")
                        .withObjectProperty(monitor.path("name").asText())
                        .put("every", "400ms"));
        plan.path("phases")
                .forEach(phase -> hurry(
                        phase,
                        tls,
                        overlay.withObjectProperty("phases")
                                .withObjectProperty(phase.path("name").asText())));
        hurry(plan.path("rollback"), tls, overlay.withObjectProperty("rollback"));
        return "%s  %s: %s\n".formatted(yaml, environment, overlay);
    }

    private static void hurry(JsonNode phase, URI tls, ObjectNode overlay) {
        var steps = overlay.withObjectProperty("steps");
        for (var step : phase.path("steps")) {
            var own = JSON.createObjectNode();
            if (step.has("watch")) {
                own.withObjectProperty("watch").put("for", "4s");
            }
            if (step.path("check").has("tls")) {
                own.withObjectProperty("check").put("tls", tls.getAuthority());
            }
            if (step.has("retry")) {
                own.withObjectProperty("retry").put("backoff", "250ms");
            }
            if (!own.isEmpty()) {
                steps.set(step.path("name").asText(), own);
            }
        }
    }
}
