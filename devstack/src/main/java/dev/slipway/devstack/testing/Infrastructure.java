package dev.slipway.devstack.testing;

import dev.slipway.devstack.postgres.PostgreSqlAddress;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;

/**
 * The PostgreSQL and the Kafka that tests run on.
 *
 * @param postgres a database whose owner may make further ones
 * @param kafka where Kafka's clients connect, as {@code host:port}
 */
public record Infrastructure(PostgreSqlAddress postgres, String kafka) {
    /** The token that the services under test accept. */
    public static final String TOKEN = "test-token";

    /**
     * The infrastructure of this JVM: started by the first call, ended with the JVM, embedded unless
     * {@code -Dslipway.test.infrastructure=testcontainers} asks for containers. Its tests share it, so each takes a
     * database, topics or keys of its own.
     */
    public static Infrastructure shared() {
        Properties shared = new Properties();
        shared.putAll(SharedInfrastructure.once());
        return new Infrastructure(
                new PostgreSqlAddress(
                        shared.getProperty("SLIPWAY_POSTGRES_HOST", ""),
                        Integer.parseInt(shared.getProperty("SLIPWAY_POSTGRES_PORT", "")),
                        shared.getProperty("SLIPWAY_POSTGRES_DATABASE", ""),
                        shared.getProperty("SLIPWAY_POSTGRES_USER", ""),
                        shared.getProperty("SLIPWAY_POSTGRES_PASSWORD", "")),
                shared.getProperty("SLIPWAY_KAFKA", ""));
    }

    /** Starts an embedded infrastructure that belongs to the caller, who may stop and start its parts. */
    public static BreakableInfrastructure start() {
        return BreakableInfrastructure.start();
    }

    /** Makes an empty database that no other test uses. */
    public PostgreSqlAddress freshDatabase() {
        String name = "test_" + UUID.randomUUID().toString().replace("-", "");
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("create database " + name);
            return postgres.withDatabase(name);
        } catch (SQLException e) {
            throw new IllegalStateException("No fresh database at " + postgres, e);
        }
    }

    /** What a service under test needs to find this infrastructure, by the names of its environment variables. */
    public Map<String, String> configuration() {
        return Map.of(
                "SLIPWAY_POSTGRES_HOST", postgres.host(),
                "SLIPWAY_POSTGRES_PORT", Integer.toString(postgres.port()),
                "SLIPWAY_POSTGRES_DATABASE", postgres.database(),
                "SLIPWAY_POSTGRES_USER", postgres.user(),
                "SLIPWAY_POSTGRES_PASSWORD", postgres.password(),
                "SLIPWAY_KAFKA", kafka,
                "SLIPWAY_TOKEN", TOKEN);
    }
}
