package dev.slipway.messaging;

import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.OffsetDateTime;
import java.util.Optional;
import javax.sql.DataSource;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.array.SqlArrayType;
import org.jdbi.v3.core.array.SqlArrayTypeFactory;
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
        return Jdbi.create(dataSource)
                .installPlugin(new PostgresPlugin())
                .registerArrayType(OffsetDateTime.class, "timestamptz")
                .registerArrayType(new Elements<>(String.class, "text").only())
                .registerArrayType(new Elements<>(Long.class, "bigint").only());
    }

    /**
     * Elements whose arrays the driver writes as they are. It would write an array of objects as text, with each
     * quotation mark escaped, and PostgreSQL would have to undo that: much work for documents of JSON.
     */
    private record Elements<T>(Class<T> type, String typeName) implements SqlArrayType<T> {

        SqlArrayTypeFactory only() {
            return (wanted, _) -> wanted == type ? Optional.of(this) : Optional.empty();
        }

        @Override
        public String getTypeName() {
            return typeName;
        }

        @Override
        public Object convertArrayElement(T element) {
            return element;
        }

        @Override
        public Class<?> getArrayElementClass() {
            return type;
        }
    }
}
