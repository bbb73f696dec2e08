package dev.slipway.messaging;

import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.sql.Types;
import java.time.Clock;
import javax.sql.DataSource;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.argument.AbstractArgumentFactory;
import org.jdbi.v3.core.argument.Argument;
import org.jdbi.v3.core.config.ConfigRegistry;
import org.jdbi.v3.postgres.PostgresPlugin;

/** What every service shares: its clock and its database. */
@Singleton
public class MessagingBeans {

    @Produces
    @Singleton
    Clock clock() {
        return Clock.systemUTC();
    }

    @Produces
    @Singleton
    Jdbi jdbi(DataSource dataSource) {
        return database(dataSource);
    }

    /** Jdbi as all services use it. */
    public static Jdbi database(DataSource dataSource) {
        return Jdbi.create(dataSource).installPlugin(new PostgresPlugin()).registerArgument(new ByteaArrays());
    }

    /** Binds {@code byte[][]} as {@code bytea[]}: Jdbi hands arrays over as {@code Object[]}, in which pgjdbc takes none. */
    private static final class ByteaArrays extends AbstractArgumentFactory<byte[][]> {

        ByteaArrays() {
            super(Types.ARRAY);
        }

        @Override
        protected Argument build(byte[][] value, ConfigRegistry config) {
            return (position, statement, context) -> statement.setObject(position, value);
        }
    }
}
