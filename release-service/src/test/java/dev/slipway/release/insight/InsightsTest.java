package dev.slipway.release.insight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.slipway.event.Subject;
import dev.slipway.release.ManyReleases;
import dev.slipway.release.insight.Insights.Figures;
import dev.slipway.release.insight.Insights.Releases;
import dev.slipway.release.insight.Insights.Window;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** DORA's figures, as they follow from how releases ended. */
class InsightsTest {

    private static final Instant MONDAY = Instant.parse("2026-03-16T00:00:00Z");
    private static final Window WEEK =
            new Window(Optional.empty(), Optional.empty(), MONDAY, MONDAY.plus(Duration.ofDays(7)));

    private final Jdbi jdbi = ManyReleases.none();
    private final Insights insights = new Insights(jdbi);

    /** How a release ended, times in hours since Monday. */
    private record Ended(String subject, String state, double committed, double requested, double failed, double end) {

        static Ended succeeded(double committed, double requested, double end) {
            return new Ended("shop/production", "SUCCEEDED", committed, requested, Double.NaN, end);
        }

        static Ended failed(String state, double failed, double end) {
            return new Ended("shop/production", state, Double.NaN, failed - 1, failed, end);
        }
    }

    private void ended(Ended... all) {
        jdbi.useTransaction(handle -> {
            for (var it : all) {
                handle.execute(
                        "INSERT INTO outcome VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                        UUID.randomUUID(),
                        Subject.parse(it.subject()).application(),
                        Subject.parse(it.subject()).environment(),
                        it.state(),
                        time(it.committed()),
                        time(it.requested()),
                        time(it.failed()),
                        time(it.end()));
            }
        });
    }

    private static Object time(double hours) {
        return Double.isNaN(hours)
                ? null
                : MONDAY.plusMillis((long) (hours * 3_600_000)).atOffset(ZoneOffset.UTC);
    }

    private Figures production() {
        return insights.of(WEEK, Optional.empty(), 10).getFirst();
    }

    // ---- by hand ----

    @Test
    void deploymentsAreThoseThatSucceeded() {
        // Given
        ended(
                Ended.succeeded(1, 2, 3),
                Ended.succeeded(1, 2, 30),
                Ended.failed("FAILED", 40, 41),
                Ended.failed("ABORTED", 50, 51));

        // Then
        assertThat(production().releases()).isEqualTo(new Releases(2, 0, 1, 0, 1, 0));
        assertThat(production().deploymentFrequency().deployments()).isEqualTo(2);
        assertThat(production().deploymentFrequency().perDay()).isCloseTo(2 / 7.0, within(1e-9));
    }

    @Test
    void theLeadTimeCountsFromTheCommitAndFromTheRequestIfThatIsNotKnown() {
        // Given: 2, 4 and 10 hours; and one that did not succeed
        ended(
                Ended.succeeded(1, 2, 3),
                Ended.succeeded(Double.NaN, 6, 10),
                Ended.succeeded(10, 19, 20),
                Ended.failed("FAILED", 40, 100));

        // Then
        var leadTime = production().leadTime();
        assertThat(leadTime.releases()).isEqualTo(3);
        assertThat(leadTime.fromRequest()).isEqualTo(1);
        assertThat(leadTime.medianSeconds()).hasValueCloseTo(4 * 3_600, within(0.001));
        assertThat(leadTime.p90Seconds()).as("between 4 and 10").hasValueCloseTo(8.8 * 3_600, within(0.001));
    }

    @Test
    void aCommitOfAClockThatIsAheadTakesNoTime() {
        // Given
        ended(Ended.succeeded(3.05, 3, 3.01));

        // Then
        assertThat(production().leadTime().medianSeconds()).contains(0.0);
    }

