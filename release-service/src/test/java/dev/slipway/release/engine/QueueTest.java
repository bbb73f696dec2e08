package dev.slipway.release.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.slipway.event.ReleaseEvent.ReleaseAborted;
import dev.slipway.event.ReleaseEvent.ReleaseSuperseded;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** How a release waits for its turn, and how that ends. */
class QueueTest {

    private static final String AWAITS = """
            phases: [ { name: mobile, steps: [ { name: build, await: { event: Built } } ] } ]
            %s
            """;

    private static final Input SUPERSEDED = new Input.Superseded(Story.NEWER, "1.5.0");
    private static final Input REFUSED = new Input.Refused("Another is active, and the plan refuses a second");

    static Stream<Arguments> ends() {
        return Stream.of(
                arguments(new Input.TurnCame(), ReleaseState.RUNNING, ""),
                arguments(
                        SUPERSEDED,
                        ReleaseState.SUPERSEDED,
                        "The release %s of 1.5.0 took its place".formatted(Story.NEWER)),
                arguments(REFUSED, ReleaseState.ABORTED, "Another is active, and the plan refuses a second"),
                arguments(new Input.TimeCame("queue"), ReleaseState.ABORTED, "Its turn did not come within 7d"));
    }

    @ParameterizedTest
    @MethodSource("ends")
    void aQueuedReleaseLeavesTheQueueOnce(Input input, ReleaseState then, String reason) {
        // Given
        var story = Story.queued(AWAITS.formatted(""));

        // When
        story.given(input);

        // Then
        assertThat(story.state()).isEqualTo(then);
        assertThat(story.release().reason().orElse("")).isEqualTo(reason);
        assertThat(story.timers()).doesNotContainKey("queue");
        assertThat(story.release().waiting()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("ends")
    void aReleaseThatHasBegunIsNoMatterOfTheQueue(Input input) {
        // Given
        var story = Story.begun(AWAITS.formatted(""));

        // When
        story.given(input);

        // Then
        assertThat(story.last().matters()).isFalse();
    }

    @Test
    void aQueuedReleaseSaysWhatItWaitsForUntilWhenAndWhatThen() {
        // When
        var story = Story.queued(AWAITS.formatted("queue: { timeout: 12h }"));

        // Then
        var until = Story.START.plus(Duration.ofHours(12));
        assertThat(story.release().waiting())
                .contains(new Release.Waiting("its turn", Story.START, until, "it is aborted"));
        assertThat(story.after(Duration.ofHours(12)).state()).isEqualTo(ReleaseState.ABORTED);
        assertThat(story.published(ReleaseAborted.class))
                .containsExactly(new ReleaseAborted(Story.ID, "1.4.0", "the plan", "Its turn did not come within 12h"));
    }

    @Test
    void aReleaseThatIsLetPassSaysWhoSaidSoAndWhy() {
        // When
        var story = Story.queued(AWAITS.formatted("")).given(new Input.OptOutAsked("ada", "Customers cannot pay"));

        // Then
        assertThat(story.release().optOut()).contains(new Release.OptOut("ada", "Customers cannot pay"));
        assertThat(story.state()).isEqualTo(ReleaseState.QUEUED);
        assertThat(story.lastTexts()).containsExactly("No freeze holds it up any more, says ada: Customers cannot pay");
    }

    @Test
    void whoWasSupersededSaysByWhat() {
        // When
        var story = Story.queued(AWAITS.formatted("")).given(SUPERSEDED);

        // Then
        assertThat(story.published(ReleaseSuperseded.class))
                .containsExactly(new ReleaseSuperseded(Story.ID, "1.4.0", Story.NEWER, "1.5.0"));
        assertThat(story.rollbackAsked().state()).isEqualTo(ReleaseState.SUPERSEDED);
    }
}
