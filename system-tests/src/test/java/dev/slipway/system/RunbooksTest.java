package dev.slipway.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.slipway.system.RunbookRelease.Course;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("The plans of the five runbooks")
class RunbooksTest {

    private static final SlipwaySystem SLIPWAY = SlipwaySystem.shared();

    /** What CI measures, all of it as it should be. */
    private static final Map<String, Object> FIGURES = Map.ofEntries(
            Map.entry("DatabaseBenchmarked", 40),
            Map.entry("BackendTestsPassed", 93.5),
            Map.entry("FrontendTestsPassed", 88),
            Map.entry("PaymentInitiationMeasured", 900),
            Map.entry("PaymentStatusMeasured", 300),
            Map.entry("PageLoadMeasured", 1500),
            Map.entry("IntegrationTestsPassed", 18),
            Map.entry("MiddlewareOverheadMeasured", 4.2),
            Map.entry("LoadTestPassed", 1200),
            Map.entry("SecurityAuditDone", 0),
            Map.entry("UnitTestsPassed", 91),
            Map.entry("ConcurrentUsersMeasured", 500));

    /** The releases, which are played side by side. */
    private static final Map<Course, Future<JsonNode>> RELEASES = new LinkedHashMap<>();

    /** A release to the end, of an application that is set up for it. */
    static Stream<Arguments> well() {
        return Stream.of(
                Arguments.of(well("clarity"), List.of()),
                Arguments.of(well("solacore"), List.of("migration.known-good")),
                Arguments.of(
                        well("raptorflow"),
                        List.of(
                                "database.benchmark-exception",
                                "deployment.known-good",
                                "deployment.known-good-is-tagged",
                                "deployment.serving-noted",
                                "testing.backend-coverage-exception",
                                "testing.frontend-coverage-exception",
                                "testing.page-load-exception",
                                "testing.payment-initiation-exception",
                                "testing.payment-status-exception")),
                Arguments.of(
                        well("capliquify"),
                        List.of(
                                "code.integration-tests-exception",
                                "code.load-test-exception",
                                "code.middleware-overhead-exception",
                                "code.security-audit-exception",
                                "code.unit-test-coverage-exception",
                                "deployment.serving-backend-noted",
                                "deployment.serving-frontend-noted",
                                "deployment.serving-mcp-noted")),
                Arguments.of(
                        well("vocilia"),
                        List.of(
                                "deployment.serving-admin-noted",
                                "deployment.serving-backend",
                                "deployment.serving-business-noted",
                                "deployment.serving-customer-noted",
                                "validation.concurrent-users-exception",
                                "validation.page-load-exception")));
    }

    private static Course well(String application) {
        return new Course(application, "well", true, FIGURES, Set.of(), "", "", "");
    }

    /** A release that turns sick, and what the way back does then. */
    static Stream<Arguments> sick() {
        return Stream.of(
                // The app and the schema go back, and that is enough.
                Arguments.of(
                        sick("clarity", "go-live.soak", "/health", "rollback.revert-app"),
                        "revert-app downgrade-schema verify -restore-backup"),
                // The schema goes back as well, in vain; the extended rollback restores the backup.
                Arguments.of(
                        sick("solacore", "go-live.soak", "/health", "rollback.restore-backup"),
                        "revert-app !verify-health downgrade-schema !verify-again "
                                + "outage restore-backup redeploy smoke-suite"),
                // Payments stay sick with the version before: the database is reset and restored.
                Arguments.of(
                        sick("raptorflow", "go-live.soak", "payments/v2/health", "rollback.reset-database"),
                        "backend frontend-asked frontend-done verify !verify-payment "
                                + "reset-database restore-backup verify-restored"),
                // A critical alert; one figure of CI misses its target, and somebody lets it pass. Of the two ways back
                // of the schema, the second is chosen.
                Arguments.of(
                        new Course(
                                "capliquify",
                                "sick",
                                false,
                                with(FIGURES, "UnitTestsPassed", 85),
                                Set.of("rollback.drop-functions"),
                                "go-live.first-hour",
                                "error_rate",
                                "rollback.drop-functions"),
                        "backend-no-autodeploy backend-asked backend-live mcp-no-autodeploy mcp-asked mcp-live "
                                + "frontend-no-autodeploy frontend-asked frontend-live "
                                + "!drop-functions restore-backup "
                                + "backend-healthy mcp-healthy frontend-healthy smoke-tests error-rate watched"),
                // One of three apps fails; all go back together, within the fifteen minutes.
                Arguments.of(
                        sick("vocilia", "go-live.soak", "business.vocilia.com", "rollback.backend-done"),
                        "backend-newest backend backend-done customer-asked customer-done business-asked business-done "
                                + "admin-asked admin-done downgrade-schema verify verify-customer "
                                + "verify-business verify-admin -restore-backup"));
    }

