package dev.slipway.system;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

@DisplayName(
        "Two replicas of release-service that are killed again and again, while Kafka restarts and connections are cut")
class ChaosTest {

    /** Fewer, or more, with {@code -Dslipway.chaos.releases}. */
    private static final int RELEASES = Integer.getInteger("slipway.chaos.releases", 1_000);

    private static final int ENVIRONMENTS = 50;

    /** At so many a time releases are asked for: as many as there are connections of CI, more or less. */
    private static final int CALLERS = 16;

    private static final Duration ALL = Duration.ofMinutes(6);
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private static final String PLAN = """
            application: chaos
            environment: %s
            vars: { provider: "%s" }
            inputs: { fate: { options: [WELL, REFUSED, UNHEARD_OF] } }
            phases:
              - name: migration
                steps:
                  - name: upgrade
                    run: http
                    with: { url: "${provider}/MigrationDone" }
                    until: { event: MigrationDone, timeout: 15m }
              - name: mobile
                steps:
                  - { name: build, run: http, with: { url: "${provider}/MobileBuildDone", body: "${inputs.fate}" } }
                  - { name: built, await: { event: MobileBuildDone, timeout: 15m } }
              - name: go-live
                steps:
                  - { name: sign, await: { event: SignOfLife, timeout: 1s }, if: inputs.fate == UNHEARD_OF }
            rollback:
              when: [step-failed]
              within: 15m
              steps:
                - { name: downgrade, run: http, with: { url: "${provider}/MigrationReverted" }, until: { event: MigrationReverted } }
            """;

    private static ReleaseSystem slipway;
    private static Provider provider;

    /** What becomes of a release, and what it has done at the provider by then. */
    private enum Fate {
        WELL("SUCCEEDED", "migration/upgrade", "mobile/build"),
        /** The provider refuses an operation. */
        REFUSED("ROLLED_BACK", "migration/upgrade", "rollback/downgrade"),
        /** A report that is awaited does not come. */
        UNHEARD_OF("ROLLED_BACK", "migration/upgrade", "mobile/build", "rollback/downgrade");

        private final String end;
        private final String[] operations;

        Fate(String end, String... operations) {
            this.end = end;
            this.operations = operations;
        }

        /** One in ten is refused, one in ten not heard of, in every environment. */
        static Fate of(int number) {
            return switch ((number + number / ENVIRONMENTS) % 10) {
                case 3 -> REFUSED;
                case 7 -> UNHEARD_OF;
                default -> WELL;
            };
        }

        Stream<String> operationsOf(String release) {
            return Stream.of(operations).map(step -> "%s/%s/1".formatted(release, step));
        }
    }

    @BeforeAll
    static void start() throws Exception {
        slipway = ReleaseSystem.start(
                2, Map.of("SLIPWAY_MESSAGING_SESSION_TIMEOUT", "3s", "SLIPWAY_OPERATIONS_LEASE", "3s"));
        provider = Provider.start(slipway);
        for (var number = 0; number < ENVIRONMENTS; number++) {
            var environment = environment(number);
            slipway.store("/api/v1/plans/chaos/" + environment, PLAN.formatted(environment, provider.uri()));
        }
    }

    @AfterAll
    static void stop() {
        provider.close();
        slipway.close();
    }

    @Test
    void allReleasesEndAsTheyShouldOnceWithEachOperationDoneOnce(TestReporter reporter) throws Exception {
        // Given
        var began = Instant.now();
        var havoc = Havoc.start(slipway);

        // When
        Map<String, Fate> fates;
        try (havoc) {
            fates = askForAll();
            await("the end of all releases")
                    .pollInterval(Duration.ofMillis(500))
                    .atMost(ALL)
                    .until(() -> slipway.rows("SELECT id FROM release.release WHERE ended_at IS NULL")
                                    .isEmpty()
                            && havoc.restartsOfKafka() > 0);
        }
        reporter.publishEntry("%d releases in %d s: %s; %d calls of the provider for %d operations"
                .formatted(
                        RELEASES,
                        Duration.between(began, Instant.now()).toSeconds(),
                        havoc,
                        provider.calls(),
                        provider.effects().size()));

        // Then
        assertEndsOnce(fates);
        assertEachOperationWasDoneOnce(fates);
        assertNothingIsLeft();
        assertJournalsReplay();
        for (var replica : slipway.replicas()) {
            assertThat(replica.errors())
                    .noneMatch(line -> line.contains("nothing would wake it"))
                    .noneMatch(line -> line.contains("dead letter"));
        }
    }

