package dev.slipway.release.freeze;

import dev.slipway.event.Subject;
import dev.slipway.release.freeze.Freeze.Hold;
import dev.slipway.release.freeze.Freeze.Kind;
import dev.slipway.release.freeze.Freeze.Lifted;
import jakarta.inject.Singleton;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** The freezes, as rows that are kept also when they are over. */
@Singleton
public class Freezes {

    /** The timer of the first in the queue: a freeze is over. */
    public static final String TIMER = "freeze";

    /** Held together by whoever lets releases begin, and alone by whoever stops the line: so none begins meanwhile. */
    private static final long LINE = 0x51_1b_aa_5e;

    /** What holds up an environment, for as long as it does. */
    public Optional<Hold> hold(Handle handle, Subject subject, Instant now) {
        return hold(standing(handle, now), subject, now);
    }

    /** Of several freezes that hold up an environment the one that ends last. */
    public static Optional<Hold> hold(List<Freeze> standing, Subject subject, Instant now) {
        return standing.stream()
                .filter(freeze -> freeze.isAbout(subject))
                .flatMap(freeze -> freeze.hold(now).stream())
                .max(Comparator.comparing(hold -> hold.until().orElse(Instant.MAX)));
    }

    /** All that stand, for whoever would let releases begin in the same transaction. */
    public List<Freeze> standingBeforeBeginning(Handle handle, Instant now) {
        handle.execute("SELECT pg_advisory_xact_lock_shared(?)", LINE);
        return standing(handle, now);
    }

    /** The stop that holds up an environment. */
    public Optional<Hold> stop(Handle handle, Subject subject, Instant now) {
        return stop(standing(handle, now), subject, now);
    }

    /** Of the freezes, the stop that holds up an environment. */
    public static Optional<Hold> stop(List<Freeze> standing, Subject subject, Instant now) {
        return standing.stream()
                .filter(freeze -> freeze.kind() == Kind.STOP && freeze.isAbout(subject))
                .flatMap(freeze -> freeze.hold(now).stream())
                .findFirst();
    }

    /** Adds a freeze; none of the releases that it holds up begins in the meantime. */
    void add(Handle handle, Freeze freeze) {
        handle.execute("SELECT pg_advisory_xact_lock(?)", LINE);
        handle.createUpdate("""
                        INSERT INTO environment_freeze (id, kind, application, environment, reason, starts, ends, zone, rule, until,
                            set_by, set_at)
                        VALUES (:id, :kind, :application, :environment, :reason, :starts, :ends, :zone, :rule, :until,
                            :setBy, :setAt)
                        """)
                .bind("id", freeze.id())
                .bind("kind", freeze.kind())
                .bind("application", freeze.application())
                .bind("environment", freeze.environment())
                .bind("reason", freeze.reason())
                .bind("starts", freeze.window().map(Window::from))
                .bind("ends", freeze.window().map(Window::to))
                .bind("zone", freeze.window().map(it -> it.zone().getId()))
                .bind("rule", freeze.window().flatMap(Window::rule))
                .bind("until", freeze.until().map(it -> it.atOffset(ZoneOffset.UTC)))
                .bind("setBy", freeze.setBy())
                .bind("setAt", freeze.setAt().atOffset(ZoneOffset.UTC))
                .execute();
    }

    /** @return whether it was not lifted before */
    boolean lift(Handle handle, UUID id, Lifted lifted) {
        return handle.execute(
                        "UPDATE environment_freeze SET lifted_by = ?, lifted_at = ?, lift_reason = ?"
                                + " WHERE id = ? AND lifted_at IS NULL",
                        lifted.by(),
                        lifted.at().atOffset(ZoneOffset.UTC),
                        lifted.reason(),
                        id)
                == 1;
    }

    /** A freeze, be it lifted. */
    Optional<Freeze> find(Handle handle, UUID id) {
        return handle.createQuery("SELECT * FROM environment_freeze WHERE id = :id")
                .bind("id", id)
                .map((row, context) -> freeze(row))
                .findOne();
    }

    /** All that are neither lifted nor over, the oldest first; a window that comes once, for a day longer. */
    List<Freeze> standing(Handle handle, Instant now) {
        // No clock on a wall is a day behind that of UTC; which one it is, the database need not know.
        return handle.createQuery("""
                        SELECT * FROM environment_freeze
                        WHERE lifted_at IS NULL
                          AND (until IS NULL OR until > :now)
                          AND (rule IS NOT NULL OR ends IS NULL
                               OR ends > :now AT TIME ZONE 'UTC' - interval '1 day')
                        ORDER BY set_at, id
                        """)
                .bind("now", now.atOffset(ZoneOffset.UTC))
                .map((row, context) -> freeze(row))
                .list();
    }

    private static Freeze freeze(ResultSet row) throws SQLException {
        return new Freeze(
                row.getObject("id", UUID.class),
                Kind.valueOf(row.getString("kind")),
                Optional.ofNullable(row.getString("application")),
                Optional.ofNullable(row.getString("environment")),
                row.getString("reason"),
                window(row),
                instant(row.getObject("until", OffsetDateTime.class)),
                row.getString("set_by"),
                row.getObject("set_at", OffsetDateTime.class).toInstant(),
                lifted(row));
    }

    private static Optional<Window> window(ResultSet row) throws SQLException {
        return row.getString("zone") == null
                ? Optional.empty()
                : Optional.of(new Window(
                        row.getObject("starts", LocalDateTime.class),
                        row.getObject("ends", LocalDateTime.class),
                        ZoneId.of(row.getString("zone")),
                        Optional.ofNullable(row.getString("rule"))));
    }

    private static Optional<Lifted> lifted(ResultSet row) throws SQLException {
        var at = instant(row.getObject("lifted_at", OffsetDateTime.class));
        return at.isEmpty()
                ? Optional.empty()
                : Optional.of(new Lifted(row.getString("lifted_by"), at.get(), row.getString("lift_reason")));
    }

    private static Optional<Instant> instant(@Nullable OffsetDateTime time) {
        return Optional.ofNullable(time).map(OffsetDateTime::toInstant);
    }
}
