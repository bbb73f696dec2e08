package dev.slipway.webhook.delivery;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.summingDouble;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.slipway.event.EventJson;
import dev.slipway.event.WebhookEvent.Mode;
import dev.slipway.messaging.MessagingBeans;
import dev.slipway.webhook.outcome.Outcomes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.SqlStatements;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What PostgreSQL reads for a query, by its own account, when there are many deliveries. */
class DeliveryQueryTest {

    private static final int DAYS = 3;
    private static final int PER_DAY = 10_000;
    private static final int PAGE = 50;
    private static final Instant TODAY = Instant.now().truncatedTo(ChronoUnit.DAYS);
    private static final Instant FIRST = TODAY.minus(DAYS - 1, ChronoUnit.DAYS);

    private static final Jdbi jdbi = MessagingBeans.database(Gateway.freshDatabase());
    private static final DeliveryLookup deliveries = new DeliveryLookup(jdbi, new Outcomes(jdbi));

    /** Of two retentions, three days each: every thousandth of a rare source, every five-thousandth of a rare type. */
    @BeforeAll
    static void storeDeliveries() {
        var then = Clock.fixed(FIRST, ZoneOffset.UTC);
        new DeliveryPartitions(jdbi, then).keep(Set.of(7, 30));
        jdbi.useHandle(handle -> {
            handle.createUpdate("""
                            INSERT INTO delivery
                                (retention_days, id, source, subject, event_id, type, mode,
                                occurred_at, traceparent, scheme, headers, body)
                            SELECT days, uuidv7(:first - clock_timestamp() + interval '1 ms' * (n * 86400000.0 / :perDay)),
                                CASE WHEN n % 1000 = 7 THEN 'rare' ELSE (ARRAY['stripe', 'stripe', 'github'])[1 + n % 3] END,
                                'shop/production', 'event-' || days || '-' || n,
                                CASE WHEN n % 5000 = 8 THEN 'rare' ELSE 'invoice.paid' END,
                                CASE WHEN n % 5000 = 8 THEN 'TEST' ELSE 'LIVE' END,
                                now(), '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'stripe',
                                repeat('header: ' || n, 100), '{}'
                            FROM (VALUES (7), (30)) AS retention (days), generate_series(0, :perDay * :days - 1) AS n
                            """)
                    .bind("first", FIRST.atOffset(ZoneOffset.UTC))
                    .bind("perDay", PER_DAY)
                    .bind("days", DAYS)
                    .execute();
            handle.execute("INSERT INTO seen_event SELECT source, event_id, id FROM delivery");
            handle.execute("""
                    INSERT INTO unpublished SELECT uuidv7(), array_agg(id) FROM (SELECT id FROM delivery LIMIT 20)
                    """);
            handle.execute("""
                    INSERT INTO replay SELECT id, '019a0000-0000-7000-8000-000000000001', event_id, 'operator'
                    FROM (SELECT * FROM delivery LIMIT 3)
                    """);
            for (var table : Set.of("delivery", "seen_event", "unpublished", "replay")) {
                handle.execute("VACUUM (ANALYZE) " + table);
            }
        });
    }

    @Test
    void theNewestPageIsReadFromTheEndOfTheNewestDayOfEachRetention() {
        // When
        var read = read(DeliveryFilter.ALL);

        // Then
        assertThat(read).hasSize(2).allSatisfy((partition, rows) -> {
            assertThat(partition).endsWith(name(TODAY));
            assertThat(rows).isLessThanOrEqualTo(PAGE);
        });
    }

    @Test
    void aLaterPageIsReadWhereItBegins() {
        // Given
        var cursor = Delivery.firstIdAt(TODAY.minus(12, ChronoUnit.HOURS));

        // When
        var read = read(handle -> deliveries.query(handle, DeliveryFilter.ALL, Optional.of(cursor), PAGE));

        // Then
        assertThat(read).hasSize(2).allSatisfy((partition, rows) -> {
            assertThat(partition).endsWith(name(TODAY.minus(1, ChronoUnit.DAYS)));
            assertThat(rows).isLessThanOrEqualTo(PAGE);
        });
    }

    @Test
    void aSourceInAWindowOfTimeIsReadFromTheDaysOfThatWindow() {
        // Given
        var filter = filter(Optional.of("stripe"), Optional.empty(), FIRST, FIRST.plus(6, ChronoUnit.HOURS));

        // When
        var read = read(filter);

        // Then
        assertThat(read).hasSize(2).allSatisfy((partition, rows) -> {
            assertThat(partition).endsWith(name(FIRST));
            assertThat(rows).isLessThanOrEqualTo(2.0 * PAGE);
        });
    }

    @Test
    void aRareSourceIsReadWithoutThoseBetween() {
        // Given
        var filter = filter(Optional.of("rare"), Optional.empty(), FIRST, TODAY.plus(1, ChronoUnit.DAYS));

        // When
        var read = read(filter);

        // Then
        assertThat(sum(read)).isBetween((double) PAGE, 2.0 * DAYS * PER_DAY / 1_000);
    }

