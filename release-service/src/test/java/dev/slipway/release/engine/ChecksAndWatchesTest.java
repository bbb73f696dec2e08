package dev.slipway.release.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.slipway.event.CheckEvent.CheckRequested;
import dev.slipway.event.CheckEvent.WatchCancelled;
import dev.slipway.event.CheckEvent.WatchStarted;
import dev.slipway.event.Evidence;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Steps that verify something once, or for a while. */
class ChecksAndWatchesTest {

    private static final String CHECK = """
            vars: { api: "https://api.shop.example" }
            phases:
              - name: smoke
                steps:
                  - name: auth
                    check:
                      http: POST ${api}/auth
                      headers: { X-Version: "${release.version}" }
                      body: '{"id":"${release.id}"}'
                      expect: ["[STATUS] == 401", "[BODY].version == ${release.version}"]
                      timeout: 4s
            """;

    private static final String WATCH = """
            vars: { api: "https://api.shop.example" }
            phases:
              - name: go-live
                steps:
                  - { name: soak, watch: { for: 15m, monitors: [health, ready] } }
            monitors:
              - { name: health, http: "${api}/health", every: 10s, expect: ["[STATUS] == 200"], degraded-after: 2, recovered-after: 3 }
              - { name: ready, http: "${api}/ready", expect: ["[STATUS] == 200"] }
              - { name: other, http: "${api}/other", expect: ["[STATUS] == 200"] }
            """;

    @Test
    void aCheckIsAskedForWithItsReferencesFilledIn() {
        // When
        var story = Story.begun(CHECK);

        // Then
        assertThat(story.published(CheckRequested.class)).singleElement().satisfies(asked -> {
            assertThat(asked.checkId()).isEqualTo(story.workId("smoke.auth"));
            assertThat(asked.check().expect()).containsExactly("[STATUS] == 401", "[BODY].version == 1.4.0");
            var call = asked.check().http().orElseThrow();
            assertThat(call.method()).isEqualTo("POST");
            assertThat(call.url()).isEqualTo("https://api.shop.example/auth");
            assertThat(call.headers()).isEqualTo(Map.of("X-Version", "1.4.0"));
            assertThat(call.body()).contains("{\"id\":\"" + Story.ID + "\"}");
        });
        assertThat(story.waitingFor()).containsExactly("the answer of the check");
    }

    @Test
    void aCertificateIsCheckedByItsHost() {
        // When
        var story = Story.begun("""
                vars: { host: api.shop.example }
                phases:
                  - name: infrastructure
                    steps:
                      - { name: certificate, check: { tls: "${host}:8443", expect: ["[CERTIFICATE_EXPIRATION] > 14d"] } }
                """);

        // Then
        assertThat(story.published(CheckRequested.class))
                .singleElement()
                .satisfies(asked -> assertThat(asked.check().tls()).contains("api.shop.example:8443"));
    }

    @ParameterizedTest
    @CsvSource({"true, SUCCEEDED, SUCCEEDED", "false, FAILED, FAILED"})
    void theAnswerOfTheCheckIsTheStepsOutcome(boolean passed, StepState step, ReleaseState release) {
        // Given
        var story = Story.begun(CHECK);

        // When
        story.given(new Input.Checked(story.workId("smoke.auth"), passed, Evidence.of("answered")));

        // Then
        assertThat(story.step("smoke.auth")).isEqualTo(step);
        assertThat(story.state()).isEqualTo(release);
        assertThat(story.evidence("smoke.auth")).isEqualTo(Evidence.of("answered"));
    }

    @Test
    void aCheckThatIsNotAnsweredAMinuteAfterItsOwnTimeOutTimesOut() {
        // Given
        var story = Story.begun(CHECK);

        // When
        story.after(Duration.ofSeconds(64));

        // Then
        assertThat(story.step("smoke.auth")).isEqualTo(StepState.TIMED_OUT);
    }

    @Test
    void theAnswerOfAnotherStepsCheckChangesNothing() {
        // Given
        var story = Story.begun(CHECK);

        // When
        story.given(new Input.Checked(Story.ID + "/smoke/auth/2", false, Evidence.of("x")));

        // Then
        assertThat(story.last().matters()).isFalse();
    }

    @Test
    void aWatchStartsItsMonitorsForItsTime() {
        // When
        var story = Story.begun(WATCH);

        // Then
        assertThat(story.published(WatchStarted.class)).singleElement().satisfies(watch -> {
            assertThat(watch.until()).isEqualTo(Story.START.plus(Duration.ofMinutes(15)));
            assertThat(watch.monitors())
                    .extracting(monitor -> monitor.name()
                            + monitor.check().http().orElseThrow().url())
                    .containsExactly("healthhttps://api.shop.example/health", "readyhttps://api.shop.example/ready");
            assertThat(watch.monitors().getFirst().degradedAfter()).isEqualTo(2);
            assertThat(watch.monitors().getFirst().recoveredAfter()).isEqualTo(3);
        });
        assertThat(story.waitingFor()).containsExactly("health, ready to stay healthy");
    }

    @ParameterizedTest
    @CsvSource({"true, SUCCEEDED", "false, FAILED"})
    void theEndOfTheWatchIsTheStepsOutcome(boolean healthy, StepState expected) {
        // Given
        var story = Story.begun(WATCH).after(Duration.ofMinutes(15));

        // When
        story.watchEnded("go-live.soak", healthy);

        // Then
        assertThat(story.step("go-live.soak")).isEqualTo(expected);
    }

