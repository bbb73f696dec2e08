package dev.slipway.release.engine;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.slipway.event.EventJson;
import dev.slipway.event.Evidence;
import dev.slipway.event.ReleaseEvent.Parent;
import dev.slipway.event.ReleaseEvent.Priority;
import dev.slipway.messaging.TraceParent;
import dev.slipway.release.engine.Decision.Change;
import dev.slipway.release.journal.Journal.Cause;
import dev.slipway.release.journal.Journal.Entry;
import dev.slipway.release.lifecycle.Replay;
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
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Journals as a version of Slipway stored them, and the state after each entry. A release that is under way when Slipway
 * is upgraded goes on from there: what was stored must stay readable, mean the same, and replay to the same.
 *
 * <p>A file is written once and not changed any more. Should a test fail here, the change would break a running release.
 */
class GoldenJournalsTest {

    private static final Path GOLDEN = Path.of("src/test/resources/golden");
    /** The folder of the present version. */
    private static final String PRESENT = "0.2";

    private static final Map<String, PlanFormat> FORMATS = Map.of("0.2", PlanFormat.PRESENT);

    private static final Cause CAUSE = new Cause("ci", "127.0.0.1", "/release-service", "event-1", TraceParent.start());

    private static final JsonMapper MAPPER = mapper();

    private static JsonMapper mapper() {
        var mapper = EventJson.mapper().copy();
        mapper.registerSubtypes(Input.class.getPermittedSubclasses());
        return mapper;
    }

    /**
     * The first line of a file: what the release was begun with.
     *
     * @param fragments the texts of the stored fragments that the plan uses
     */
    record Beginning(String plan, Map<String, String> fragments) {}

    /** A further line: an entry of the journal, and the state that it led to; as JSON, as they stand in the database. */
    record Chapter(Instant at, JsonNode input, JsonNode changes, JsonNode state) {}

    record Golden(Beginning beginning, List<Chapter> chapters) {}

    static Stream<Path> files() throws IOException {
        try (var files = Files.walk(GOLDEN)) {
            return files
                    .filter(file -> file.toString().endsWith(".jsonl") && FORMATS.containsKey(version(file)))
                    .sorted()
                    .toList()
                    .stream();
        }
    }

    private static String version(Path file) {
        return file.getParent().getFileName().toString();
    }

