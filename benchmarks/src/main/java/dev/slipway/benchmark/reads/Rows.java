package dev.slipway.benchmark.reads;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.slipway.event.EventJson;
import dev.slipway.release.engine.Input;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import org.postgresql.PGConnection;

/** Rows of a table, gathered to be stored by one <a href="https://www.postgresql.org/docs/18/sql-copy.html">COPY</a>. */
final class Rows {

    /** As the journal writes its entries. */
    private static final JsonMapper JSON = json();

    private final String table;
    private final String columns;
    private final StringBuilder text = new StringBuilder();

    Rows(String table, String... columns) {
        this.table = table;
        this.columns = String.join(", ", columns);
    }

    private static JsonMapper json() {
        var mapper = EventJson.mapper().copy();
        mapper.registerSubtypes(Input.class.getPermittedSubclasses());
        return mapper;
    }

    /** Adds a row; an absent value is null. */
    void add(Object... values) {
        for (var i = 0; i < values.length; i++) {
            text.append(i == 0 ? "" : "\t")
                    .append(
                            values[i] instanceof Optional<?> value
                                    ? value.map(Rows::escaped).orElse("\\N")
                                    : escaped(values[i]));
        }
        text.append('\n');
    }

    /** Stores the rows. */
    void copy(Connection connection) throws SQLException, IOException {
        connection
                .unwrap(PGConnection.class)
                .getCopyAPI()
                .copyIn(
                        "COPY release.%s (%s) FROM STDIN".formatted(table, columns),
                        new ByteArrayInputStream(text.toString().getBytes(StandardCharsets.UTF_8)));
    }

    static String json(Object value, Class<?> as) {
        try {
            return JSON.writerFor(as).writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String escaped(Object value) {
        return value.toString()
                .replace("\\", "\\\\")
                .replace("\t", "\\t")
                .replace("\n", "\\n")
                .replace("\r", "\\r");
    }
}