    @Test
    void failuresAreCountedAmongThoseThatDeployedToAnEnd() {
        // Given
        ended(
                Ended.succeeded(1, 2, 3),
                Ended.succeeded(1, 2, 4),
                Ended.succeeded(1, 2, 5),
                Ended.failed("FAILED", 40, 41),
                Ended.failed("ROLLED_BACK", 50, 51),
                Ended.failed("ROLLBACK_FAILED", 60, 61),
                Ended.failed("ABORTED", Double.NaN, 62),
                Ended.failed("SUPERSEDED", Double.NaN, 63));

        // Then
        var rate = production().changeFailureRate();
        assertThat(rate.failures()).isEqualTo(3);
        assertThat(rate.of()).isEqualTo(6);
        assertThat(rate.rate()).contains(0.5);
    }

    @Test
    void whereNothingDeployedThereIsNoRateAndNoMedian() {
        // Given
        ended(Ended.failed("SUPERSEDED", Double.NaN, 63));

        // Then
        assertThat(production().changeFailureRate().rate()).isEmpty();
        assertThat(production().leadTime().medianSeconds()).isEmpty();
        assertThat(production().timeToRestore().p90Seconds()).isEmpty();
    }

    @Test
    void aWayBackRestoresAndElseTheNextSuccessDoes() {
        // Given: rolled back in 1 h; a failure that the success 4 h later mends; a failed way back, after 2 h
        ended(
                Ended.failed("ROLLED_BACK", 10, 11),
                Ended.failed("FAILED", 20, 21),
                Ended.failed("ROLLED_BACK", 22.5, 22.75),
                Ended.succeeded(1, 2, 24),
                Ended.failed("ROLLBACK_FAILED", 30, 31),
                Ended.succeeded(1, 2, 32),
                Ended.failed("FAILED", 50, 51));

        // Then: 0.25, 1, 2 and 4 hours, and one that nothing has mended
        var restore = production().timeToRestore();
        assertThat(restore.restored()).isEqualTo(4);
        assertThat(restore.unrestored()).isEqualTo(1);
        assertThat(restore.medianSeconds()).hasValueCloseTo(1.5 * 3_600, within(0.001));
    }

    @Test
    void aSuccessAfterTheWindowOrOfAnotherEnvironment() {
        // Given
        ended(
                Ended.failed("FAILED", 160, 161),
                new Ended("shop/staging", "SUCCEEDED", 1, 2, Double.NaN, 162),
                new Ended("cart/production", "SUCCEEDED", 1, 2, Double.NaN, 162),
                Ended.succeeded(1, 2, 7 * 24 + 2));

        // Then: mends what failed within it; one of another environment does not
        var restore = insights.of(
                        new Window(Optional.of("shop"), Optional.of("production"), WEEK.from(), WEEK.to()),
                        Optional.empty(),
                        10)
                .getFirst()
                .timeToRestore();
        assertThat(restore.medianSeconds()).hasValueCloseTo(10 * 3_600, within(0.001));
    }

    @Test
    void aTimeBeginsWithItsFirstMomentAndEndsBeforeItsLast() {
        // Given
        ended(
                Ended.succeeded(-2, -2, -0.001),
                Ended.succeeded(-2, -2, 0),
                Ended.succeeded(1, 2, 167.999),
                Ended.succeeded(1, 2, 168));

        // Then
        assertThat(production().deploymentFrequency().deployments()).isEqualTo(2);
    }

    @Test
    void environmentsAreListedByNamePageByPage() {
        // Given
        for (var subject : List.of("b/staging", "a/production", "b/production", "a-1/demo", "c/x")) {
            ended(new Ended(subject, "SUCCEEDED", 1, 2, Double.NaN, 3));
        }

        // When
        var first = insights.of(WEEK, Optional.empty(), 3);
        var second = insights.of(WEEK, Optional.of(first.getLast().subject()), 3);

        // Then
        assertThat(Stream.concat(first.stream(), second.stream()).map(Figures::subject).map(Subject::toString))
                .doesNotHaveDuplicates()
                .hasSize(5)
                .containsSubsequence("a/production", "b/production", "b/staging", "c/x");
        assertThat(insights.of(
                        new Window(Optional.of("b"), Optional.empty(), WEEK.from(), WEEK.to()), Optional.empty(), 10))
                .hasSize(2);
    }

