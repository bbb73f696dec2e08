package dev.slipway.release.lifecycle;

import dev.slipway.devstack.postgres.PostgreSqlAddress;
import dev.slipway.devstack.testing.Infrastructure;
import dev.slipway.event.Subject;
import dev.slipway.messaging.MessagingBeans;
import dev.slipway.release.plan.format.PlanFormat;
import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import io.agroal.api.exceptionsorter.PostgreSQLExceptionSorter;
import io.agroal.api.security.NamePrincipal;
import io.agroal.api.security.SimplePassword;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.flywaydb.core.Flyway;
import org.jdbi.v3.core.Jdbi;
import org.postgresql.PGConnection;

/** A database of a writer of its own, that has no release yet; a copy of one that was made once. */
final class Database implements AutoCloseable {

    private static final PostgreSqlAddress EMPTY = migrated();

    private final PostgreSqlAddress address;
    private final AgroalDataSource pool;

    /** @param plans the first version of each, without its head */
    Database(Map<Subject, String> plans) throws SQLException {
        address = EMPTY.withDatabase("test_" + UUID.randomUUID().toString().replace("-", ""));
        administer("create database %s template %s".formatted(address.database(), EMPTY.database()));
        pool = AgroalDataSource.from(new AgroalDataSourceConfigurationSupplier()
                .connectionPoolConfiguration(connections -> connections
                        .maxSize(2)
                        .exceptionSorter(new PostgreSQLExceptionSorter())
                        .connectionFactoryConfiguration(factory -> factory.jdbcUrl(address.jdbcUrl())
                                .principal(new NamePrincipal(address.user()))
                                .credential(new SimplePassword(address.password()))
                                // What is written here need not outlive the server.
                                .initialSql("SET synchronous_commit = off"))));
        store(plans);
    }

    private static PostgreSqlAddress migrated() {
        var fresh = Infrastructure.shared().freshDatabase();
        Flyway.configure()
                .dataSource(fresh.jdbcUrl(), fresh.user(), fresh.password())
                .locations("db/messaging", "db/migration")
                .outOfOrder(true)
                .load()
                .migrate();
        return fresh;
    }

    private void store(Map<Subject, String> plans) throws SQLException {
        try (var connection = pool.getConnection();
                var insert = connection.prepareStatement("""
                        INSERT INTO plan (application, environment, version, yaml, format, fragments, stored_at, stored_by)
                        VALUES (?, ?, 1, ?, ?, '{}', now(), 'ada')
                        """)) {
            for (var plan : plans.entrySet()) {
                var subject = plan.getKey();
                insert.setString(1, subject.application());
                insert.setString(2, subject.environment());
                insert.setString(
                        3,
                        "application: %s%nenvironment: %s%n%s"
                                .formatted(subject.application(), subject.environment(), plan.getValue()));
                insert.setInt(4, PlanFormat.PRESENT.number());
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    /** A way of its own into the database, as each process has it. */
    Jdbi jdbi() {
        return MessagingBeans.database(pool);
    }

    /** Cuts a connection off, whatever it is at. */
    void cut(Connection connection) {
        try (var other = address.connect();
                var terminate = other.prepareStatement("SELECT pg_terminate_backend(?, 5000)")) {
            terminate.setInt(1, connection.unwrap(PGConnection.class).getBackendPID());
            terminate.execute();
        } catch (SQLException e) {
            throw new IllegalStateException("The connection cannot be cut", e);
        }
    }

    /** What a query finds, each row as its first column's text. */
    List<String> rows(String query) {
        return jdbi().withHandle(
                        handle -> handle.createQuery(query).mapTo(String.class).list());
    }

    @Override
    public void close() throws SQLException {
        pool.close();
        // Not by force: that is refused while autovacuum is at it, whose process belongs to no role.
        administer("drop database %s".formatted(address.database()));
    }

    private static void administer(String statement) throws SQLException {
        try (var connection = Infrastructure.shared().postgres().connect();
                var executed = connection.createStatement()) {
            executed.execute(statement);
        }
    }
}
