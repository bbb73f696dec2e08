package dev.slipway.benchmark.engine;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

/**
 * Releases that are on their way, and wait: copies, made in the database, of one that came there through the front door,
 * each in an environment of its own, with its plan, its journal and its timers.
 */
final class LiveReleases {

    private final String jdbcUrl;

    LiveReleases(String jdbcUrl) {
        this.jdbcUrl = jdbcUrl;
    }

    /**
     * Copies an active release until so many are live.
     *
     * @param environment of the release that is copied
     */
    void fill(String environment, int live) throws SQLException {
        try (var connection = DriverManager.getConnection(jdbcUrl + "&currentSchema=release")) {
            connection.setAutoCommit(false);
            copy(connection, environment, live);
            connection.commit();
            connection.setAutoCommit(true);
            try (var statement = connection.createStatement()) {
                // The statistics of the tables as they are now, which autovacuum would make after a while.
                statement.execute("ANALYZE release, journal, timer, plan");
            }
        }
    }

    private static void copy(Connection connection, String environment, int live) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute("""
                    CREATE TEMP TABLE copied ON COMMIT DROP AS
                    SELECT id AS original, gen_random_uuid() AS id, 'live-' || gen_random_uuid() AS environment
                    FROM release, generate_series((SELECT count(*) + 1 FROM release WHERE ended_at IS NULL), %d)
                    WHERE environment = '%s' AND ended_at IS NULL
                    """.formatted(live, environment));
            statement.execute("""
                    INSERT INTO plan (application, environment, version, yaml, format, fragments, stored_at, stored_by)
                    SELECT application, copied.environment, version, replace(yaml, plan.environment, copied.environment),
                           format, fragments, stored_at, stored_by
                    FROM plan, copied WHERE plan.environment = '%s'
                    """.formatted(environment));
            statement.execute("""
                    INSERT INTO release (id, application, environment, version, state, revision, progress, awaits, requested_at)
                    SELECT copied.id, application, copied.environment, version, state, revision,
                           replace(replace(progress::text, original::text, copied.id::text),
                                   release.environment, copied.environment)::json,
                           awaits, requested_at
                    FROM release JOIN copied ON original = release.id
                    """);
            statement.execute("""
                    INSERT INTO journal
                        (release_id, seq, at, actor, origin, event_source, event_id, trace, input, changes)
                    SELECT copied.id, seq, at, actor, origin, event_source, event_id, trace, input, changes
                    FROM journal JOIN copied ON original = release_id
                    """);
            statement.execute("""
                    INSERT INTO timer (release_id, name, due_at, trace)
                    SELECT copied.id, replace(name, original::text, copied.id::text), due_at, trace
                    FROM timer JOIN copied ON original = release_id
                    """);
        }
    }
}
