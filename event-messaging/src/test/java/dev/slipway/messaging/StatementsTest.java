package dev.slipway.messaging;

import static dev.slipway.messaging.Statements.bytes;
import static dev.slipway.messaging.Statements.flag;
import static dev.slipway.messaging.Statements.number;
import static dev.slipway.messaging.Statements.optionalTime;
import static dev.slipway.messaging.Statements.text;
import static dev.slipway.messaging.Statements.time;
import static dev.slipway.messaging.Statements.uuid;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.devstack.testing.Infrastructure;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.SqlLogger;
import org.jdbi.v3.core.statement.StatementContext;
import org.jdbi.v3.core.statement.UnableToExecuteStatementException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

class StatementsTest {

    private static final String INSERT = "INSERT INTO number (value) SELECT * FROM unnest(?)";
    private static final String DOUBLE =
            "UPDATE number SET value = 2 * value FROM unnest(?) AS old (old) WHERE value = old";

    private final List<String> sent = new ArrayList<>();
    private Jdbi jdbi;

    @BeforeEach
    void connect() {
        var address = Infrastructure.shared().freshDatabase();
        var database = new PGSimpleDataSource();
        database.setUrl(address.jdbcUrl());
        database.setUser(address.user());
        database.setPassword(address.password());
        jdbi = MessagingBeans.database(database);
        jdbi.useHandle(handle -> handle.execute("CREATE TABLE number (value bigint)"));
        jdbi.setSqlLogger(new SqlLogger() {
            @Override
            public void logBeforeExecution(StatementContext context) {
                sent.add(String.valueOf(context.getRawSql()));
            }
        });
    }

    @Test
    void statementsGoToTheDatabaseTogetherAndInTheirOrder() {
        // When
        write(statements -> {
            statements.add(INSERT, List.of(1L, 2L, 3L), number(it -> it));
            statements.add(DOUBLE, List.of(3L), number(it -> it));
            statements.add(INSERT, List.of(3L), number(it -> it));
        });

        // Then
        assertThat(sent).containsExactly(INSERT + ";\n" + DOUBLE + ";\n" + INSERT);
        assertThat(numbers()).containsExactly(1L, 2L, 3L, 6L);
    }

    @Test
    void aStatementAboutNoRowsIsNotSent() {
        // When
        write(statements -> statements.add(INSERT, List.<Long>of(), number(it -> it)));

        // Then
        assertThat(sent).isEmpty();
    }

    @Test
    void whatWasSentIsNotSentAgain() {
        // When
        write(statements -> {
            statements.add(INSERT, List.of(1L), number(it -> it));
            statements.send();
            statements.add(INSERT, List.of(2L), number(it -> it));
        });

        // Then
        assertThat(sent).containsExactly(INSERT, INSERT);
        assertThat(numbers()).containsExactly(1L, 2L);
    }

    @Test
    void aStatementThatMustReachEachOfItsRowsSaysIfItDoesNotAndNothingIsWritten() {
        assertThatThrownBy(() -> write(statements -> {
                    statements.add(INSERT, List.of(1L, 2L), number(it -> it));
                    statements.addForEach(
                            DOUBLE, List.of(1L, 7L), () -> new TryAgainException("Where is 7?"), number(it -> it));
                    statements.add(INSERT, List.of(3L), number(it -> it));
                }))
                .isInstanceOf(TryAgainException.class)
                .hasMessage("Where is 7?");
        assertThat(numbers()).isEmpty();
    }

    @Test
    void aStatementThatReachesEachOfItsRowsIsFine() {
        // When
        write(statements -> {
            statements.add(INSERT, List.of(1L, 5L), number(it -> it));
            statements.addForEach(
                    DOUBLE, List.of(1L, 5L), () -> new TryAgainException("Not reached"), number(it -> it));
        });

        // Then
        assertThat(numbers()).containsExactly(2L, 10L);
    }

    @Test
    void aStatementThatFailsTakesTheOthersWithIt() {
        assertThatThrownBy(() -> write(statements -> {
                    statements.add(INSERT, List.of(1L), number(it -> it));
                    statements.add("INSERT INTO nowhere SELECT * FROM unnest(?)", List.of(1L), number(it -> it));
                }))
                .isInstanceOf(UnableToExecuteStatementException.class)
                .hasMessageContaining("nowhere");
        assertThat(numbers()).isEmpty();
    }

    @Test
    void columnsOfEveryKindComeBackAsTheyWere() {
        // Given
        var row = new Row(UUID.randomUUID(), "a \"b\" \\ {c,d}", 7, true, Instant.parse("2026-03-01T12:00:00Z"));
        jdbi.useHandle(handle -> handle.execute(
                "CREATE TABLE kinds (id uuid, name text, size bigint, open boolean, at timestamptz, until timestamptz,"
                        + " body bytea, note text)"));

        // When
        write(statements -> statements.add(
                "INSERT INTO kinds SELECT * FROM unnest(?, ?, ?, ?, ?, ?, ?, ?)",
                List.of(row),
                uuid(Row::id),
                text(Row::name),
                number(Row::size),
                flag(Row::open),
                time(Row::at),
                optionalTime(_ -> Optional.empty()),
                bytes(_ -> new byte[] {0, -1}),
                text(_ -> null)));

        // Then
        assertThat(kinds("until IS NULL AND note IS NULL AND body = '\\x00ff'")).containsExactly(row);
    }

    private List<Row> kinds(String condition) {
        return jdbi.withHandle(handle -> handle.createQuery("SELECT * FROM kinds WHERE " + condition)
                .map((found, context) -> new Row(
                        found.getObject("id", UUID.class),
                        found.getString("name"),
                        found.getLong("size"),
                        found.getBoolean("open"),
                        found.getObject("at", OffsetDateTime.class).toInstant()))
                .list());
    }

    private record Row(UUID id, String name, long size, boolean open, Instant at) {}

    private void write(Consumer<Statements> gathering) {
        jdbi.useTransaction(handle -> {
            var statements = new Statements(handle);
            gathering.accept(statements);
            statements.send();
        });
    }

    private List<Long> numbers() {
        return jdbi.withHandle(handle -> handle.createQuery("SELECT value FROM number ORDER BY value")
                .mapTo(Long.class)
                .list());
    }
}
