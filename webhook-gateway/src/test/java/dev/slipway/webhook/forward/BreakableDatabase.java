package dev.slipway.webhook.forward;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;
import org.postgresql.ds.PGSimpleDataSource;

/** A database that can be away. */
final class BreakableDatabase extends PGSimpleDataSource {

    private static final long serialVersionUID = 1L;

    final AtomicInteger refused = new AtomicInteger();
    volatile boolean away;

    BreakableDatabase(PGSimpleDataSource database) {
        setUrl(database.getUrl());
        setUser(database.getUser());
        setPassword(database.getPassword());
    }

    @Override
    public Connection getConnection() throws SQLException {
        if (away) {
            refused.incrementAndGet();
            throw new SQLException("The database is away");
        }
        return super.getConnection();
    }
}