    /** Asks for all releases, and says what is to become of each. */
    private static Map<String, Fate> askForAll() throws Exception {
        try (var callers =
                Executors.newFixedThreadPool(CALLERS, Thread.ofVirtual().factory())) {
            var asked = new HashMap<String, Fate>();
            var answers = callers.invokeAll(IntStream.range(0, RELEASES)
                    .<Callable<String>>mapToObj(number -> () -> ask(number))
                    .toList());
            for (var number = 0; number < RELEASES; number++) {
                asked.put(answers.get(number).get(), Fate.of(number));
            }
            return asked;
        }
    }

    private static String ask(int number) throws Exception {
        var body = JSON.createObjectNode()
                .put("application", "chaos")
                .put("environment", environment(number % ENVIRONMENTS))
                .put("version", "1." + number);
        body.putObject("inputs").put("fate", Fate.of(number).name());
        return JSON.readTree(slipway.post("/api/v1/releases", "release-" + number, body.toString()))
                .path("id")
                .asText();
    }

    private static void assertEndsOnce(Map<String, Fate> fates) throws Exception {
        var expected = fates.entrySet().stream().collect(toMap(Map.Entry::getKey, release -> release.getValue().end));
        assertThat(slipway.rows("SELECT id || ' ' || state FROM release.release"))
                .containsExactlyInAnyOrderElementsOf(lines(expected));
        assertThat(slipway.rows("""
                        SELECT release_id || ' ' || (change ->> 'to')
                        FROM release.journal, jsonb_array_elements(changes) AS change
                        WHERE change -> 'step' IS NULL AND change ->> 'to' NOT IN ('QUEUED', 'RUNNING', 'ROLLING_BACK')
                        """)).containsExactlyInAnyOrderElementsOf(lines(expected));
    }

    private static void assertEachOperationWasDoneOnce(Map<String, Fate> fates) throws Exception {
        var expected = fates.entrySet().stream()
                .flatMap(release -> release.getValue().operationsOf(release.getKey()))
                .toList();
        assertThat(provider.effects()).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(slipway.rows("SELECT key FROM release.operation WHERE state = 'SUCCEEDED'"))
                .containsExactlyInAnyOrderElementsOf(expected);
        assertThat(provider.unheard()).isEmpty();
    }

    private static void assertNothingIsLeft() throws Exception {
        assertThat(slipway.rows("SELECT release_id || ' ' || name FROM release.timer"))
                .as("timers")
                .isEmpty();
        assertThat(slipway.rows("SELECT key FROM release.operation WHERE state IN ('PENDING', 'RUNNING')"))
                .as("operations under way")
                .isEmpty();
        await("the rest of the events to be published and handled")
                .atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> {
                    assertThat(slipway.rows("SELECT topic || ' ' || headers FROM release.outbox"))
                            .isEmpty();
                    assertThat(slipway.rows("SELECT event || ' of ' || release_id FROM release.accepted"))
                            .isEmpty();
                });
    }

    private static void assertJournalsReplay() throws Exception {
        assertThat(slipway.get("/api/v1/journal/verification").lines().collect(joining("\n")))
                .endsWith("{\"verified\":%d,\"differing\":0}".formatted(RELEASES));
    }

    private static Iterable<String> lines(Map<String, String> ends) {
        return ends.entrySet().stream()
                .map(release -> release.getKey() + " " + release.getValue())
                .toList();
    }

    private static String environment(int number) {
        return "environment-" + number;
    }
}
