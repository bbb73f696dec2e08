package dev.slipway.release.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.slipway.event.ReleaseEvent.ChildEnded;
import dev.slipway.event.ReleaseEvent.ChildReady;
import dev.slipway.event.ReleaseEvent.Parent;
import dev.slipway.event.ReleaseEvent.ParentSucceeded;
import dev.slipway.event.ReleaseEvent.ParentTurnedBack;
import dev.slipway.event.ReleaseEvent.ReleaseSucceeded;
import dev.slipway.event.Subject;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Releases that are parts of another: they succeed together, or come back together. */
class TrainTest {

    private static final Subject API = new Subject("api", "production");
    private static final Subject WEB = new Subject("web", "production");
    private static final Parent PARENT =
            new Parent(UUID.fromString("0195a000-0000-7000-8000-00000000000a"), "platform", "production");
    private static final Subject PLATFORM = PARENT.subject();

    private static final String TRAIN = """
            inputs: { quick: { type: boolean, default: true } }
            phases:
              - name: services
                steps:
                  - { name: api, release: { application: api, environment: production, inputs: { quick: "${inputs.quick}" } } }
                  - { name: web, release: { application: web, environment: production, version: "web-${release.version}" } }
              - name: smoke
                steps: [ { name: all, await: { event: Tried } } ]
            """;

    private static final String PART = """
            phases: [ { name: only, steps: [ { name: deploy, run: deploy } ] } ]
            rollback: { steps: [ { name: revert, run: revert } ] }
            """;

    private static final String NO_WAY_BACK = "phases: [ { name: only, steps: [ { name: deploy, run: deploy } ] } ]";

    private static Story part(String plan) {
        return Story.partOf(PARENT, plan);
    }

    private static Story ready() {
        return Story.begun(TRAIN)
                .childReady("services.api")
                .after(Duration.ofMinutes(1))
                .childReady("services.web")
                .after(Duration.ofMinutes(1));
    }

    // ---- the parent ----

    @Test
    void itsPartsAreAskedForInOrderWithTheirValues() {
        // Given
        var story = Story.begun(TRAIN);
        assertThat(story.children()).hasSize(1);
        assertThat(story.waitingFor()).containsExactly("the release of api/production");

        // When
        story.childReady("services.api");

        // Then
        assertThat(story.children().getFirst().subject()).isEqualTo(API);
        assertThat(story.children().getFirst().version()).isEqualTo("1.4.0");
        assertThat(story.children().getFirst().inputs()).isEqualTo(Map.of("quick", "true"));
        assertThat(story.children().getLast().subject()).isEqualTo(WEB);
        assertThat(story.children().getLast().version()).isEqualTo("web-1.4.0");
        assertThat(story.evidence("services.api").summary())
                .isEqualTo("The release of api/production has done its work");
    }