    // ---- by another way of reckoning ----

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void theFiguresAreThoseThatOneReckonsOneByOne(long seed) {
        // Given
        var random = new Random(seed);
        var states = List.of("SUCCEEDED", "SUCCEEDED", "ROLLED_BACK", "FAILED", "ROLLBACK_FAILED", "ABORTED");
        var all = new ArrayList<Ended>();
        for (var i = 0; i < 200; i++) {
            var state = states.get(random.nextInt(states.size()));
            var end = random.nextInt(300_000) / 1_000.0 - 50;
            var requested = end - random.nextInt(5_000) / 1_000.0;
            var trouble = !state.equals("SUCCEEDED") && !state.equals("ABORTED");
            all.add(new Ended(
                    random.nextBoolean() ? "shop/production" : "shop/staging",
                    state,
                    random.nextBoolean() ? requested - random.nextInt(9_000) / 1_000.0 : Double.NaN,
                    requested,
                    trouble ? requested + (end - requested) * random.nextInt(100) / 100 : Double.NaN,
                    end));
        }
        ended(all.toArray(Ended[]::new));

        // When
        var figures = insights.of(WEEK, Optional.empty(), 10);

        // Then
        assertThat(figures).hasSize(2).allSatisfy(it -> {
            var mine = all.stream()
                    .filter(ended -> ended.subject().equals(it.subject().toString()))
                    .toList();
            var week = mine.stream()
                    .filter(ended -> ended.end() >= 0 && ended.end() < 168)
                    .toList();
            assertThat(it.leadTime().medianSeconds()).hasValueCloseTo(percentile(leads(week), 0.5), within(0.01));
            assertThat(it.leadTime().p90Seconds()).hasValueCloseTo(percentile(leads(week), 0.9), within(0.01));
            assertThat(it.timeToRestore().restored()).isEqualTo(restores(week, mine).size());
            assertThat(it.timeToRestore().p90Seconds())
                    .hasValueCloseTo(percentile(restores(week, mine), 0.9), within(0.01));
        });
    }

    private static List<Double> leads(List<Ended> week) {
        return week.stream()
                .filter(it -> it.state().equals("SUCCEEDED"))
                .map(it -> it.end() - (Double.isNaN(it.committed()) ? it.requested() : it.committed()))
                .toList();
    }

    private static List<Double> restores(List<Ended> week, List<Ended> all) {
        return week.stream()
                .filter(it -> !Double.isNaN(it.failed()))
                .flatMap(it -> (it.state().equals("ROLLED_BACK")
                                ? Stream.of(it.end())
                                : all.stream()
                                        .filter(next -> next.state().equals("SUCCEEDED") && next.end() > it.end())
                                        .map(Ended::end)
                                        .sorted()
                                        .limit(1))
                        .map(end -> end - it.failed()))
                .toList();
    }

    /** In seconds, between the neighbours. */
    private static double percentile(List<Double> hours, double share) {
        var sorted = hours.stream().sorted(Comparator.naturalOrder()).toList();
        var place = share * (sorted.size() - 1);
        var low = sorted.get((int) Math.floor(place));
        var high = sorted.get((int) Math.ceil(place));
        return (low + (high - low) * (place - Math.floor(place))) * 3_600;
    }

    // ---- of many releases ----

    @Test
    void theFiguresOfATimeReadTheOutcomesOfThatTime() {
        // Given
        var many = ManyReleases.generate();
        var subject = new Window(
                Optional.of("app-0"),
                Optional.of("production"),
                Instant.parse("2026-01-20T00:00:00Z"),
                Instant.parse("2026-01-21T00:00:00Z"));
        var day = new Window(Optional.empty(), Optional.empty(), subject.from(), subject.to());
        var jdbi = many.jdbi();
        many.plans();

        // When
        var one = new Insights(jdbi).of(subject, Optional.empty(), 50);
        var all = new Insights(jdbi).of(day, Optional.empty(), 50);

        // Then
        assertThat(one).hasSize(1);
        assertThat(all).hasSizeGreaterThan(10);
        assertThat(many.plans()).isNotEmpty().allSatisfy(node -> {
            assertThat(node.path("Node Type").asText()).isNotEqualTo("Seq Scan");
            assertThat(ManyReleases.rows(node)).isLessThan(2_000);
        });
    }
}
