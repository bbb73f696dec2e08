package dev.slipway.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.devstack.testing.Infrastructure;
import java.time.Instant;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

class ConditionsTest {

    private final Jdbi jdbi = Jdbi.create(Infrastructure.shared().freshDatabase()::connect);

    @Test
    void whatIsNotAskedIsNoCondition() {
        // When
        var conditions = new Conditions()
                .and("a = :a", "a", Optional.of("1"))
                .and("b = :b", "b", Optional.empty())
                .and("(c, d) < (:c, :d)", "c", Optional.of(2))
                .value("d", Optional.of(3));

        // Then
        assertThat(conditions).hasToString("a = :a AND (c, d) < (:c, :d)");
        assertThat(new Conditions()).hasToString("true");
    }

    @Test
    void whatHoldsForAllIsSaidOnlyIfNothingElseIs() {
        // When
        var some = new Conditions().and("a = :a", "a", Optional.of(1)).orElse("b > 0");
        var all = new Conditions().and("a = :a", "a", Optional.empty()).orElse("b > 0");

        // Then
        assertThat(some).hasToString("a = :a");
        assertThat(all).hasToString("b > 0");
    }

    @Test
    void valuesAreBoundTimesAsTheDatabaseKnowsThem() {
        // Given
        var conditions = new Conditions()
                .and("at < :at", "at", Optional.of(Instant.parse("2026-03-14T09:26:53Z")))
                .and("name = :name", "name", Optional.of("b"));

        // When
        var found = jdbi.withHandle(handle -> conditions
                .bind(handle.createQuery("""
                    SELECT name FROM (VALUES ('a', timestamptz '2026-01-01'), ('b', timestamptz '2026-01-01'),
                                             ('b', timestamptz '2026-12-31')) AS row (name, at) WHERE %s
                    """.formatted(conditions)))
                .mapTo(String.class)
                .list());

        // Then
        assertThat(found).containsExactly("b");
    }

    @Test
    void aQueryIsPlannedAnewHoweverOftenItIsAsked() {
        // Given
        var conditions = new Conditions().and("n = :n", "n", Optional.of(1));

        // When
        var kept = jdbi.withHandle(handle -> {
            for (var i = 0; i < 10; i++) {
                conditions
                        .bind(handle.createQuery("SELECT n FROM generate_series(1, 3) AS n WHERE " + conditions))
                        .mapTo(Integer.class)
                        .one();
            }
            return handle.select("SELECT statement FROM pg_prepared_statements")
                    .mapTo(String.class)
                    .list();
        });

        // Then
        assertThat(kept).isEmpty();
    }
}