    @Test
    void whenItSucceedsAllItsPartsDo() {
        // Given
        var story = ready();
        assertThat(story.told(API)).isEmpty();

        // When
        story.reported("Tried");

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.SUCCEEDED);
        assertThat(story.told(API))
                .containsExactly(new ParentSucceeded(
                        story.progress("services.api").child().orElseThrow().id()));
        assertThat(story.told(WEB)).hasSize(1);
    }

    @Test
    void whenItFailsItsPartsComeBackTheLastOneFirst() {
        // Given
        var story = ready();

        // When: nobody has tried it
        story.after(Duration.ofHours(24));

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.ROLLING_BACK);
        assertThat(story.told(API)).isEmpty();
        assertThat(story.told(WEB)).hasSize(1).first().isInstanceOf(ParentTurnedBack.class);
        assertThat(story.waitingFor()).containsExactly("the way back of the release of web/production");
        story.childEnded("services.web", ReleaseState.ROLLED_BACK);
        assertThat(story.told(API)).hasSize(1).first().isInstanceOf(ParentTurnedBack.class);
        assertThat(story.state()).isEqualTo(ReleaseState.ROLLING_BACK);
        story.childEnded("services.api", ReleaseState.ROLLED_BACK);
        assertThat(story.state()).isEqualTo(ReleaseState.ROLLED_BACK);
        assertThat(story.timers()).isEmpty();
        assertThat(story.waitingFor()).isEmpty();
    }

    @Test
    void itsOwnWayBackBeginsWhenItsPartsHaveComeBack() {
        // Given
        var story = Story.begun(TRAIN + "rollback: { within: 1h, steps: [ { name: tell, run: revert } ] }")
                .childReady("services.api");

        // When
        story.rollbackAsked();

        // Then
        assertThat(story.operations()).isEmpty();
        story.childEndedUntouched("services.web", ReleaseState.ABORTED);
        assertThat(story.operations()).isEmpty();
        story.childEnded("services.api", ReleaseState.ROLLED_BACK);
        assertThat(story.startedOperations()).containsExactly("revert");
        assertThat(story.operationDone("rollback.tell").state()).isEqualTo(ReleaseState.ROLLED_BACK);
    }

    static Stream<Arguments> brokenTrains() {
        return Stream.of(
                arguments("a part fails at its work", Story.begun(TRAIN), "services.api", ReleaseState.FAILED),
                arguments("a part is aborted", Story.begun(TRAIN), "services.api", ReleaseState.ABORTED),
                arguments("a part is superseded", Story.begun(TRAIN), "services.api", ReleaseState.SUPERSEDED),
                arguments("a part that was ready comes back", ready(), "services.api", ReleaseState.ROLLED_BACK),
                arguments("in a pause", ready().pauseAsked(), "services.web", ReleaseState.ROLLED_BACK));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("brokenTrains")
    void whenAPartDoesNotSucceedNoneDoes(String what, Story story, String step, ReleaseState end) {
        // When
        story.childEnded(step, end);

        // Then
        assertThat(story.state()).isNotIn(ReleaseState.RUNNING, ReleaseState.PAUSED, ReleaseState.SUCCEEDED);
        for (var each : story.release().steps()) {
            each.child()
                    .filter(child -> child.end().isEmpty())
                    .ifPresent(child -> assertThat(child.turnedBack()
                                    || story.release().steps().stream()
                                            .anyMatch(it -> it.child()
                                                    .filter(other -> other.turnedBack()
                                                            && other.end().isEmpty())
                                                    .isPresent()))
                            .isTrue());
        }
    }

    @Test
    void whatBecomesOfASkippedPartDoesNotMatterAnyMore() {
        // Given
        var story = Story.begun(TRAIN).skipAsked("services.api");

        // When
        story.childEnded("services.api", ReleaseState.FAILED);

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.RUNNING);
        assertThat(story.step("services.web")).isEqualTo(StepState.RUNNING);
    }

    @Test
    void aPartWithoutWhichAllSucceededIsNotAwaitedOnALaterWayBack() {
        // Given
        var story = Story.begun(TRAIN)
                .skipAsked("services.api")
                .childReady("services.web")
                .reported("Tried");
        assertThat(story.state()).isEqualTo(ReleaseState.SUCCEEDED);

        // When
        story.rollbackAsked();

        // Then
        assertThat(story.told(API)).hasSize(1).first().isInstanceOf(ParentSucceeded.class);
        story.childEnded("services.web", ReleaseState.ROLLED_BACK);
        assertThat(story.state()).isEqualTo(ReleaseState.ROLLED_BACK);
    }

    @Test
    void aSkippedPartThatBecameReadyEndsWithTheTrainAndIsNotRolledBackWithItLater() {
        // Given
        var story = Story.begun(TRAIN)
                .skipAsked("services.api")
                .childReady("services.api")
                .childReady("services.web");
        assertThat(story.step("services.api")).isEqualTo(StepState.SKIPPED);
        var api = story.progress("services.api").child().orElseThrow().id();

        // When
        story.reported("Tried");

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.SUCCEEDED);
        assertThat(story.told(API)).containsExactly(new ParentSucceeded(api));
        story.given(new Input.ChildEnded(api, "SUCCEEDED", "it was so", true, Optional.of(true)))
                .rollbackAsked()
                .childEnded("services.web", ReleaseState.ROLLED_BACK);
        assertThat(story.state()).isEqualTo(ReleaseState.ROLLED_BACK);
        assertThat(story.told(API)).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource(names = {"FAILED", "ABORTED"})
    void aPartThatFailedOrWasAbortedByItselfIsRolledBackToo(ReleaseState end) {
        // Given
        var story = Story.begun(TRAIN).childReady("services.api");

        // When
        story.childEndedByItself("services.web", end);

        // Then
        assertThat(story.told(WEB)).hasSize(1);
        story.childEnded("services.web", ReleaseState.ROLLED_BACK).childEnded("services.api", ReleaseState.ROLLED_BACK);
        assertThat(story.state()).isEqualTo(ReleaseState.ROLLED_BACK);
    }

    @ParameterizedTest
    @EnumSource(names = {"FAILED", "ABORTED"})
    void aPartThatEndedBeforeItChangedAnythingNeedNotComeBack(ReleaseState end) {
        // Given
        var story = Story.begun(TRAIN).childReady("services.api");

        // When
        story.childEndedUntouched("services.web", end);

        // Then
        assertThat(story.told(WEB)).isEmpty();
        assertThat(story.told(API)).hasSize(1);
        story.childEnded("services.api", ReleaseState.ROLLED_BACK);
        assertThat(story.state()).isEqualTo(ReleaseState.ROLLED_BACK);
    }

    @ParameterizedTest
    @EnumSource(names = {"ROLLBACK_FAILED", "FAILED", "ABORTED", "SUCCEEDED"})
    void aPartThatDoesNotComeBackMakesTheRollbackFail(ReleaseState end) {
        // Given
        var story = ready().rollbackAsked().childEnded("services.web", end);

        // When
        story.childEnded("services.api", ReleaseState.ROLLED_BACK);

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.ROLLBACK_FAILED);
        assertThat(story.release().reason())
                .contains("the release of web/production did not succeed, and no later step mended that");
    }

    @Test
    void aPartThatFailedAndHasNoWayBackIsNotToldToGoIt() {
        // Given
        var story = Story.begun(TRAIN).childReady("services.api");

        // When
        story.childEnded("services.web", ReleaseState.FAILED);

        // Then
        assertThat(story.told(WEB)).isEmpty();
        assertThat(story.told(API)).hasSize(1);
        story.childEnded("services.api", ReleaseState.ROLLED_BACK);
        assertThat(story.state()).isEqualTo(ReleaseState.ROLLBACK_FAILED);
    }

    @ParameterizedTest
    @EnumSource(names = {"FAILED", "ABORTED", "SUCCEEDED"})
    void aPartThatEndedJustAsItWasToldToComeBackIsStillAwaited(ReleaseState end) {
        // Given
        var story = ready().rollbackAsked();

        // When
        story.childEndedByItself("services.web", end);

        // Then
        assertThat(story.lastTexts())
                .containsExactly(
                        "The release of web/production ended as %s: so it was; it did not know yet that it is to come back"
                                .formatted(end));
        assertThat(story.waitingFor()).containsExactly("the way back of the release of web/production");
        assertThat(story.told(WEB)).hasSize(1);
        assertThat(story.told(API)).isEmpty();
        story.childEnded("services.web", ReleaseState.ROLLED_BACK).childEnded("services.api", ReleaseState.ROLLED_BACK);
        assertThat(story.state()).isEqualTo(ReleaseState.ROLLED_BACK);
    }

    @Test
    void aPartThatSucceededBeforeItIsToldToComeBackIsToldAllTheSame() {
        // Given: the success of the whole had reached it, and then the whole turned back
        var story =
                ready().reported("Tried").rollbackAsked().childEndedByItself("services.api", ReleaseState.SUCCEEDED);

        // When
        story.childEnded("services.web", ReleaseState.ROLLED_BACK);

        // Then
        assertThat(story.told(API)).last().isInstanceOf(ParentTurnedBack.class);
        story.childEnded("services.api", ReleaseState.ROLLED_BACK);
        assertThat(story.state()).isEqualTo(ReleaseState.ROLLED_BACK);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void thePatienceForPartsThatComeBackIsBounded(boolean ended) {
        // Given
        var story = ready().rollbackAsked();
        if (ended) {
            story.childEndedByItself("services.web", ReleaseState.ABORTED);
        }

        // When
        story.after(Duration.ofHours(1));

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.ROLLBACK_FAILED);
        assertThat(story.told(API)).as("told at last, out of order").hasSize(1);
    }

    @Test
    void whenItIsAbortedItsPartsComeBackAtOnce() {
        // When
        var story = ready().abortAsked();

        // Then
        assertThat(story.told(API)).hasSize(1).first().isInstanceOf(ParentTurnedBack.class);
        assertThat(story.told(WEB)).hasSize(1).first().isInstanceOf(ParentTurnedBack.class);
    }

    @Test
    void whatSucceededTogetherComesBackTogetherWhenSomebodyAsksForIt() {
        // Given
        var story = ready().reported("Tried");

        // When
        story.rollbackAsked();

        // Then
        assertThat(story.told(WEB)).hasSize(2).last().isInstanceOf(ParentTurnedBack.class);
        assertThat(story.told(API)).hasSize(1);
        story.childEnded("services.web", ReleaseState.ROLLED_BACK).childEnded("services.api", ReleaseState.ROLLED_BACK);
        assertThat(story.state()).isEqualTo(ReleaseState.ROLLED_BACK);
    }

    // ---- a part ----

    @Test
    void aPartThatHasDoneItsWorkWaitsForTheOthersAndHoldsItsEnvironment() {
        // Given
        var story = part(PART).turnCame();

        // When
        story.operationDone("only.deploy");

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.RUNNING);
        assertThat(story.waitingFor())
                .containsExactly(
                        "the release %s of platform/production, which it is part of".formatted(PARENT.releaseId()));
        assertThat(story.timers()).containsOnlyKeys("train");
        assertThat(story.told(PLATFORM)).containsExactly(new ChildReady(PARENT.releaseId(), Story.ID));
    }

    @Test
    void aPartSucceedsWhenTheWholeDoes() {
        // Given
        var story = part(PART).turnCame().operationDone("only.deploy");

        // When
        story.given(new Input.ParentSucceeded());

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.SUCCEEDED);
        assertThat(story.published(ReleaseSucceeded.class)).hasSize(1);
        assertThat(story.timers()).isEmpty();
    }

    @Test
    void aPartThatTheWholeDidNotWaitForEndsByItself() {
        // Given
        var story = part(PART).turnCame().given(new Input.ParentSucceeded());

        // When
        story.operationDone("only.deploy");

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.SUCCEEDED);
    }

    static Stream<Arguments> parts() {
        return Stream.of(
                arguments("QUEUED", part(PART), ReleaseState.ABORTED),
                arguments("RUNNING", part(PART).turnCame(), ReleaseState.ROLLING_BACK),
                arguments(
                        "waiting for the others",
                        part(PART).turnCame().operationDone("only.deploy"),
                        ReleaseState.ROLLING_BACK),
                arguments("PAUSED", part(PART).turnCame().pauseAsked(), ReleaseState.ROLLING_BACK),
                arguments("without a way back", part(NO_WAY_BACK).turnCame(), ReleaseState.FAILED),
                arguments("FAILED", part(PART).turnCame().operationFailed("only.deploy"), ReleaseState.ROLLING_BACK),
                arguments("ABORTED", part(PART).turnCame().abortAsked(), ReleaseState.ROLLING_BACK),
                arguments(
                        "SUCCEEDED",
                        part(PART).turnCame().operationDone("only.deploy").given(new Input.ParentSucceeded()),
                        ReleaseState.ROLLING_BACK));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("parts")
    void aPartComesBackWhenTheWholeDoes(String when, Story story, ReleaseState then) {
        // When
        story.given(new Input.ParentTurnedBack("smoke.all: 502", Optional.empty()));

        // Then
        assertThat(story.state()).isEqualTo(then);
        assertThat(story.release().reason().orElseThrow()).startsWith("smoke.all: 502");
        story.after(Duration.ofHours(1));
        assertThat(story.told(PLATFORM)).last().isInstanceOf(ChildEnded.class);
    }

    @Test
    void aPartThatCannotComeBackSaysHowItEnded() {
        // Given
        var story = part(PART).turnCame().abortAsked();

        // When
        story.given(new Input.ParentTurnedBack("smoke.all: 502", Optional.of("another has begun since")));

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.ABORTED);
        assertThat(story.told(PLATFORM))
                .containsExactly(
                        new ChildEnded(
                                PARENT.releaseId(), Story.ID, "ABORTED", "wrong version", true, Optional.of(true)),
                        new ChildEnded(
                                PARENT.releaseId(), Story.ID, "ABORTED", "wrong version", true, Optional.of(false)));
    }

    static Stream<Arguments> endsOfAPart() {
        var turnedBack = new Input.ParentTurnedBack("smoke.all: 502", Optional.empty());
        return Stream.of(
                arguments("aborted in the queue", part(PART).abortAsked(), false, false),
                arguments("told to come back in the queue", part(PART).given(turnedBack), false, false),
                arguments("aborted as it runs", part(PART).turnCame().abortAsked(), true, true),
                arguments("failed", part(PART).turnCame().operationFailed("only.deploy"), true, true),
                arguments(
                        "succeeded",
                        part(PART).turnCame().operationDone("only.deploy").given(new Input.ParentSucceeded()),
                        true,
                        true),
                arguments("without a way back", part(NO_WAY_BACK).turnCame().abortAsked(), true, false),
                arguments(
                        "told, without a way back", part(NO_WAY_BACK).turnCame().given(turnedBack), true, false),
                arguments(
                        "aborted on its way back",
                        part(PART).turnCame().rollbackAsked().abortAsked(),
                        true,
                        false),
                arguments(
                        "rolled back",
                        part(PART)
                                .turnCame()
                                .operationDone("only.deploy")
                                .given(turnedBack)
                                .operationDone("rollback.revert"),
                        true,
                        false));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("endsOfAPart")
    void aPartSaysWhetherItMayHaveChangedAnythingAndMayStillComeBack(
            String how, Story story, boolean touched, boolean mayComeBack) {
        // Then
        assertThat(story.told(PLATFORM))
                .last()
                .isEqualTo(new ChildEnded(
                        PARENT.releaseId(),
                        Story.ID,
                        story.state().name(),
                        story.release().reason().orElseThrow(),
                        touched,
                        Optional.of(mayComeBack)));
    }

    @Test
    void aPartWaitsForTheOthersForAWeekAtMost() {
        // Given
        var story = part(PART).turnCame().operationDone("only.deploy");

        // When
        story.after(Duration.ofDays(7));

        // Then
        assertThat(story.state()).isNotEqualTo(ReleaseState.RUNNING);
        assertThat(story.release().reason()).contains("The others were not done within 7 days");
    }

    @Test
    void aTimerOfAnEarlierWaitForTheOthersDoesNotEndALaterOne() {
        // Given: it was on its way when the part was paused
        var story = part(PART)
                .turnCame()
                .operationDone("only.deploy")
                .after(Duration.ofDays(6))
                .pauseAsked()
                .resumeAsked();

        // When
        story.timeCame("train");

        // Then
        assertThat(story.state()).isEqualTo(ReleaseState.RUNNING);
        assertThat(story.timers()).containsEntry("train", Story.START.plus(Duration.ofDays(13)));
    }

    @Test
    void aPauseOfAPartThatWaitsForTheOthersEndsInWaitingForThem() {
        // Given
        var story = part(PART).turnCame().operationDone("only.deploy").pauseAsked();
        assertThat(story.timers()).containsOnlyKeys("pause");

        // When
        story.resumeAsked();

        // Then
        assertThat(story.timers()).containsOnlyKeys("train");
        assertThat(story.given(new Input.ParentSucceeded()).state()).isEqualTo(ReleaseState.SUCCEEDED);
    }
}
