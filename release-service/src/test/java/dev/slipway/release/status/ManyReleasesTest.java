package dev.slipway.release.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.slipway.http.Page;
import dev.slipway.http.Parameter;
import dev.slipway.release.ManyReleases;
import dev.slipway.release.engine.ReleaseState;
import dev.slipway.release.freeze.Freezes;
import dev.slipway.release.lifecycle.ReleaseStore;
import dev.slipway.release.plan.FakeOperations;
import dev.slipway.release.plan.PlanStore;
import dev.slipway.release.status.JournalQuery.Window;
import dev.slipway.release.status.StatusQuery.Filter;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is asked of many releases costs what it answers, not what there is. */
class ManyReleasesTest {

    private static final int PAGE = 51;
    /** Some pages' worth, however filters are combined; far from {@link ManyReleases#COUNT}. */
    private static final int FEW = 3 * PAGE;

    private static ManyReleases many;

    private final StatusQuery statuses = new StatusQuery(
            many.jdbi(),
            new ReleaseStore(),
            new PlanStore(new FakeOperations(), Clock.systemUTC()),
            new Freezes(),
            Clock.systemUTC());
    private final JournalQuery journals = new JournalQuery(many.jdbi());

    @BeforeAll
    static void generate() {
        many = ManyReleases.generate();
    }

    @BeforeEach
    void begin() {
        many.plans();
    }

    static Stream<Arguments> filters() {
        return Stream.of(
                arguments("none", filter("", "", "", "")),
                arguments("a large application", filter("app-0", "", "", "")),
                arguments("a small application", filter("app-3", "", "", "")),
                arguments("an application of old", filter("app-old", "", "", "")),
                arguments("an environment of old", filter("", "old", "", "")),
                arguments("no application", filter("app-x", "", "", "")),
                arguments("a large environment of old", filter("", "demo", "", "")),
                arguments("an environment", filter("", "production", "", "")),
                arguments("no environment", filter("", "nowhere", "", "")),
                arguments("an application's environment", filter("app-0", "demo", "", "")),
                arguments("a small application's environment", filter("app-6", "staging", "", "")),
                arguments("a frequent state", filter("", "", "SUCCEEDED", "")),
                arguments("a rare state", filter("", "", "ROLLBACK_FAILED", "")),
                arguments("a state that none has", filter("", "", "SUPERSEDED", "")),
                arguments("what is queued", filter("", "", "QUEUED", "")),
                arguments("a version", filter("", "", "", "1.77")),
                arguments("no version", filter("", "", "", "x")),
                arguments("an application's state", filter("app-0", "", "FAILED", "")),
                arguments("an application's rare state", filter("app-0", "", "ROLLBACK_FAILED", "")),
                arguments("a state of an environment", filter("", "demo", "FAILED", "")),
                arguments("a rare state of an environment", filter("", "demo", "ROLLBACK_FAILED", "")),
                arguments("a state of an application's environment", filter("app-0", "production", "ROLLED_BACK", "")),
                arguments("an application's version", filter("app-0", "", "", "1.4000")),
                arguments("all", filter("app-0", "staging", "SUCCEEDED", "1.2500")));
    }

    private static Filter filter(String application, String environment, String state, String version) {
        return new Filter(
                given(application),
                given(environment),
                given(state).map(ReleaseState::valueOf),
                given(version),
                Optional.empty(),
                Optional.empty());
    }

