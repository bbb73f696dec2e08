package dev.slipway.release.plan.format;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import dev.slipway.release.plan.FakeOperations;
import dev.slipway.release.plan.format.PlanReader.Reading;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * The published schema and the reader are of one mind. What the schema refuses the reader refuses; and the reader
 * refuses more than the schema only for what a schema cannot see: what names refer to, and what texts say in the
 * languages of conditions.
 */
class PlanSchemaTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private static final JsonSchema SCHEMA = schema();

    /** A plan that says everything that can be said. */
    private static final String EVERYTHING = """
            application: shop
            environment: production
            description: Releases the shop
            inputs:
              strategy: { type: choice, options: [rolling, blue-green], required: true, description: How }
              replicas: { type: number, default: 3 }
              quick: { type: boolean, default: false }
              note: {}
            vars: { api: "https://shop.example", port: 443 }
            phases:
              - name: infrastructure
                description: What must be there
                steps:
                  - name: certificate
                    description: Is renewed in time
                    check: { tls: shop.example, expect: ["[CERTIFICATE_EXPIRATION] > 14d"], timeout: 5s }
                    retry: { attempts: 3, backoff: 10s, max-backoff: 1m }
                  - name: database
                    needs: []
                    check: { http: "POST ${api}/health", headers: { X: 1 }, body: "{}", expect: ["[STATUS] == 200"] }
              - name: migration
                steps:
                  - { name: backup, await: { event: BackupDone, where: { database: main }, timeout: 30m } }
                  - name: upgrade
                    if: inputs.strategy == rolling && succeeded(backup)
                    run: deploy
                    with: { target: "${steps.backup.output.file}", deep: { list: [1, true, x] } }
                    until: { event: MigrationDone, timeout: 15m }
                    approve: { by: release-managers, text: Look at it, timeout: 1h, approvals: 2, self-approval: true }
                    timeout: 20m
                    on-failure: ask
                  - { uses: webhook, name: stripe, needs: [upgrade], if: upgrade, with: { source: stripe } }
              - name: go-live
                steps:
                  - { name: approval, approve: { by: release-managers } }
                  - { name: api, release: { application: api, environment: production, version: "${release.version}", inputs: { quick: true } }, timeout: 2h }
                  - { name: soak, watch: { for: 15m, monitors: [health, latency] } }
            monitors:
              - { name: health, description: Well, level: critical, http: "${api}/health", every: 30s, timeout: 5s, expect: ["[STATUS] == 200"], degraded-after: 2, recovered-after: 3 }
              - { name: latency, level: warning, http: "${api}/health", expect: ["[RESPONSE_TIME] < 300ms"], headers: {}, body: x }
              - { name: certificate, tls: shop.example, expect: ["[CONNECTED] == true"] }
            rollback:
              when: [health-degraded, step-failed]
              within: 5m
              steps:
                - { name: revert, run: revert, if: migration.upgrade }
                - { name: verify, check: { http: "${api}/health", expect: ["[STATUS] == 200"] } }
            queue: { when-taken: supersede, timeout: 12h }
            pause: { timeout: 3d, then: roll-back }
            notify:
              - { channel: slack, on: [release, health], to: { room: "#releases" } }
            contacts:
              - { role: On-call, contact: "+1-555", available: 24/7 }
            fragments:
              webhook:
                description: A webhook
                parameters: { source: { description: Which }, patience: { default: 2h } }
                steps:
                  - { name: takes, await: { event: WebhookVerified, where: { source: "${with.source}" }, timeout: "${with.patience}" } }
            """;

    /** What no schema can see. */
    private static final Pattern BEYOND_SCHEMAS = Pattern.compile("""
            \\$\\{.*
            |The\\ (condition|step|monitor|operation|fragment|variable|environment)\\ .*
            |A\\ condition\\ is\\ empty;.*
            |There\\ is\\ (a|no)\\ .*
            |The\\ option\\ '.*'\\ stands\\ there\\ twice.*
            |stands\\ there\\ twice.*
            |must\\ be\\ more\\ than\\ nothing\\ and\\ at\\ most\\ 30d
            |'max-backoff'\\ is\\ shorter.*
            |.*\\ is\\ told\\ by\\ Slipway\\ itself;.*
            |A\\ release\\ cannot\\ be\\ part\\ of\\ .*
            |A\\ watch\\ of\\ nothing\\ but\\ warnings.*
            |must\\ be\\ (a\\ number|true\\ or\\ false),\\ but\\ is.*
            |may\\ have\\ (no|at\\ most)\\ .*
            |has\\ a\\ NUL\\ character.*
            |'target'\\ must\\ be\\ a\\ text
            """, Pattern.COMMENTS | Pattern.DOTALL);

    private static JsonSchema schema() {
        try (var file = PlanSchemaTest.class.getResourceAsStream("/META-INF/resources/schemas/plan.json")) {
            return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                    .getSchema(JSON.readTree(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<PlanError> errors(String yaml) {
        var environments = PlanReader.environments(yaml);
        var files = environments.isEmpty()
                ? Stream.of(PlanFile.of(yaml))
                : environments.stream().map(PlanFile.of(yaml)::in);
        return files.flatMap(file -> switch (PlanReader.read(file, new FakeOperations())) {
                    case Reading.Valid valid -> Stream.<PlanError>empty();
                    case Reading.Invalid invalid -> invalid.errors().stream();
                })
                .toList();
    }

    /** Whether a schema could know of an error, too. */
    private static boolean isSeenBySchemas(PlanError error) {
        var isOfFragmentInUse =
                error.path().startsWith("fragments.") || error.path().contains(".with");
        var isOfOverlay = error.path().startsWith("environments.");
        var isOfDefault = error.path().matches("inputs\\..*\\.default");
        return !isOfFragmentInUse
                && !isOfOverlay
                && !isOfDefault
                && !BEYOND_SCHEMAS.matcher(error.message()).matches();
    }

    /** The file as an editor sees it. */
    private static JsonNode json(String yaml) {
        var settings = LoadSettings.builder().setCodePointLimit(10_000_000).build();
        return JSON.valueToTree(shown(new Load(settings).loadFromString(References.hide(yaml))));
    }

    private static Object shown(Object value) {
        return switch (value) {
            case null -> null;
            case String text -> References.show(text);
            case List<?> list -> list.stream().map(PlanSchemaTest::shown).toList();
            case Map<?, ?> map -> {
                var all = new LinkedHashMap<String, Object>();
                map.forEach((key, item) -> all.put(References.show(String.valueOf(key)), shown(item)));
                yield all;
            }
            default -> value;
        };
    }

    private static void assertSameMind(String yaml, JsonNode json) {
        var errors = errors(yaml);
        var messages = SCHEMA.validate(json);
        if (!messages.isEmpty()) {
            assertThat(errors)
                    .as("The schema says %s of\n%s", shownMessages(messages), yaml)
                    .isNotEmpty();
        }
        if (messages.isEmpty()) {
            assertThat(errors.stream().filter(PlanSchemaTest::isSeenBySchemas))
                    .as("The schema is content with\n%s", yaml)
                    .isEmpty();
        }
    }

    private static List<String> shownMessages(Set<ValidationMessage> messages) {
        return messages.stream().map(ValidationMessage::getMessage).toList();
    }

    // ---- plans that are right ----

    static Stream<String> validPlans() {
        return Stream.of(
                EVERYTHING,
                PlanReaderTest.SOLACORE,
                "application: a\nphases: [ { name: a, steps: [ { name: it, run: deploy } ] } ]\n"
                        + "environments: { staging: ~, production: { phases: { a: { steps: { it: { timeout: 3m } } } } } }",
                "application: 1\nenvironment: 2.5\nphases: [ { name: 7, steps: [ { name: true, run: deploy, approve: { by: 1 } } ] } ]");
    }

    @ParameterizedTest
    @MethodSource("validPlans")
    void whatTheReaderAcceptsTheSchemaAccepts(String yaml) {
        assertThat(errors(yaml)).isEmpty();
        assertThat(shownMessages(SCHEMA.validate(json(yaml)))).isEmpty();
    }

    static Stream<Path> readyPlans() {
        return ReadyPlans.files();
    }

    @ParameterizedTest
    @MethodSource("readyPlans")
    void theReadyPlansTellEditorsTheirSchemaAndAreRightForThemToo(Path file) {
        // Given
        var yaml = ReadyPlans.text(file);

        // Then
        assertThat(yaml).startsWith("# yaml-language-server: $schema=");
        var schema = yaml.lines().findFirst().orElseThrow().replaceFirst(".*=", "");
        assertThat(file.resolveSibling(schema)).exists();
        assertThat(JSON.<JsonNode>valueToTree(new Load(LoadSettings.builder().build()).loadFromString(yaml)))
                .isEqualTo(json(yaml));
        assertThat(shownMessages(SCHEMA.validate(json(yaml)))).isEmpty();
    }

    // ---- plans that are wrong ----

    static Stream<String> wrongPlans() {
        var steps = WrongPlansTest.steps().map(Arguments::get).map(it -> WrongPlansTest.STEP.formatted(it[0]));
        var plans = WrongPlansTest.plans().map(Arguments::get).map(it -> (String) it[0]);
        return Stream.concat(steps, plans);
    }

    @ParameterizedTest
    @MethodSource("wrongPlans")
    void whatTheReaderRefusesTheSchemaRefusesAsFarAsItCanSee(String yaml) {
        try {
            assertSameMind(yaml, json(yaml));
        } catch (YamlEngineException e) {
            // What is no YAML, no schema sees.
            assertThat(errors(yaml)).isNotEmpty();
        }
    }

    /** A change somewhere in a plan: which place, and what becomes of it. */
    private record Change(int place, int what, String name, JsonNode value) {}

    @Provide
    Arbitrary<List<Change>> changes() {
        var names = Arbitraries.of(
                "name",
                "steps",
                "check",
                "await",
                "run",
                "approve",
                "watch",
                "timeout",
                "if",
                "needs",
                "expect",
                "http",
                "tls",
                "with",
                "until",
                "retry",
                "on-failure",
                "level",
                "uses",
                "type",
                "options",
                "default",
                "required",
                "typo",
                "environment",
                "environments",
                "1st",
                "Bad Name");
        var values = Arbitraries.of(
                        "null",
                        "true",
                        "7",
                        "0",
                        "-1",
                        "1000",
                        "2.5",
                        "\"text\"",
                        "\"15m\"",
                        "\"31d\"",
                        "\"soon\"",
                        "\"\"",
                        "[]",
                        "[\"a\"]",
                        "[\"[STATUS] == 200\"]",
                        "{}",
                        "{\"event\": \"Done\"}",
                        "{\"by\": \"us\"}",
                        "{\"attempts\": 2}",
                        "{\"name\": \"x\", \"run\": \"deploy\"}",
                        "\"https://x\"",
                        "\"GET x\"",
                        "\"warning\"",
                        "\"choice\"",
                        "\"roll-back\"",
                        "\"rollback\"",
                        "[{}]",
                        "[[]]",
                        "\"~\"")
                .map(PlanSchemaTest::parsed);
        return Combinators.combine(
                        Arbitraries.integers().between(0, 100_000),
                        Arbitraries.integers().between(0, 4),
                        names,
                        values)
                .as(Change::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(4);
    }

    private static JsonNode parsed(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Property(tries = 5000)
    void whateverIsChangedInAPlanTheSchemaAndTheReaderAgree(@ForAll("changes") List<Change> changes)
            throws JsonProcessingException {
        // Given
        var plan = json(EVERYTHING);
        changes.forEach(change -> apply(change, plan));

        // Then
        assertSameMind(JSON.writeValueAsString(plan), plan);
    }

    private static void apply(Change change, JsonNode plan) {
        var containers = new ArrayList<JsonNode>();
        collect(plan, containers);
        var container = containers.get(change.place() % containers.size());
        switch (container) {
            case ObjectNode object -> {
                var keys = new ArrayList<String>();
                object.fieldNames().forEachRemaining(keys::add);
                var key = keys.isEmpty() ? change.name() : keys.get(change.place() % keys.size());
                switch (change.what()) {
                    case 0 -> object.remove(key);
                    case 1 -> object.set(key, change.value());
                    case 2 -> object.set(change.name(), change.value());
                    case 3 -> object.set(change.name(), object.remove(key));
                    default -> object.set(change.name(), object.path(key));
                }
            }
            case ArrayNode array
            when !array.isEmpty() -> {
                var index = change.place() % array.size();
                switch (change.what()) {
                    case 0 -> array.remove(index);
                    case 1 -> array.set(index, change.value());
                    case 2 -> array.add(change.value());
                    case 3 -> array.removeAll();
                    default -> array.add(array.get(index).deepCopy());
                }
            }
            default -> {}
        }
    }

    private static void collect(JsonNode node, List<JsonNode> containers) {
        if (node.isContainerNode()) {
            containers.add(node);
            node.forEach(child -> collect(child, containers));
        }
    }

    @Test
    void theSchemaIsOneOfTheDraftThatItNames() {
        // Given
        var draft = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                .getSchema(SchemaLocation.of("https://json-schema.org/draft/2020-12/schema"));

        // Then
        assertThat(shownMessages(draft.validate(SCHEMA.getSchemaNode()))).isEmpty();
    }
}