    @ParameterizedTest
    @MethodSource("files")
    void aStoredJournalReplaysToEveryStateThatWasStored(Path file) {
        // Given
        var golden = read(file);
        var plan = plan(golden.beginning(), FORMATS.get(version(file)));
        var entries = entries(golden);

        for (var last = 0; last < entries.size(); last++) {
            // When
            var differences = Replay.differences(
                    plan,
                    entries.subList(0, last + 1),
                    List.of(golden.chapters().get(last).state()));

            // Then
            assertThat(differences).as("After entry %d", last).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void aReleaseGoesOnFromEveryStateThatWasStored(Path file) throws IOException {
        // Given
        var golden = read(file);
        var plan = plan(golden.beginning(), FORMATS.get(version(file)));

        for (var next = 1; next < golden.chapters().size(); next++) {
            // When
            var stored = MAPPER.treeToValue(golden.chapters().get(next - 1).state(), Release.class);
            var chapter = golden.chapters().get(next);
            var decision = Engine.decide(plan, stored, entry(next, chapter).input(), chapter.at());

            // Then
            assertThat(decision.release())
                    .as("After entry %d", next)
                    .isEqualTo(MAPPER.treeToValue(chapter.state(), Release.class));
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void aVersionThatKnewNothingOfAStepsOutputStoredTheSameIfThereIsNone(Path file) {
        // Given
        var golden = read(file);
        var state = golden.chapters().getLast().state();
        state.path("steps").forEach(step -> ((ObjectNode) step).remove("output"));

        // When
        var differences = Replay.differences(
                plan(golden.beginning(), FORMATS.get(version(file))), entries(golden), List.of(state));

        // Then
        assertThat(differences)
                .allSatisfy(it -> assertThat(it.path()).endsWith("/output"))
                .noneMatch(it -> it.replayed().equals("{}"));
    }

    @Test
    void allThatCanHappenStandsInAJournalOfThePresentVersion() throws IOException {
        // Given
        var chapters = files().filter(file -> version(file).equals(PRESENT))
                .flatMap(file -> read(file).chapters().stream())
                .toList();

        // Then: whoever adds an input, or a state, adds a story that has it
        assertThat(chapters.stream()
                        .map(it -> it.input().path("input").asText())
                        .collect(toSet()))
                .isEqualTo(Arrays.stream(Input.class.getPermittedSubclasses())
                        .map(Class::getSimpleName)
                        .collect(toSet()));
        assertThat(chapters.stream()
                        .map(it -> ReleaseState.valueOf(it.state().path("state").asText()))
                        .collect(toSet()))
                .isEqualTo(EnumSet.allOf(ReleaseState.class));
        assertThat(chapters.stream()
                        .flatMap(it -> it.state().path("steps").findValuesAsText("state").stream())
                        .map(StepState::valueOf)
                        .collect(toSet()))
                .isEqualTo(EnumSet.allOf(StepState.class));
    }

    private static Golden read(Path file) {
        try {
            var lines = Files.readAllLines(file);
            var chapters = new ArrayList<Chapter>();
            for (var line : lines.subList(1, lines.size())) {
                chapters.add(MAPPER.readValue(line, Chapter.class));
            }
            return new Golden(MAPPER.readValue(lines.getFirst(), Beginning.class), chapters);
        } catch (IOException e) {
            throw new UncheckedIOException("%s cannot be read".formatted(file), e);
        }
    }

    private static List<Entry> entries(Golden golden) {
        return IntStream.range(0, golden.chapters().size())
                .mapToObj(seq -> entry(seq, golden.chapters().get(seq)))
                .toList();
    }

    private static Entry entry(long seq, Chapter chapter) {
        return new Entry(
                Story.ID,
                seq,
                chapter.at(),
                CAUSE,
                MAPPER.convertValue(chapter.input(), Input.class),
                Stream.of(MAPPER.convertValue(chapter.changes(), Change[].class))
                        .toList());
    }

    private static Plan plan(Beginning beginning, PlanFormat format) {
        var file = PlanFile.of(beginning.plan())
                .as(format)
                .with(name -> Optional.ofNullable(beginning.fragments().get(name)));
        return switch (PlanReader.read(file, new FakeOperations())) {
            case Reading.Valid valid -> valid.plan();
            case Reading.Invalid invalid -> throw new AssertionError("The plan is not valid: " + invalid.errors());
        };
    }

    // ---- writing them ----

    private static final String PLAN = """
            application: shop
            environment: production
            vars: { api: "https://shop.example" }
            inputs:
              target: { options: [blue, green], default: blue }
              replicas: { type: number, required: true }
            phases:
              - name: infrastructure
                steps: [ { name: certificate, check: { tls: shop.example, expect: ["[CERTIFICATE_EXPIRATION] > 14d"] } } ]
              - name: migration
                steps:
                  - { name: backup, await: { event: BackupDone, where: { database: main }, timeout: 30m } }
                  - { name: upgrade, needs: [backup], run: deploy, with: { target: "${inputs.target}" }, until: { event: MigrationDone, timeout: 15m } }
                  - { name: lint, needs: [], run: deploy, timeout: 10m, on-failure: continue }
                  - { name: warm-up, needs: [upgrade], if: "inputs.target == green", run: deploy }
              - name: smoke
                steps:
                  - { name: serves, check: { http: "${api}/health", expect: ["[STATUS] == 200"] }, retry: { attempts: 3, backoff: 20s } }
                  - { uses: webhook, name: stripe, with: { source: stripe } }
                  - { name: deploy, run: deploy, with: { target: "${steps.migration.upgrade.output.revision}" }, approve: { by: release-managers, timeout: 2h }, on-failure: ask }
              - name: go-live
                steps:
                  - { name: approval, approve: { by: release-managers, text: "Is ${release.version} announced?" } }
                  - { name: soak, watch: { for: 15m, monitors: [health] } }
            monitors: [ { name: health, http: "${api}/health", expect: ["[STATUS] == 200"], degraded-after: 2 } ]
            rollback:
              when: [health-degraded, step-failed]
              within: 20m
              steps:
                - { name: revert, run: revert, if: smoke.deploy }
                - { name: downgrade, run: downgrade, until: { event: MigrationReverted }, if: migration.upgrade }
                - { name: verify, check: { http: "${api}/health", expect: ["[STATUS] == 200"] } }
                - { name: restore, run: revert, approve: { by: on-call }, if: failed(downgrade) || failed(verify) }
            pause: { timeout: 2d, then: roll-back }
            notify: [ { channel: slack, on: [release, health] } ]
            """;

    private static final Optional<String> STOP = Optional.of("the line is stopped by ada: payments are down");

    private static final Map<String, String> FRAGMENTS = Map.of("webhook", """
            fragment: webhook
            parameters: { source: {} }
            steps:
              - { name: refuses, check: { http: "POST ${api}/webhooks/${with.source}", expect: ["[STATUS] == 400"] } }
              - { name: takes, await: { event: WebhookVerified, where: { source: "${with.source}" }, timeout: 2h } }
            """);

    private static final Beginning BEGINNING = new Beginning(PLAN, FRAGMENTS);

    private static final Input.Requested REQUEST = new Input.Requested(
            "ci",
            "1.4.0",
            Optional.of("c0ffee"),
            Optional.of(Story.START.minus(Duration.ofHours(3))),
            Optional.of("the checkout answers 500"),
            3,
            Map.of("replicas", "4"),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());

    private static Story queued() {
        return Story.asked(plan(BEGINNING, PlanFormat.PRESENT), REQUEST.inputs());
    }

    private static final Beginning TRAIN = new Beginning("""
            application: platform
            environment: production
            phases:
              - name: services
                steps:
                  - { name: api, release: { application: api, environment: production, inputs: { quick: "true" } } }
                  - { name: web, release: { application: web, environment: production, version: "web-${release.version}" } }
              - name: smoke
                steps: [ { name: all, await: { event: Tried } } ]
            """, Map.of());

    /** It goes on without a part that takes too long. */
    private static final Beginning LENIENT_TRAIN = new Beginning(
            TRAIN.plan().replace("{ name: api, release", "{ name: api, timeout: 30m, on-failure: continue, release"),
            Map.of());

    private static final Beginning PART = new Beginning("""
            application: api
            environment: production
            phases: [ { name: only, steps: [ { name: deploy, run: deploy } ] } ]
            rollback: { steps: [ { name: revert, run: revert } ] }
            """, Map.of());

    private static final Parent PARENT =
            new Parent(UUID.fromString("0195a000-0000-7000-8000-00000000000a"), "platform", "production");

    private static final Input.Requested REQUEST_OF_PART = new Input.Requested(
            "ci",
            "1.4.0",
            Optional.of("c0ffee"),
            Optional.empty(),
            Optional.empty(),
            3,
            Map.of(),
            Optional.of(Priority.HOTFIX),
            Optional.of("customers cannot pay"),
            Optional.of(PARENT));

    private static final Input.Requested REQUEST_OF_TRAIN = new Input.Requested(
            "ci",
            "1.4.0",
            Optional.of("c0ffee"),
            Optional.empty(),
            Optional.empty(),
            3,
            Map.of(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());

    /** A story, and how it begins. */
    private record Tale(Beginning beginning, Input.Requested request, Story story) {

        static Tale of(Story story) {
            return new Tale(BEGINNING, REQUEST, story);
        }
    }

    private static Tale train(UnaryOperator<Story> story) {
        var ready = Story.asked(plan(TRAIN, PlanFormat.PRESENT), Map.of())
                .turnCame()
                .childReady("services.api")
                .childReady("services.web");
        return new Tale(TRAIN, REQUEST_OF_TRAIN, story.apply(ready));
    }

    /** A train that succeeded without its first part, and came back later: that part is not told to. */
    private static Tale trainWithout(Beginning beginning, UnaryOperator<Story> leftBehind) {
        var begun = Story.asked(plan(beginning, PlanFormat.PRESENT), Map.of()).turnCame();
        return new Tale(
                beginning,
                REQUEST_OF_TRAIN,
                leftBehind
                        .apply(begun)
                        .childReady("services.web")
                        .reported("Tried")
                        .rollbackAsked()
                        .childEnded("services.web", ReleaseState.ROLLED_BACK));
    }

    private static Tale part(Input end) {
        var story =
                Story.partOf(PARENT, plan(PART, PlanFormat.PRESENT)).turnCame().operationDone("only.deploy");
        story.given(end);
        return new Tale(
                PART,
                REQUEST_OF_PART,
                story.state() == ReleaseState.ROLLING_BACK ? story.operationDone("rollback.revert") : story);
    }

    private static Story begun() {
        return queued().turnCame()
                .reported("BackupDone", Map.of("database", "main"))
                .checkPassed("infrastructure.certificate");
    }

    private static Story migrated() {
        return begun().reported(
                        "MigrationDone", Map.of("revision", 41, "run", Map.of("id", 7, "tries", List.of(1, 2.5))))
                .operationFailed("migration.lint")
                .after(Duration.ofMinutes(3))
                .operationDone("migration.upgrade", new Evidence("it is done", Map.of("status", 200)));
    }

    /** The deployment awaits its approval. */
    private static Story approvable() {
        return migrated()
                .checkFailed("smoke.serves")
                .after(Duration.ofSeconds(20))
                .checkPassed("smoke.serves")
                .checkPassed("smoke.stripe-refuses")
                .webhook(Map.of("source", "stripe", "eventId", "evt_1"));
    }

    /** The deployment has failed, and a decision is awaited. */
    private static Story asking() {
        return approvable().approved().operationFailed("smoke.deploy");
    }

    private static Story deployed() {
        return asking().retryAsked().approved("deploy").operationDone("smoke.deploy");
    }

    /** The whole way back is gone. */
    private static Story rolledBack(Story back) {
        return back.operationDone("rollback.revert")
                .operationDone("rollback.downgrade")
                .reported("MigrationReverted")
                .checkPassed("rollback.verify");
    }

    /** Its time was over while the line was stopped. */
    private static Story renewed() {
        var story = asking();
        story.timers().remove("pause");
        return story.after(Duration.ofDays(2)).given(new Input.TimeCame("pause", STOP));
    }

    /** Its operation was tried again and again, and its time was over. */
    private static Story heldUp() {
        var story = begun();
        var timer = story.workId("migration.upgrade");
        story.timers().remove(timer);
        return story.after(Duration.ofMinutes(15))
                .given(new Input.TimeCame(timer, Optional.of("POST https://ci.example/upgrade answered 503 (try 21)")));
    }

    private static Map<String, Tale> stories() {
        var stories = new TreeMap<String, Tale>();
        plain().forEach((name, story) -> stories.put(name, Tale.of(story)));
        stories.put("train", train(story -> story.reported("Tried")));
        stories.put(
                "train-back",
                train(story -> story.after(Duration.ofHours(24))
                        .childEnded("services.web", ReleaseState.ROLLED_BACK)
                        .childEnded("services.api", ReleaseState.ROLLED_BACK)));
        stories.put(
                "train-aborted",
                train(story -> story.childEndedByItself("services.web", ReleaseState.ABORTED)
                        .childEnded("services.web", ReleaseState.ROLLED_BACK)
                        .childEnded("services.api", ReleaseState.ROLLED_BACK)));
        stories.put(
                "train-lost",
                train(story -> story.rollbackAsked()
                        .childEnded("services.web", ReleaseState.FAILED)
                        .childEndedUntouched("services.api", ReleaseState.ABORTED)));
        stories.put(
                "train-crossed",
                train(story -> story.rollbackAsked()
                        .childEndedByItself("services.web", ReleaseState.ABORTED)
                        .childEnded("services.web", ReleaseState.ROLLED_BACK)
                        .childEnded("services.api", ReleaseState.ROLLED_BACK)));
        stories.put(
                "train-left",
                train(story -> story.childEnded("services.web", ReleaseState.FAILED)
                        .childEnded("services.api", ReleaseState.ROLLED_BACK)));
        stories.put(
                "train-without-a-skipped-part",
                trainWithout(TRAIN, story -> story.skipAsked("services.api").childReady("services.api")));
        stories.put(
                "train-without-a-late-part", trainWithout(LENIENT_TRAIN, story -> story.after(Duration.ofMinutes(30))));
        stories.put(
                "part-without-its-train",
                new Tale(
                        PART,
                        REQUEST_OF_PART,
                        Story.partOf(PARENT, plan(PART, PlanFormat.PRESENT))
                                .turnCame()
                                .given(new Input.ParentSucceeded())
                                .operationDone("only.deploy")));
        stories.put("part", part(new Input.ParentSucceeded()));
        stories.put("part-back", part(new Input.ParentTurnedBack("the smoke test failed", Optional.empty())));
        return stories;
    }

    private static Map<String, Story> plain() {
        var stories = new TreeMap<String, Story>();
        stories.put("superseded", queued().given(new Input.Superseded(Story.NEWER, "1.5.0")));
        stories.put("refused", queued().given(new Input.Refused("another is running, and the plan refuses")));
        stories.put("opted-out", queued().given(new Input.OptOutAsked("ada", "customers cannot pay")));
        stories.put("skipped", queued().turnCame().skipAsked("infrastructure.certificate"));
        stories.put("rejected", rolledBack(deployed().rejected()));
        stories.put(
                "back-after-its-end",
                rolledBack(
                        deployed().approved().watchEnded("go-live.soak", true).rollbackAsked()));
        stories.put("approved-in-a-pause", approvable().pauseAsked().approved().resumeAsked());
        stories.put(
                "stopped",
                asking().given(new Input.ResumeAsked("ada", Optional.empty(), STOP))
                        .given(new Input.RetryAsked("ada", Optional.empty(), Optional.empty(), STOP))
                        .given(new Input.SkipAsked("ada", "deploy", "not today", STOP)));
        stories.put("paused-too-long", rolledBack(asking().after(Duration.ofDays(2))));
        stories.put("pause-renewed", renewed());
        stories.put("timed-out-after-setbacks", heldUp());
        stories.putAll(Map.of(
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
                "rollback-failed",
                begun().rollbackAsked()
                        .operationDone("migration.upgrade")
                        .reported("MigrationDone", Map.of("revision", 41))
                        .operationDone("rollback.downgrade")
                        .reported("MigrationReverted")
                        .after(Duration.ofHours(1)),
                "failed",
                queued().turnCame().checkFailed("infrastructure.certificate"),
                "timed-out",
                queued().turnCame().checkPassed("infrastructure.certificate").after(Duration.ofHours(1)),
                "aborted",
                begun().after(Duration.ofMinutes(1)).pauseAsked().abortAsked(),
                "paused",
                migrated().pauseAsked(),
                "soaking",
                deployed().approved().after(Duration.ofMinutes(5))));
        return stories;
    }

    /** Writes the stories that have no file yet. */
    @Test
    @EnabledIfSystemProperty(named = "slipway.golden.write", matches = "true")
    void writeThem() throws IOException {
        Files.createDirectories(GOLDEN.resolve(PRESENT));
        for (var story : stories().entrySet()) {
            var file = GOLDEN.resolve(PRESENT).resolve(story.getKey() + ".jsonl");
            if (Files.notExists(file)) {
                Files.write(file, lines(story.getValue()));
            }
        }
    }

    private static List<String> lines(Tale tale) throws IOException {
        var story = tale.story();
        var lines = new ArrayList<String>();
        lines.add(MAPPER.writeValueAsString(tale.beginning()));
        var decision = Engine.request(Story.ID, story.plan(), tale.request(), Story.START);
        lines.add(MAPPER.writeValueAsString(chapter(Story.START, tale.request(), decision)));
        for (var told : story.told()) {
            decision = Engine.decide(story.plan(), decision.release(), told.input(), told.at());
            if (decision.matters()) {
                lines.add(MAPPER.writeValueAsString(chapter(told.at(), told.input(), decision)));
            }
        }
        return lines;
    }

    private static Chapter chapter(Instant at, Input input, Decision decision) {
        return new Chapter(
                at,
                json(input, Input.class),
                json(decision.changes(), List.class),
                json(decision.release(), Release.class));
    }

    private static JsonNode json(Object value, Class<?> as) {
        try {
            return MAPPER.readTree(MAPPER.writerFor(as).writeValueAsString(value));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
