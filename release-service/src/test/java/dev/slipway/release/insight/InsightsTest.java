package dev.slipway.release.insight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.slipway.event.Subject;
import dev.slipway.release.ManyReleases;
import dev.slipway.release.insight.Insights.ChangeFailureRate;
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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** DORA's figures, as they follow from how releases ended. */
class InsightsTest {

    private static final Instant MONDAY = Instant.parse("2026-03-16T00:00:00Z");
    private static final Window WEEK =
            new Window(Optional.empty(), Optional.empty(), MONDAY, MONDAY.plus(Duration.ofDays(7)));

    private final Jdbi jdbi = ManyReleases.none();
    private final Insights insights = new Insights(jdbi);

    /** How a release ended, times in hours since Monday; NaN if there is none. */
    private record Ended(String subject, String state, double committed, double requested, double failed, double end) {

        static Ended succeeded(double committed, double requested, double end) {
            return new Ended("shop/production", "SUCCEEDED", committed, requested, Double.NaN, end);
        }

        static Ended failed(double failed, double end) {
            return new Ended("shop/production", "FAILED", Double.NaN, failed - 1, failed, end);
        }

        /** Reads {@code <state> <from>-<end>}: from its commit if it succeeded, from its failure if it failed. */
        static Ended parse(String text) {
            var parts = text.strip().split("[ -]");
            var state = parts[0];
            var from = Double.parseDouble(parts[1]);
            var hasFailed = List.of("FAILED", "ROLLED_BACK", "ROLLBACK_FAILED").contains(state);
            return new Ended(
                    "shop/production",
                    state,
                    hasFailed ? Double.NaN : from,
                    from,
                    hasFailed ? from : Double.NaN,
                    Double.parseDouble(parts[2]));
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

    private static void assertHours(Optional<Double> seconds, double hours) {
        assertThat(seconds).hasValueSatisfying(it -> assertThat(it / 3_600).isCloseTo(hours, within(1e-6)));
    }

    private static void assertHours(Optional<Double> seconds, String hours) {
        if (hours.equals("-")) {
            assertThat(seconds).isEmpty();
        } else {
            assertHours(seconds, Double.parseDouble(hours));
        }
    }

    // ---- by hand ----

    @ParameterizedTest
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
            releases of a week                                            | deployments | lead: median | p90 | failures | of | restored | unrestored | restore: median | p90
            SUCCEEDED 1-3                                                 | 1           | 2            | 2   | 0        | 1  | 0        | 0          | -               | -
            SUCCEEDED 1-3; SUCCEEDED 6-10; SUCCEEDED 10-20                | 3           | 4            | 8.8 | 0        | 3  | 0        | 0          | -               | -
            ROLLED_BACK 10-11                                             | 1           | -            | -   | 1        | 1  | 1        | 0          | 1               | 1
            FAILED 20-21; SUCCEEDED 23-24                                 | 2           | 1            | 1   | 1        | 2  | 1        | 0          | 4               | 4
            ROLLBACK_FAILED 30-31; SUCCEEDED 31-32                        | 2           | 1            | 1   | 1        | 2  | 1        | 0          | 2               | 2
            FAILED 50-51                                                  | 1           | -            | -   | 1        | 1  | 0        | 1          | -               | -
            SUCCEEDED 19-20; FAILED 21-22                                 | 2           | 1            | 1   | 1        | 2  | 0        | 1          | -               | -
            FAILED 20-21; ROLLED_BACK 22.5-22.75; SUCCEEDED 22-24         | 3           | 2            | 2   | 2        | 3  | 2        | 0          | 2.125           | 3.625
            FAILED 10-11; FAILED 12-13; SUCCEEDED 13-14; SUCCEEDED 15-18  | 4           | 2            | 2.8 | 2        | 4  | 2        | 0          | 3               | 3.8
            FAILED 20-21; ABORTED 22-23; SUPERSEDED 22-23; SUCCEEDED 24-25| 2           | 1            | 1   | 1        | 2  | 1        | 0          | 5               | 5
            ABORTED 1-2; SUPERSEDED 1-3                                   | 0           | -            | -   | 0        | 0  | 0        | 0          | -               | -
            FAILED 160-161; SUCCEEDED 168-170                             | 1           | -            | -   | 1        | 1  | 1        | 0          | 10              | 10
            """)
    void theFiguresOfAWeek(
            String releases,
            long deployments,
            String leadMedian,
            String leadP90,
            long failures,
            long of,
            long restored,
            long unrestored,
            String restoreMedian,
            String restoreP90) {
        // Given
        ended(Stream.of(releases.split(";")).map(Ended::parse).toArray(Ended[]::new));

        // When
        var figures = production();

        // Then
        assertThat(figures.deploymentFrequency().deployments()).isEqualTo(deployments);
        assertThat(figures.deploymentFrequency().perDay()).isCloseTo(deployments / 7.0, within(1e-9));
        assertHours(figures.leadTime().medianSeconds(), leadMedian);
        assertHours(figures.leadTime().p90Seconds(), leadP90);
        assertThat(figures.changeFailureRate())
                .isEqualTo(new ChangeFailureRate(
                        failures, of, of == 0 ? Optional.empty() : Optional.of((double) failures / of)));
        assertThat(figures.timeToRestore().restored()).isEqualTo(restored);
        assertThat(figures.timeToRestore().unrestored()).isEqualTo(unrestored);
        assertHours(figures.timeToRestore().medianSeconds(), restoreMedian);
        assertHours(figures.timeToRestore().p90Seconds(), restoreP90);
    }

    @Test
    void eachWayToEndIsCountedForItself() {
        // Given
        ended(
                Ended.parse("SUCCEEDED 1-2"),
                Ended.parse("SUCCEEDED 1-3"),
                Ended.parse("ROLLED_BACK 1-4"),
                Ended.parse("FAILED 1-5"),
                Ended.parse("ROLLBACK_FAILED 1-6"),
                Ended.parse("ABORTED 1-7"),
                Ended.parse("SUPERSEDED 1-8"));

        // When
        var releases = production().releases();

        // Then
        assertThat(releases).isEqualTo(new Releases(2, 1, 1, 1, 1, 1));
    }

    @Test
    void whatEndedBeforeItChangedAnythingWasNoDeployment() {
        // Given
        ended(Ended.succeeded(1, 2, 3), Ended.parse("ROLLED_BACK 4-5"), Ended.parse("ABORTED 5-6"));
        ended(new Ended("shop/production", "FAILED", Double.NaN, 6, Double.NaN, 7));
        jdbi.useHandle(handle -> handle.execute("UPDATE outcome SET touched = false WHERE state = 'FAILED'"));

        // When
        var figures = production();

        // Then
        assertThat(figures.releases().failed()).isEqualTo(1);
        assertThat(figures.deploymentFrequency().deployments()).isEqualTo(2);
        assertThat(figures.changeFailureRate()).isEqualTo(new ChangeFailureRate(1, 2, Optional.of(0.5)));
        assertThat(figures.timeToRestore().unrestored()).isZero();
    }

    @Test
    void theLeadTimeCountsFromTheRequestIfNobodySaidWhenTheCommitWasMade() {
        // Given
        ended(Ended.succeeded(Double.NaN, 6, 10), Ended.succeeded(1, 2, 3));

        // When
        var leadTime = production().leadTime();

        // Then: 4 and 2 hours
        assertThat(leadTime.releases()).isEqualTo(2);
        assertThat(leadTime.fromRequest()).isEqualTo(1);
        assertHours(leadTime.medianSeconds(), 3);
    }

    @Test
    void aCommitOfAClockThatIsAheadTakesNoTime() {
        // Given
        ended(Ended.succeeded(3.05, 3, 3.01));

        // When
        var leadTime = production().leadTime();

        // Then
        assertThat(leadTime.medianSeconds()).contains(0.0);
    }

    @Test
    void aSuccessOfAnotherEnvironmentMendsNothing() {
        // Given
        ended(
                Ended.failed(160, 161),
                new Ended("shop/staging", "SUCCEEDED", 1, 2, Double.NaN, 162),
                new Ended("cart/production", "SUCCEEDED", 1, 2, Double.NaN, 162));

        // When
        var figures = insights.of(
                new Window(Optional.of("shop"), Optional.of("production"), WEEK.from(), WEEK.to()),
                Optional.empty(),
                10);

        // Then
        assertThat(figures)
                .singleElement()
                .satisfies(it -> assertThat(it.timeToRestore().unrestored()).isEqualTo(1));
    }

    @Test
    void aTimeBeginsWithItsFirstMomentAndEndsBeforeItsLast() {
        // Given
        ended(
                Ended.succeeded(-2, -2, -0.001),
                Ended.succeeded(-2, -2, 0),
                Ended.succeeded(1, 2, 167.999),
                Ended.succeeded(1, 2, 168));

        // When
        var frequency = production().deploymentFrequency();

        // Then
        assertThat(frequency.deployments()).isEqualTo(2);
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
        assertThat(Stream.concat(first.stream(), second.stream())
                        .map(Figures::subject)
                        .map(Subject::toString))
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
            assertHours(it.leadTime().medianSeconds(), percentile(leads(week), 0.5));
            assertHours(it.leadTime().p90Seconds(), percentile(leads(week), 0.9));
            assertThat(it.timeToRestore().restored())
                    .isEqualTo(restores(week, mine).size());
            assertHours(it.timeToRestore().p90Seconds(), percentile(restores(week, mine), 0.9));
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

    /** In hours, between the neighbours. */
    private static double percentile(List<Double> hours, double share) {
        var sorted = hours.stream().sorted(Comparator.naturalOrder()).toList();
        var place = share * (sorted.size() - 1);
        var low = sorted.get((int) Math.floor(place));
        var high = sorted.get((int) Math.ceil(place));
        return low + (high - low) * (place - Math.floor(place));
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
        var ofOne = many.plans();
        var all = new Insights(jdbi).of(day, Optional.empty(), 50);
        var ofAll = many.plans();

        // Then
        assertThat(one).hasSize(1);
        assertThat(all).hasSizeGreaterThan(10);
        assertThat(ofOne)
                .filteredOn(node -> node.has("Relation Name"))
                .isNotEmpty()
                .allSatisfy(node -> assertThat(node.path("Node Type").asText()).isEqualTo("Index Only Scan"));
        assertThat(Stream.concat(ofOne.stream(), ofAll.stream())).isNotEmpty().allSatisfy(node -> {
            assertThat(node.path("Node Type").asText()).isNotEqualTo("Seq Scan");
            assertThat(ManyReleases.rows(node)).isLessThan(2_000);
        });
    }
}
