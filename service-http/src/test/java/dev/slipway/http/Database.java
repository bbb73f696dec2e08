package dev.slipway.http;

import dev.slipway.devstack.testing.Infrastructure;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.sql.SQLException;
import java.time.Clock;
import org.jdbi.v3.core.Jdbi;

/** A database that a test may take away. */
@Singleton
public class Database {

    private volatile boolean away;

    void goAway() {
        away = true;
    }

    void comeBack() {
        away = false;
    }

    @Produces
    @Singleton
    Clock clock() {
        return Clock.systemUTC();
    }

    @Produces
    @Singleton
    Jdbi jdbi() {
        var address = Infrastructure.shared().postgres();
        return Jdbi.create(() -> {
            if (away) {
                throw new SQLException("Connection to %s refused".formatted(address), "08001");
            }
            return address.connect();
        });
    }
}
