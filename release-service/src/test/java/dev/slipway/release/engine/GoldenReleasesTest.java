package dev.slipway.release.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.slipway.event.EventJson;
import dev.slipway.release.plan.FakeOperations;
import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.format.PlanFile;
import dev.slipway.release.plan.format.PlanFormat;
import dev.slipway.release.plan.format.PlanReader;
import dev.slipway.release.plan.format.PlanReader.Reading;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Releases as Slipway 0.1 stored them: the plan, and after each input the state. A release that was under way when
 * Slipway is upgraded goes on from there, so the state must stay readable, and the same inputs must lead on as they did.
 * Later versions: {@link GoldenJournalsTest}.
 */
class GoldenReleasesTest {

    private static final Path GOLDEN = Path.of("src/test/resources/golden/0.1");

    private static final JsonMapper MAPPER = mapper();

    private static JsonMapper mapper() {
        var mapper = EventJson.mapper().copy();
        mapper.registerSubtypes(Input.class.getPermittedSubclasses());
        return mapper;
    }

    /** What happened, when, and the state that it led to. */
    record Chapter(Instant at, JsonNode input, JsonNode release) {}

    record Golden(String plan, JsonNode requested, List<Chapter> chapters) {}

    static Stream<Path> files() throws IOException {
        try (var files = Files.walk(GOLDEN)) {
            return files.filter(file -> file.toString().endsWith(".json")).sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void aReleaseGoesOnFromEveryStateThatAnEarlierVersionStored(Path file) throws IOException {
        // Given
        var golden = MAPPER.readValue(file.toFile(), Golden.class);
        var plan = plan(golden.plan());
        var release = MAPPER.treeToValue(golden.requested(), Release.class);

        for (var chapter : golden.chapters()) {
            // When
            var input = MAPPER.treeToValue(chapter.input(), Input.class);
            release = Engine.decide(plan, release, input, chapter.at()).release();

            // Then: who approved, 0.1 did not keep in the state
            assertThat(release)
                    .as("After %s", chapter.input())
                    .usingRecursiveComparison()
                    .ignoringFields("steps.approvers")
                    .isEqualTo(MAPPER.treeToValue(chapter.release(), Release.class));
        }
    }

    private static Plan plan(String yaml) {
        return switch (PlanReader.read(PlanFile.of(yaml).as(PlanFormat.FIRST), new FakeOperations())) {
            case Reading.Valid valid -> valid.plan();
            case Reading.Invalid invalid -> throw new AssertionError("The plan is not valid: " + invalid.errors());
        };
    }
}
