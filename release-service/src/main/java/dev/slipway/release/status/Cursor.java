package dev.slipway.release.status;

import dev.slipway.http.Conditions;
import dev.slipway.http.Parameter;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jdbi.v3.core.mapper.RowMapper;

/**
 * A release's place in lists, which are by the time of the request. As text, {@code <microseconds since 1970>-<id>}, it
 * is the cursor of what follows.
 */
record Cursor(Instant requestedAt, UUID id) {

    /**
     * Holds for every release. The index of all of them by time is only for a query that says so: those of a filter,
     * which has an index of its own, the database would otherwise look for among a large part of all.
     */
    static final String ALL = "id >= '00000000-0000-0000-0000-000000000000'";

    /** Reads the columns of their names. */
    static final RowMapper<Cursor> ROW = (row, context) -> new Cursor(
            row.getObject("requested_at", OffsetDateTime.class).toInstant(), row.getObject("id", UUID.class));

    /** Eighteen digits reach beyond any year that is stored. */
    private static final Pattern FORM = Pattern.compile("(\\d{1,18})-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})");

    /** Reads the cursor of a call. */
    static Optional<Cursor> of(Parameter parameter) {
        return parameter.given().map(text -> {
            var parts = FORM.matcher(text);
            if (!parts.matches()) {
                throw parameter.wrong("be one that a page gave as 'next'");
            }
            return new Cursor(
                    Instant.EPOCH.plus(Long.parseLong(parts.group(1)), ChronoUnit.MICROS),
                    UUID.fromString(parts.group(2)));
        });
    }

    /** Adds to a query that releases stand beyond a cursor: {@code <} for the newest first, {@code >} for the oldest. */
    static Conditions beyond(String comparison, Optional<Cursor> cursor, Conditions conditions) {
        return conditions
                .and(
                        "(requested_at, id) %s (:cursorAt, :cursorId)".formatted(comparison),
                        "cursorAt",
                        cursor.map(Cursor::requestedAt))
                .value("cursorId", cursor.map(Cursor::id));
    }

    @Override
    public String toString() {
        return "%d-%s".formatted(ChronoUnit.MICROS.between(Instant.EPOCH, requestedAt), id);
    }
}
