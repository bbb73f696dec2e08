package dev.slipway.devstack.postgres;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

/**
 * Where a database is, and as whom to use it.
 *
 * @param host name or address of the server
 * @param port TCP port of the server
 * @param database name of the database
 * @param user name of the role
 * @param password the role's password
 */
public record PostgreSqlAddress(String host, int port, String database, String user, String password) {

    /** The address as pgjdbc takes it, without user and password. */
    public String jdbcUrl() {
        return "jdbc:postgresql://%s:%d/%s".formatted(host, port, database);
    }

    /** The same server, role and password, another database. */
    public PostgreSqlAddress withDatabase(String other) {
        return new PostgreSqlAddress(host, port, other, user, password);
    }

    /** A new connection, to be closed by the caller. */
    public Connection connect() throws SQLException {
        return DriverManager.getConnection(jdbcUrl(), user, password);
    }

    @Override
    public String toString() {
        return "%s as %s".formatted(jdbcUrl(), user);
    }
}
