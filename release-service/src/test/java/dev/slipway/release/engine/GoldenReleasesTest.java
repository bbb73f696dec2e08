package dev.slipway.release.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.slipway.event.EventJson;
import dev.slipway.release.plan.FakeOperations;
import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.format.PlanFile;
import dev.slipway.release.plan.format.PlanFormat;
import dev.slipway.release.plan.format.PlanReader;
import dev.slipway.release.plan.format.PlanReader.Reading;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Releases as earlier versions of Slipway stored them: the plan, and after each input the state. A release that was
 * under way when Slipway is upgraded goes on from there, so the state must stay readable, and the same inputs must lead
 * on as they did.
 *
 * <p>A folder is written once, for a version, and not changed any more.
 */
class GoldenReleasesTest {

    private static final Path GOLDEN = Path.of("src/test/resources/golden");
    /** The folder that is written by {@code -Dslipway.golden.write=true}. */
    private static final String PRESENT = "0.1";

    /** The formats of plans that older versions stored. */
    private static final Map<String, PlanFormat> FORMATS = Map.of("0.1", PlanFormat.FIRST);

    private static final JsonMapper MAPPER = mapper();

    private static JsonMapper mapper() {
        var mapper = EventJson.mapper().copy();
        mapper.registerSubtypes(Input.class.getPermittedSubclasses());
        mapper.enable(SerializationFeature.INDENT_OUTPUT);
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
        var plan = plan(
                golden.plan(),
                FORMATS.getOrDefault(file.getParent().getFileName().toString(), PlanFormat.PRESENT));
        var release = MAPPER.treeToValue(golden.requested(), Release.class);

        for (var chapter : golden.chapters()) {
            // When
            var input = MAPPER.treeToValue(chapter.input(), Input.class);
            release = Engine.decide(plan, release, input, chapter.at()).release();

            // Then
            assertThat(release)
                    .as("After %s", chapter.input())
                    .isEqualTo(MAPPER.treeToValue(chapter.release(), Release.class));
        }
    }

    private static Plan plan(String yaml, PlanFormat format) {
        return switch (PlanReader.read(PlanFile.of(yaml).as(format), new FakeOperations())) {
            case Reading.Valid valid -> valid.plan();
            case Reading.Invalid invalid -> throw new AssertionError("The plan is not valid: " + invalid.errors());
        };
    }

    // ---- writing them ----

    private static final String PLAN = """
            phases:
              - name: migration
                steps:
                  - { name: backup, await: { event: BackupDone, where: { database: main } } }
                  - { name: upgrade, run: deploy, with: { target: "${release.version}" }, until: { event: MigrationDone, timeout: 15m } }
                  - { name: deploy, run: deploy, approve: { by: release-managers, timeout: 2h }, on-failure: ask }
                  - { name: serves, check: { http: "https://shop.example/health", expect: ["[STATUS] == 200"] } }
                  - { name: warm-up, needs: [deploy], run: deploy, on-failure: continue }
              - name: go-live
                steps:
                  - { name: approval, approve: { by: release-managers } }
                  - { name: soak, watch: { for: 15m, monitors: [health] } }
            monitors: [ { name: health, http: "https://shop.example/health", expect: ["[STATUS] == 200"] } ]
            rollback:
              when: [health-degraded, step-failed]
              within: 20m
              steps:
                - { name: revert, run: revert, if: migration.deploy }
                - { name: downgrade, run: downgrade, until: { event: MigrationReverted }, if: migration.upgrade }
                - { name: verify, check: { http: "https://shop.example/health", expect: ["[STATUS] == 200"] } }
                - { name: restore, run: revert, approve: { by: on-call }, if: failed(downgrade) || failed(verify) }
            """;

    private static Story deployed() {
        return Story.begun(PLAN)
                .reported("MigrationDone")
                .reported("BackupDone", Map.of("database", "main"))
                .operationDone("migration.upgrade")
                .approved()
                .operationFailed("migration.deploy")
                .retryAsked()
                .approved("deploy")
                .operationDone("migration.deploy")
                .checkPassed("migration.serves")
                .operationFailed("migration.warm-up");
    }

    private static final Map<String, Story> STORIES = Map.of(
            "succeeded",
            deployed().approved().pauseAsked().resumeAsked().watchEnded("go-live.soak", true),
            "rolled-back",
            deployed()
                    .approved()
                    .degraded("health")
                    .operationDone("rollback.revert")
                    .operationFailed("rollback.downgrade")
                    .checkPassed("rollback.verify")
                    .approved()
                    .operationDone("rollback.restore"),
            "drained",
            Story.begun(PLAN)
                    .reported("BackupDone", Map.of("database", "main"))
                    .rollbackAsked()
                    .operationDone("migration.upgrade")
                    .reported("MigrationDone")
                    .operationDone("rollback.downgrade")
                    .reported("MigrationReverted")
                    .after(Duration.ofHours(1)),
            "aborted",
            Story.begun(PLAN).after(Duration.ofMinutes(1)).pauseAsked().abortAsked());

    @Test
    @EnabledIfSystemProperty(named = "slipway.golden.write", matches = "true")
    void writeThem() throws IOException {
        Files.createDirectories(GOLDEN.resolve(PRESENT));
        for (var story : STORIES.entrySet()) {
            var plan = "application: shop\nenvironment: production\n" + PLAN;
            var requested = Story.queued(PLAN).release();
            var release = requested;
            var chapters = new ArrayList<Chapter>();
            for (var told : story.getValue().told()) {
                release = Engine.decide(plan(plan, PlanFormat.PRESENT), release, told.input(), told.at())
                        .release();
                chapters.add(new Chapter(told.at(), json(told.input(), Input.class), json(release, Release.class)));
            }
            Files.writeString(
                    GOLDEN.resolve(PRESENT).resolve(story.getKey() + ".json"),
                    MAPPER.writeValueAsString(new Golden(plan, json(requested, Release.class), chapters)) + "\n");
        }
    }

    private static JsonNode json(Object value, Class<?> as) {
        try {
            return MAPPER.readTree(MAPPER.writerFor(as).writeValueAsString(value));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