    private static Optional<String> given(String text) {
        return Optional.of(text).filter(it -> !it.isEmpty());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("filters")
    void aPageOfAListReadsLittleMoreThanItShows(String what, Filter filter) {
        // When
        statuses.list(filter, Optional.empty(), PAGE);

        // Then
        assertReadsFew();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("filters")
    void aPageFarDownAListReadsNoMoreThanTheFirst(String what, Filter filter) {
        // Given
        var halfWay = new Cursor(Instant.parse("2026-01-18T00:00:00Z"), new UUID(0, 0));

        // When
        statuses.list(filter, Optional.of(halfWay), PAGE);

        // Then
        assertReadsFew();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("filters")
    void aPageOfATimeReadsNoMore(String what, Filter filter) {
        // Given
        var week = new Filter(
                filter.application(),
                filter.environment(),
                filter.state(),
                filter.version(),
                Optional.of(Instant.parse("2026-01-05T00:00:00Z")),
                Optional.of(Instant.parse("2026-01-12T00:00:00Z")));

        // When
        statuses.list(week, Optional.empty(), PAGE);

        // Then
        assertReadsFew();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("filters")
    void thePagesOfAListAreTheWholeList(String what, Filter filter) {
        // When
        var listed = new ArrayList<UUID>();
        var cursor = Optional.<Cursor>empty();
        do {
            var page = Page.of(statuses.list(filter, cursor, 5_001), 5_000, StatusQuery.Summary::cursor);
            page.items().forEach(item -> listed.add(item.id()));
            cursor = Cursor.of(new Parameter("cursor", page.next()));
        } while (cursor.isPresent());

        // Then
        var expected = many.jdbi()
                .withHandle(handle -> handle.createQuery("""
                        SELECT id FROM release
                        WHERE application = coalesce(:application, application)
                          AND environment = coalesce(:environment, environment)
                          AND state = coalesce(:state, state) AND version = coalesce(:version, version)
                        ORDER BY requested_at DESC, id DESC
                        """)
                        .bind("application", filter.application())
                        .bind("environment", filter.environment())
                        .bind("state", filter.state().map(ReleaseState::name))
                        .bind("version", filter.version())
                        .mapTo(UUID.class)
                        .list());
        assertThat(listed).isEqualTo(expected);
    }

    @Test
    void theNextReleasesOfAnExportAreFoundWhereTheLastOnesEnded() {
        // When
        var some = journals.releases(new Window(
                        Optional.of("app-0"),
                        Optional.of("production"),
                        Optional.of(Instant.parse("2026-01-05T00:00:00Z")),
                        Optional.of(Instant.parse("2026-01-12T00:00:00Z"))))
                .toList();

        // Then
        assertThat(some).hasSizeGreaterThan(1_000);
        assertThat(many.plans()).allSatisfy(node -> {
            assertThat(node.path("Node Type").asText()).isNotIn("Seq Scan", "Sort", "Incremental Sort");
            assertThat(ManyReleases.rows(node)).isLessThan(2_000);
        });
    }

    @Test
    void anExportOfAllReadsThemInTheirOrder() {
        // When
        var all = journals.releases(new Window(
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(Instant.parse("2026-01-02T00:00:00Z"))))
                .toList();

        // Then
        assertThat(all).hasSizeGreaterThan(1_000);
        var plans = many.plans();
        assertThat(plans).extracting(node -> node.path("Index Name").asText()).contains("release_by_time");
        assertThat(plans).allSatisfy(node -> {
            assertThat(node.path("Node Type").asText()).isNotIn("Seq Scan", "Sort", "Incremental Sort");
            assertThat(ManyReleases.rows(node)).isLessThan(2_000);
        });
    }

    @Test
    void aTagIsFoundByItsRelease() {
        // Given
        var queued = statuses.list(filter("", "", "QUEUED", ""), Optional.empty(), 1);
        many.plans();

        // When
        var tag = statuses.tag(queued.getFirst().id());

        // Then
        assertThat(tag).hasValueSatisfying(it -> assertThat(it).startsWith("2-9-"));
        assertReadsFew();
    }

    private static void assertReadsFew() {
        assertThat(many.plans()).isNotEmpty().allSatisfy(node -> {
            var type = node.path("Node Type").asText();
            assertThat(node.path("Relation Name").asText().equals("release") && type.equals("Seq Scan"))
                    .as("reads the whole table: %s", node)
                    .isFalse();
            assertThat(ManyReleases.rows(node)).as(node.toString()).isLessThan(FEW);
        });
    }
}