    @Test
    void aRareTypeIsReadFromThePlacesWhereItMayBe() {
        // Given
        var filter = filter(Optional.empty(), Optional.of("rare"), FIRST, TODAY.plus(1, ChronoUnit.DAYS));

        // When
        var read = read(filter);

        // Then
        assertThat(sum(read)).isLessThan(2.0 * DAYS * PER_DAY / 2);
    }

    @Test
    void theDeliveriesOfAnEventAreReadAlone() {
        // When
        var read = read(new DeliveryFilter(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of("event-30-4711"),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty()));

        // Then
        assertThat(sum(read)).isEqualTo(1);
    }

    @Test
    void whatIsNotPublishedIsReadAlone() {
        // When
        var read = read(new DeliveryFilter(
                Optional.empty(),
                Optional.empty(),
                Optional.of(DeliveryState.ACCEPTED),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty()));

        // Then
        assertThat(sum(read)).isEqualTo(20);
    }

    @Test
    void replaysAreReadAlone() {
        // When
        var read = read(new DeliveryFilter(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(UUID.fromString("019a0000-0000-7000-8000-000000000001")),
                Optional.empty(),
                Optional.empty()));

        // Then
        assertThat(sum(read)).isEqualTo(3);
    }

    @Test
    void oneDeliveryIsReadAlone() {
        // Given
        var id = deliveries
                .list(DeliveryFilter.ALL, Optional.empty(), 1)
                .getFirst()
                .delivery()
                .id();

        // When
        var read = read(handle -> deliveries.query(handle, id));

        // Then
        assertThat(sum(read)).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void howeverMuchIsNotPublishedItIsNotReadForEachDelivery(boolean onlyPublished) {
        // Given
        var filter = new DeliveryFilter(
                Optional.empty(),
                Optional.empty(),
                Optional.of(DeliveryState.PUBLISHED).filter(state -> onlyPublished),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());

        // When
        var plan = jdbi.inTransaction(handle -> {
            handle.execute("""
                    INSERT INTO unpublished
                    SELECT uuidv7(), array_agg(uuidv7()) FROM generate_series(1, 400000) AS n GROUP BY n / 64
                    """);
            handle.execute("ANALYZE unpublished");
            var plans = explain(
                    handle, "EXPLAIN (FORMAT TEXT) ", it -> deliveries.query(it, filter, Optional.empty(), PAGE));
            handle.rollback();
            return String.join("\n", plans);
        });

        // Then
        assertThat(plan).contains("unpublished");
        assertThat(plan.replace("hashed SubPlan", "")).doesNotContain("ANY (id = (SubPlan", "Materialize");
    }

    private static DeliveryFilter filter(Optional<String> source, Optional<String> type, Instant from, Instant to) {
        return new DeliveryFilter(
                source,
                type,
                Optional.empty(),
                Optional.empty(),
                Optional.of(Mode.LIVE).filter(mode -> type.isEmpty()),
                Optional.empty(),
                Optional.of(from),
                Optional.of(to));
    }

    private static Map<String, Double> read(DeliveryFilter filter) {
        return read(handle -> deliveries.query(handle, filter, Optional.empty(), PAGE));
    }

    /** How many rows a query reads of each partition that it reads from. */
    private static Map<String, Double> read(Function<Handle, Query> query) {
        var plan = jdbi.inTransaction(handle ->
                explain(handle, "EXPLAIN (ANALYZE, FORMAT JSON) ", query).getFirst());
        return nodes(tree(plan).path(0).path("Plan"))
                .filter(node -> node.path("Relation Name").asText().matches("delivery_\\d+d_\\d+"))
                .filter(node -> rows(node) > 0)
                .collect(groupingBy(
                        node -> node.path("Relation Name").asText(), summingDouble(DeliveryQueryTest::rows)));
    }

    private static List<String> explain(Handle handle, String explain, Function<Handle, Query> query) {
        var statements = handle.getConfig(SqlStatements.class);
        var engine = statements.getTemplateEngine();
        statements.setTemplateEngine((template, context) -> {
            var sql = engine.render(template, context);
            return sql.contains("pg_inherits") || sql.startsWith("SET") ? sql : explain + sql;
        });
        try {
            return query.apply(handle).mapTo(String.class).list();
        } finally {
            statements.setTemplateEngine(engine);
        }
    }

    private static double rows(JsonNode node) {
        var each = node.path("Actual Rows").asDouble()
                + node.path("Rows Removed by Filter").asDouble()
                + node.path("Rows Removed by Index Recheck").asDouble();
        return each * node.path("Actual Loops").asDouble();
    }

    private static Stream<JsonNode> nodes(JsonNode node) {
        var below = node.path("Plans");
        return Stream.concat(
                Stream.of(node),
                IntStream.range(0, below.size()).mapToObj(below::get).flatMap(DeliveryQueryTest::nodes));
    }

    private static JsonNode tree(String plan) {
        try {
            return EventJson.mapper().readTree(plan);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static double sum(Map<String, Double> read) {
        return read.values().stream().mapToDouble(rows -> rows).sum();
    }

    private static String name(Instant day) {
        return LocalDate.ofInstant(day, ZoneOffset.UTC).toString().replace("-", "");
    }
}
