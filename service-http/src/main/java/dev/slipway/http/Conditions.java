package dev.slipway.http;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.StatementContext;
import org.jdbi.v3.core.statement.StatementCustomizer;
import org.postgresql.PGStatement;

/**
 * The conditions of a query, from what a call asks for. One without a value is left out, rather than made true by one, and
 * the query is planned for the values it is asked with: so the database sees what is asked, and takes the index for it.
 */
public final class Conditions {

    private static final StatementCustomizer PLANNED_ANEW = new StatementCustomizer() {
        @Override
        public void beforeExecution(PreparedStatement statement, StatementContext context) throws SQLException {
            statement.unwrap(PGStatement.class).setPrepareThreshold(0);
        }
    };

    private final List<String> conditions = new ArrayList<>();
    private final Map<String, Object> values = new HashMap<>();

    /** Adds a condition, if there is a value for its parameter. */
    public Conditions and(String condition, String name, Optional<?> value) {
        value.ifPresent(it -> {
            conditions.add(condition);
            values.put(name, it instanceof Instant time ? time.atOffset(ZoneOffset.UTC) : it);
        });
        return this;
    }

    /** Adds a condition, if there is none yet. */
    public Conditions orElse(String condition) {
        if (conditions.isEmpty()) {
            conditions.add(condition);
        }
        return this;
    }

    /** Adds a value for a further parameter of a condition. */
    public Conditions value(String name, Optional<?> value) {
        value.ifPresent(it -> values.put(name, it));
        return this;
    }

    /**
     * Binds the values to a query that has the conditions.
     *
     * <p>After five times the driver would have the server keep one plan for whatever values follow. It would be wrong for
     * most: an application may have ten rows, or a million.
     */
    public Query bind(Query query) {
        return query.bindMap(values).addCustomizer(PLANNED_ANEW);
    }

    /** What follows WHERE. */
    @Override
    public String toString() {
        return conditions.isEmpty() ? "true" : String.join(" AND ", conditions);
    }
}