    @Test
    void aWatchWhoseEndIsNotToldInTimeTimesOut() {
        // Given
        var story = Story.begun(WATCH).after(Duration.ofMinutes(16));
        assertThat(story.step("go-live.soak")).isEqualTo(StepState.RUNNING);

        // When
        story.after(Duration.ofMinutes(1));

        // Then
        assertThat(story.step("go-live.soak")).isEqualTo(StepState.TIMED_OUT);
        assertThat(story.published(WatchCancelled.class)).hasSize(1);
    }

    @Test
    void aMonitorThatMayFailForLongIsWaitedForLonger() {
        // Given: three failures in a row, a minute apart, and as many successes
        var story = Story.begun("""
                phases:
                  - name: go-live
                    steps: [ { name: soak, watch: { for: 15m, monitors: [health] } } ]
                monitors:
                  - { name: health, http: "https://x", every: 1m, expect: ["[STATUS] == 200"], degraded-after: 3 }
                """);

        // When
        var timer = story.timers().values().iterator().next();

        // Then
        assertThat(timer).isEqualTo(Story.START.plus(Duration.ofMinutes(15 + 6 + 1)));
        assertThat(story.progress("go-live.soak").waiting().orElseThrow().until())
                .isEqualTo(Story.START.plus(Duration.ofMinutes(15)));
    }

    @Test
    void degradedHealthFailsTheWatchOfThatMonitor() {
        // Given
        var story = Story.begun(WATCH);

        // When
        story.degraded("ready");

        // Then
        assertThat(story.step("go-live.soak")).isEqualTo(StepState.FAILED);
        assertThat(story.published(WatchCancelled.class))
                .extracting(WatchCancelled::watchId)
                .containsExactly(story.workId("go-live.soak"));
        assertThat(story.release().reason()).contains("The monitor ready is degraded: two failures in a row");
    }

    @Test
    void degradedHealthOfAMonitorThatIsNotWatchedIsOnlyNoted() {
        // Given
        var story = Story.begun(WATCH);

        // When
        story.degraded("other");

        // Then
        assertThat(story.step("go-live.soak")).isEqualTo(StepState.RUNNING);
        assertThat(story.lastTexts()).containsExactly("The monitor other is degraded: two failures in a row");
    }

    @Test
    void degradedHealthThatNobodyWatchesForThisReleaseIsNotEvenNoted() {
        // Given
        var story = Story.begun(WATCH);

        // When
        story.degradedAround("other");

        // Then
        assertThat(story.last().matters()).isFalse();
    }

    @Test
    void degradedHealthIsNoneOfAQueuedReleasesBusiness() {
        // Given
        var story = Story.queued(WATCH);

        // When
        story.degradedAround("health");

        // Then
        assertThat(story.last().matters()).isFalse();
    }

    private static final String WARNINGS = """
            phases:
              - name: rollout
                steps:
                  - { name: deploy, run: deploy }
                  - { name: soak, watch: { for: 15m, monitors: [health, latency] } }
            monitors:
              - { name: health, http: "https://x", expect: ["[STATUS] == 200"] }
              - { name: latency, level: warning, http: "https://x", expect: ["[RESPONSE_TIME] < 300ms"], degraded-after: 9 }
            rollback: { when: [health-degraded, step-failed], steps: [ { name: revert, run: revert } ] }
            """;

    private static Story watchedWithWarnings() {
        return Story.begun(WARNINGS).operationDone("rollout.deploy");
    }

    @Test
    void monitorsThatOnlyWarnAreWatchedApart() {
        // When
        var story = watchedWithWarnings();

        // Then
        assertThat(story.published(WatchStarted.class))
                .extracting(
                        WatchStarted::watchId, it -> it.monitors().getFirst().name())
                .containsExactly(
                        tuple(story.workId("rollout.soak"), "health"),
                        tuple(story.workId("rollout.soak") + "/warnings", "latency"));
        assertThat(story.timers().values()).containsExactly(Story.START.plus(Duration.ofMinutes(15 + 1 + 1)));
    }

    @Test
    void aWarningIsNotedAndChangesNothing() {
        // Given
        var story = watchedWithWarnings();

        // When
        story.degraded("latency");

        // Then
        assertThat(story.lastTexts())
                .containsExactly("The monitor latency is degraded, of which is only told: two failures in a row");
        assertThat(story.state()).isEqualTo(ReleaseState.RUNNING);
        assertThat(story.step("rollout.soak")).isEqualTo(StepState.RUNNING);
    }

    @Test
    void theEndOfTheWatchForWarningsDecidesNothing() {
        // Given
        var story = watchedWithWarnings();

        // When
        story.given(new Input.Watched(story.workId("rollout.soak") + "/warnings", false, Evidence.of("slow")));

        // Then
        assertThat(story.last().matters()).isFalse();
    }

    @Test
    void aWarningOfAnotherReleaseIsNotEvenNoted() {
        // Given
        var story = watchedWithWarnings();

        // When
        story.degradedAround("latency");

        // Then
        assertThat(story.last().matters()).isFalse();
    }

    @Test
    void bothWatchesAreCancelledTogether() {
        // Given
        var story = watchedWithWarnings();

        // When
        story.abortAsked();

        // Then
        assertThat(story.published(WatchCancelled.class))
                .extracting(WatchCancelled::watchId)
                .containsExactly(story.workId("rollout.soak"), story.workId("rollout.soak") + "/warnings");
    }
}
