package dev.slipway.probe.watch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.event.EventJson;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MonitorStateTest {

    private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");

    /** In {@code probes} a dot is a success and an x a failure; D and R in {@code told} stand at the probe that told it. */
    @ParameterizedTest
    @CsvSource(textBlock = """
            # degradedAfter, recoveredAfter, probes, told, health at the end
            2, 1, '',         '',         UNKNOWN
            2, 1, .,          -,          HEALTHY
            2, 1, x,          -,          UNKNOWN
            2, 1, xx,         -D,         DEGRADED
            2, 1, x.,         --,         HEALTHY
            2, 1, x.x.x.,     ------,     HEALTHY
            2, 1, .xx,        --D,        DEGRADED
            2, 1, .xxxxx,     --D---,     DEGRADED
            2, 1, xx.,        -DR,        HEALTHY
            2, 1, xx.xx.,     -DR-DR,     HEALTHY
            2, 2, xx.,        -D-,        DEGRADED
            2, 2, xx.x..,     -D---R,     HEALTHY
            2, 3, xx..x...,   -D-----R,   HEALTHY
            1, 1, x,          D,          DEGRADED
            1, 1, .x.x,       -DRD,       DEGRADED
            3, 1, xx.xx.xxx., --------DR, HEALTHY
            """)
    void changesItsMindWhenTheThresholdsSaySo(
            int degradedAfter, int recoveredAfter, String probes, String told, Health health) {
        // When
        var walk = walk(probes, new Thresholds(degradedAfter, recoveredAfter));

        // Then
        assertThat(walk.told).isEqualTo(told);
        assertThat(walk.state.health()).isEqualTo(health);
    }

    @Test
    void tellsSinceWhenItFailedAndHowOften() {
        // Given
        var thresholds = new Thresholds(3, 1);

        // When
        var walk = walk("..xxx", thresholds);

        // Then
        assertThat(walk.transitions).containsExactly(new Transition.Degraded(START.plusSeconds(2), 3));
        assertThat(walk.state.since()).contains(START.plusSeconds(4));
    }

    @Test
    void tellsSinceWhenItHadBeenDegraded() {
        // Given
        var thresholds = new Thresholds(2, 2);

        // When
        var walk = walk(".xx..", thresholds);

        // Then
        assertThat(walk.transitions)
                .containsExactly(
                        new Transition.Degraded(START.plusSeconds(1), 2),
                        new Transition.Recovered(START.plusSeconds(2)));
        assertThat(walk.state.since()).contains(START.plusSeconds(4));
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            # degradedAfter, probes, whether a watch may end on it
            1, '',    false
            1, .,     true
            1, x,     true
            2, .,     false
            2, ..,    true
            2, x,     false
            2, x.,    true
            2, xx,    true
            2, ..x,   false
            2, ..x.,  true
            2, ..xx., true
            3, ..,    false
            3, ..xx,  false
            3, ..xxx, true
            """)
    void isConclusiveWhenItIsDegradedOrWasSeenWellOftenEnough(int degradedAfter, String probes, boolean conclusive) {
        // Given
        var thresholds = new Thresholds(degradedAfter, 1);

        // When
        var walk = walk(probes, thresholds);

        // Then
        assertThat(walk.state.isConclusive(thresholds)).isEqualTo(conclusive);
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            # probes, whether the last one is routine
            .,    false
            ..,   true
            x,    false
            .x,   false
            .x.,  false
            .x.., true
            xx,   false
            xx.,  false
            """)
    void onlyASuccessAmongSuccessesIsRoutine(String probes, boolean routine) {
        // Given
        var thresholds = new Thresholds(2, 2);
        var before = walk(probes.substring(0, probes.length() - 1), thresholds).state;

        // When
        var after = walk(probes, thresholds).state;

        // Then
        assertThat(after.isRoutineAfter(before)).isEqualTo(routine);
    }

    @Test
    void tallies() {
        // When
        var state = walk(".x.xx.", new Thresholds(2, 1)).state;

        // Then
        assertThat(state.probes()).isEqualTo(6);
        assertThat(state.failures()).isEqualTo(3);
        assertThat(state.slowest()).contains(Duration.ofMillis(5));
        assertThat(state.last()).contains(probe('.', 5));
    }

    @Test
    void survivesBeingStored() throws Exception {
        // Given
        var state = walk("..xx.x", new Thresholds(2, 3)).state;

        // When
        var json = EventJson.mapper().writeValueAsString(state);

        // Then
        assertThat(EventJson.mapper().readValue(json, MonitorState.class)).isEqualTo(state);
    }

    @Property
    void tellsOfDegradationAndRecoveryInTurn(
            @ForAll @Size(max = 60) List<Boolean> probes,
            @ForAll @IntRange(min = -1, max = 5) int degradedAfter,
            @ForAll @IntRange(min = -1, max = 5) int recoveredAfter) {
        // When
        var walk = walk(text(probes), new Thresholds(degradedAfter, recoveredAfter));

        // Then
        assertThat(walk.told.replace("-", "")).matches("(DR)*D?");
        assertThat(walk.state.health() == Health.DEGRADED)
                .isEqualTo(walk.told.replace("-", "").endsWith("D"));
    }

    @Property
    void isDegradedExactlyIfARowOfFailuresWasLongEnoughAndNoRowOfSuccessesSince(
            @ForAll @Size(max = 60) List<Boolean> probes,
            @ForAll @IntRange(min = 1, max = 4) int degradedAfter,
            @ForAll @IntRange(min = 1, max = 4) int recoveredAfter) {
        // Given
        var text = text(probes);
        var lastLongRow = text.lastIndexOf("x".repeat(degradedAfter));
        var expected =
                lastLongRow >= 0 && !text.substring(lastLongRow + degradedAfter).contains(".".repeat(recoveredAfter));

        // When
        var walk = walk(text, new Thresholds(degradedAfter, recoveredAfter));

        // Then
        assertThat(walk.state.health() == Health.DEGRADED).isEqualTo(expected);
        assertThat(walk.state.failures())
                .isEqualTo(text.chars().filter(it -> it == 'x').count());
        assertThat(walk.state.failingSince().isPresent()).isEqualTo(text.endsWith("x"));
    }

    @Property
    void aWatchComesToAConclusionAfterAtMostTwiceAsManyProbesAsTheThreshold(
            @ForAll @Size(max = 30) List<Boolean> before,
            @ForAll @Size(min = 8, max = 8) List<Boolean> after,
            @ForAll @IntRange(min = 1, max = 4) int degradedAfter) {
        // Given
        var thresholds = new Thresholds(degradedAfter, 1);
        var state = walk(text(before), thresholds).state;

        // When
        var needed = 0;
        while (!state.isConclusive(thresholds)) {
            state = state.apply(probe(after.get(needed) ? '.' : 'x', needed), thresholds)
                    .state();
            needed++;
        }

        // Then
        assertThat(needed).isLessThan(2 * degradedAfter);
    }

    private static Walk walk(String probes, Thresholds thresholds) {
        var state = MonitorState.NEW;
        var told = new StringBuilder();
        var transitions = new ArrayList<Transition>();
        for (var i = 0; i < probes.length(); i++) {
            var change = state.apply(probe(probes.charAt(i), i), thresholds);
            state = change.state();
            told.append(
                    switch (change.transition().orElse(null)) {
                        case null -> '-';
                        case Transition.Degraded _ -> 'D';
                        case Transition.Recovered _ -> 'R';
                    });
            change.transition().ifPresent(transitions::add);
        }
        return new Walk(state, told.toString(), transitions);
    }

    private static Probe probe(char outcome, int second) {
        return new Probe(
                outcome == '.', START.plusSeconds(second), Optional.of(Duration.ofMillis(second)), "probe " + second);
    }

    private static String text(List<Boolean> probes) {
        var text = new StringBuilder();
        probes.forEach(passed -> text.append(passed ? '.' : 'x'));
        return text.toString();
    }

    private record Walk(MonitorState state, String told, List<Transition> transitions) {}
}
