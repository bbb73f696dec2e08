package dev.slipway.release.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class AdviceTest {

    private static final String PHASES = """
            phases:
              - name: go-live
                steps:
                  - { name: serves, check: { http: "https://shop.example", expect: ["[STATUS] == 200"] } }
                  - { name: deploy, run: deploy }
                  - { name: done, await: { event: DeploymentDone } }
            """;
    private static final String THERE_AND_BACK = PHASES + """
            rollback:
              within: 5m
              steps: [ { name: revert, run: revert } ]
            """;
    private static final String TRAIN = """
            phases:
              - name: services
                steps: [ { name: api, release: { application: api, environment: production } } ]
              - name: smoke
                steps: [ { name: all, await: { event: Tried } } ]
            """;

    private static final String NOTHING = "";
    private static final String ROLL_BACK =
            "Nothing was rolled back. See whether what was done may stay; if not, and no later release has begun, roll it"
                    + " back.";
    private static final String BY_HAND = "Nothing was rolled back, and the plan has no way back."
            + " See whether what was done may stay; if not, undo it by hand.";
    private static final String FIND_OUT = "Find out what was wrong before you release again.";
    private static final String ACT_NOW = "Unless a later release has put it right, act now: the environment may be in"
            + " neither state. See how far the way back came, and do by hand what is left of it; then ask for a release of"
            + " the version that is to run.";
    private static final String PARTS = "Those of its parts that were under way were told to turn back."
            + " See how its parts ended, and whether what was done may stay.";

    private static Story deployed(String plan) {
        return Story.begun(plan).checkPassed("go-live.serves").operationDone("go-live.deploy");
    }

    static Stream<Arguments> ends() {
        return Stream.of(
                arguments("it succeeded", deployed(PHASES).reported("DeploymentDone"), "SUCCEEDED", NOTHING),
                arguments("it goes on", deployed(PHASES), "RUNNING", NOTHING),
                arguments("nothing was begun", Story.queued(PHASES).abortAsked(), "ABORTED", NOTHING),
                arguments("nothing was changed", Story.begun(PHASES).abortAsked(), "ABORTED", NOTHING),
                arguments("it was aborted", deployed(THERE_AND_BACK).abortAsked(), "ABORTED", ROLL_BACK),
                arguments("it cannot go back", deployed(PHASES).abortAsked(), "ABORTED", BY_HAND),
                arguments("a step failed", failed(PHASES), "FAILED", BY_HAND),
                arguments("it is gone back", backed().operationDone("rollback.revert"), "ROLLED_BACK", FIND_OUT),
                arguments(
                        "it was not gone back",
                        backed().operationFailed("rollback.revert"),
                        "ROLLBACK_FAILED",
                        ACT_NOW),
                arguments("it was aborted on its way back", backed().abortAsked(), "ABORTED", ACT_NOW),
                arguments(
                        "its part failed",
                        Story.begun(TRAIN).childEnded("services.api", ReleaseState.FAILED),
                        "ROLLBACK_FAILED",
                        ACT_NOW),
                arguments(
                        "it has parts",
                        Story.begun(TRAIN).childReady("services.api").abortAsked(),
                        "ABORTED",
                        PARTS));
    }

    private static Story failed(String plan) {
        return Story.begun(plan).checkPassed("go-live.serves").operationFailed("go-live.deploy");
    }

    private static Story backed() {
        return deployed(THERE_AND_BACK).rollbackAsked();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ends")
    void whatIsLeftToAPersonDependsOnHowItEndedAndOnWhatWasDone(
            String what, Story story, ReleaseState state, String expected) {
        // Given
        assertThat(story.state()).isEqualTo(state);

        // When
        var advice = Advice.afterTheEnd(story.release(), story::plan);

        // Then
        assertThat(advice.orElse(NOTHING)).isEqualTo(expected);
    }
}
