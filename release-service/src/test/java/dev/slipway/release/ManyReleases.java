package dev.slipway.release;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.slipway.devstack.testing.Infrastructure;
import dev.slipway.event.EventJson;
import dev.slipway.messaging.MessagingBeans;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.flywaydb.core.Flyway;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.SqlLogger;
import org.jdbi.v3.core.statement.SqlStatements;
import org.jdbi.v3.core.statement.StatementContext;
import org.postgresql.ds.PGSimpleDataSource;

/** A database of its own with as many releases as tell whether a query needs an index; and how it runs its queries. */
public final class ManyReleases {

    /** Enough that to read all of them, or to sort them, shows. */
    public static final int COUNT = 50_000;

    private final Jdbi jdbi;
    private final List<JsonNode> plans = new ArrayList<>();

    private ManyReleases(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    /**
     * Makes them: one each minute, of 40 applications in three environments, two thirds of them of one application;
     * some of an application and of environments that have had none for long, a few or a good part of all; few are in the
     * rarer states.
     */
    public static ManyReleases generate() {
        var jdbi = none();
        jdbi.useHandle(handle -> {
            handle.execute("""
                    INSERT INTO release (id, application, environment, version, state, revision, progress,
                                         requested_at, ended_at)
                    SELECT uuidv7(),
                           'app-' || CASE WHEN i BETWEEN 1000 AND 6000 AND i %% 3 = 1 THEN 'old'
                                          WHEN i %% 3 = 0 THEN (i %% 40)::text
                                          ELSE '0' END,
                           CASE WHEN i BETWEEN 1000 AND 6000 AND i %% 3 = 2 THEN 'old'
                                ELSE (ARRAY['staging', 'production', CASE WHEN i > 40000 THEN 'staging' ELSE 'demo' END])
                                     [1 + i / 7 %% 3] END,
                           '1.' || i / 10,
                           CASE WHEN i > %1$d - 30 THEN 'QUEUED'
                                WHEN i %% 10000 = 5 THEN 'ROLLBACK_FAILED'
                                WHEN i %% 100 = 1 THEN 'FAILED'
                                WHEN i %% 33 = 1 THEN 'ROLLED_BACK'
                                ELSE 'SUCCEEDED' END,
                           9, jsonb_build_object('text', repeat(md5(i::text), 20)),
                           timestamptz '2026-01-01' + i * interval '1 minute',
                           CASE WHEN i <= %1$d - 30
                                THEN timestamptz '2026-01-01' + i * interval '1 minute' + interval '20 minutes' END
                    FROM generate_series(1, %1$d) AS i
                    """.formatted(COUNT));
            handle.execute("""
                    INSERT INTO outcome (release_id, application, environment, state, requested_at, failed_at, ended_at)
                    SELECT id, application, environment, state, requested_at,
                           CASE WHEN state <> 'SUCCEEDED' THEN requested_at + interval '9 minutes' END, ended_at
                    FROM release WHERE state <> 'QUEUED'
                    """);
            handle.execute("VACUUM ANALYZE");
        });
        return new ManyReleases(jdbi);
    }

    /** A database of its own that has no release yet. */
    public static Jdbi none() {
        var address = Infrastructure.shared().freshDatabase();
        var database = new PGSimpleDataSource();
        database.setUrl(address.jdbcUrl());
        database.setUser(address.user());
        database.setPassword(address.password());
        Flyway.configure()
                .dataSource(database)
                .locations("db/messaging", "db/migration")
                .outOfOrder(true)
                .load()
                .migrate();
        return MessagingBeans.database(database);
    }

    /** The database; {@link #plans} has how it ran each query. */
    public Jdbi jdbi() {
        jdbi.getConfig(SqlStatements.class).setSqlLogger(new SqlLogger() {
            @Override
            public void logAfterExecution(StatementContext context) {
                plans.add(explain(context));
            }
        });
        return jdbi;
    }

    /** How the queries since the last call were run, as PostgreSQL's EXPLAIN says it, each node of each plan. */
    public List<JsonNode> plans() {
        var nodes = new ArrayList<JsonNode>();
        plans.forEach(plan -> plan.findValues("Plan").forEach(root -> collect(root, nodes)));
        plans.clear();
        return nodes;
    }

    private static void collect(JsonNode node, List<JsonNode> nodes) {
        nodes.add(node);
        node.path("Plans").forEach(child -> collect(child, nodes));
    }

    /** The rows that a node of a plan looked at. */
    public static long rows(JsonNode node) {
        return (long) ((node.path("Actual Rows").asDouble()
                        + node.path("Rows Removed by Filter").asDouble()
                        + node.path("Rows Removed by Index Recheck").asDouble())
                * node.path("Actual Loops").asDouble());
    }

    /** Runs a query once more: the driver's statement says itself with its values. */
    private static JsonNode explain(StatementContext context) {
        try (var statement = context.getConnection().createStatement();
                var answer = statement.executeQuery("EXPLAIN (ANALYZE, FORMAT JSON) " + context.getStatement())) {
            answer.next();
            return EventJson.mapper().readTree(answer.getString(1));
        } catch (SQLException e) {
            throw new IllegalStateException("The query cannot be explained", e);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}
