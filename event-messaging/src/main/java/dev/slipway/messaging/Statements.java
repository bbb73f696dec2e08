package dev.slipway.messaging;

import static java.util.stream.Collectors.joining;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.argument.Argument;
import org.jspecify.annotations.Nullable;

/**
 * Statements of one transaction that go to the database together: there and back once, instead of once for each. Each
 * writes any number of rows, whose columns it gets as arrays.
 */
public final class Statements {

    private final Handle handle;
    private final List<Statement> gathered = new ArrayList<>();

    public Statements(Handle handle) {
        this.handle = handle;
    }

    /** A column of rows {@code T}, as an array. */
    public static final class Column<T> {

        private final String type;
        private final Function<T, ? extends @Nullable Object> value;
        private final IntFunction<@Nullable Object[]> array;

        // The driver writes arrays of texts and numbers as they are. An array of objects becomes a text with each
        // quotation mark escaped, and PostgreSQL would have to undo that: much work for documents of JSON.
        private Column(
                String type, Function<T, ? extends @Nullable Object> value, IntFunction<@Nullable Object[]> array) {
            this.type = type;
            this.value = value;
            this.array = array;
        }

        private Argument of(Collection<T> rows) {
            var values = rows.stream().map(value).toArray(array);
            return (position, statement, context) ->
                    statement.setArray(position, statement.getConnection().createArrayOf(type, values));
        }
    }

    /** Texts; also numbers, dates and documents that the statement casts. */
    public static <T> Column<T> text(Function<T, @Nullable String> value) {
        return new Column<>("text", value, String[]::new);
    }

    /** Names of releases and the like. */
    public static <T> Column<T> uuid(Function<T, UUID> value) {
        return new Column<>("uuid", value, Object[]::new);
    }

    /** Whole numbers of 64 bits. */
    public static <T> Column<T> number(Function<T, Long> value) {
        return new Column<>("bigint", value, Long[]::new);
    }

    /** Yes or no. */
    public static <T> Column<T> flag(Function<T, Boolean> value) {
        return new Column<>("boolean", value, Boolean[]::new);
    }

    /** Instants, of which the database keeps microseconds. */
    public static <T> Column<T> time(Function<T, Instant> value) {
        return optionalTime(value.andThen(Optional::of));
    }

    /** Instants, or NULL where there is none. */
    public static <T> Column<T> optionalTime(Function<T, Optional<Instant>> value) {
        return new Column<>(
                "timestamptz",
                value.andThen(
                        time -> time.map(it -> it.atOffset(ZoneOffset.UTC)).orElse(null)),
                Object[]::new);
    }

    /** Bytes as they are. */
    public static <T> Column<T> bytes(Function<T, byte @Nullable []> value) {
        return new Column<>("bytea", value, byte[][]::new);
    }

    /** The transaction that the statements are a part of. */
    public Handle handle() {
        return handle;
    }

    /**
     * Adds a statement about rows; none, if there are no rows.
     *
     * @param sql with a question mark for the array of each column
     */
    @SafeVarargs
    public final <T> void add(String sql, Collection<T> rows, Column<T>... columns) {
        add(sql, rows, Optional.empty(), columns);
    }

    /**
     * Adds a statement that must reach each of its rows.
     *
     * @param otherwise what is thrown if it does not
     */
    @SafeVarargs
    public final <T> void addForEach(
            String sql, Collection<T> rows, Supplier<RuntimeException> otherwise, Column<T>... columns) {
        add(sql, rows, Optional.of(otherwise), columns);
    }

    private <T> void add(
            String sql, Collection<T> rows, Optional<Supplier<RuntimeException>> otherwise, Column<T>[] columns) {
        if (!rows.isEmpty()) {
            var arguments = Stream.of(columns).map(column -> column.of(rows)).toList();
            gathered.add(new Statement(sql, arguments, rows.size(), otherwise));
        }
    }

    /** Sends what has been gathered, in its order, and waits until all of it is done. */
    public void send() {
        if (gathered.isEmpty()) {
            return;
        }
        try (var update =
                handle.createUpdate(gathered.stream().map(Statement::sql).collect(joining(";\n")))) {
            var position = 0;
            for (var statement : gathered) {
                for (var argument : statement.arguments()) {
                    update.bind(position++, argument);
                }
            }
            update.execute((sent, context) -> {
                var results = sent.get();
                for (var statement : gathered) {
                    statement.check(results.getUpdateCount());
                    results.getMoreResults();
                }
                return gathered.size();
            });
        }
        gathered.clear();
    }

    private record Statement(
            String sql, List<Argument> arguments, int rows, Optional<Supplier<RuntimeException>> otherwise) {

        void check(int reached) {
            if (reached != rows && otherwise.isPresent()) {
                throw otherwise.get().get();
            }
        }
    }
}