    private static Course sick(String application, String at, String address, String healedAt) {
        return new Course(application, "sick", false, FIGURES, Set.of(), at, address, healedAt);
    }

    private static Map<String, Object> with(Map<String, Object> figures, String event, Object value) {
        var all = new LinkedHashMap<>(figures);
        all.put(event, value);
        return all;
    }

    @BeforeAll
    static void playAll() throws Exception {
        for (var fragment : RunbookPlan.fragments().toList()) {
            var name = fragment.getFileName().toString().replace(".yaml", "");
            SLIPWAY.store("/api/v1/fragments/" + name, RunbookPlan.text(fragment));
        }
        try (var players = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var course : Stream.concat(well(), sick())
                    .map(it -> (Course) it.get()[0])
                    .toList()) {
                var base = SLIPWAY.runbooks()
                        .serve(course.release(), Repository.lines("runbooks/%s.txt".formatted(course.application())));
                SLIPWAY.store(
                        "/api/v1/plans/%s/%s".formatted(course.application(), course.environment()),
                        RunbookPlan.of(course.application()).with(course.environment(), base, SLIPWAY.tls()));
                RELEASES.put(course, players.submit(new RunbookRelease(SLIPWAY, course)));
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("well")
    void aReleaseGoesToItsEnd(Course course, List<String> notNeeded) throws Exception {
        // When
        var status = RELEASES.get(course).get();

        // Then
        assertThat(status.path("state").asText())
                .as(status.path("reason").asText())
                .isEqualTo("SUCCEEDED");
        assertThat(steps(status, "SKIPPED")).containsExactlyElementsOf(notNeeded);
        assertThat(steps(status, "FAILED", "TIMED_OUT", "CANCELLED", "PENDING")).isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("sick")
    void aReleaseThatTurnsSickGoesTheRunbooksWayBack(Course course, String wayBack) throws Exception {
        // When
        var status = RELEASES.get(course).get();

        // Then
        assertThat(status.path("state").asText())
                .as(status.path("reason").asText())
                .isEqualTo("ROLLED_BACK");
        assertThat(wayBack(status)).containsExactly(wayBack.split(" "));
        assertThat(SLIPWAY.runbooks().wasCalledForAll(course.release())).isTrue();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({"well", "sick"})
    void aDryRunForetellsThatItGoesWellAndThatTheWayBackHasTimeEnough(Course course, Object ends) throws Exception {
        // When
        var explanation = new RunbookRelease(SLIPWAY, course).explanation();

        // Then
        assertThat(explanation.path("endsAs").asText())
                .as(explanation.path("reason").asText())
                .isEqualTo("SUCCEEDED");
        assertThat(explanation.path("rollback").path("endsAs").asText()).isEqualTo("ROLLED_BACK");
        assertThat(explanation.path("secrets").findValuesAsText("presence"))
                .isNotEmpty()
                .containsOnly("THERE");
    }

    /** The steps of the phases that are in a state, by name. */
    private static TreeSet<String> steps(JsonNode status, String... states) {
        var steps = new TreeSet<String>();
        for (var phase : status.path("phases")) {
            for (var step : phase.path("steps")) {
                if (List.of(states).contains(step.path("state").asText())) {
                    steps.add("%s.%s"
                            .formatted(
                                    phase.path("name").asText(),
                                    step.path("name").asText()));
                }
            }
        }
        return steps;
    }

    /** The steps of the way back; with {@code !} those that failed, with {@code -} those that were not needed. */
    private static List<String> wayBack(JsonNode status) {
        var steps = new ArrayList<String>();
        for (var step : status.path("rollback").path("steps")) {
            var mark = switch (step.path("state").asText()) {
                case "SUCCEEDED" -> "";
                case "SKIPPED" -> "-";
                default -> "!";
            };
            steps.add(mark + step.path("name").asText());
        }
        return steps;
    }
}
