package dev.slipway.webhook.rejection;

import dev.slipway.webhook.rejection.Tally.Sum;
import dev.slipway.webhook.scheme.Reason;
import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.SqlStatement;

/** Refused requests in PostgreSQL: their numbers by the minute, and a few of them. */
@Singleton
public class RejectionStore {

    private final Jdbi jdbi;
    private final RejectionConfig config;
    private final Clock clock;

    public RejectionStore(Jdbi jdbi, RejectionConfig config, Clock clock) {
        this.jdbi = jdbi;
        this.config = config;
        this.clock = clock;
    }

    /** A sample, with why and when it was refused. */
    record Refused(UUID id, Instant at, String source, Reason reason, Sample sample) {}

    /** How many were refused from a time on, for as long as the list's span. */
    record Count(Instant at, String source, Reason reason, long count) {}

    /** Which refused requests are asked for; what is empty does not restrict. */
    record RejectionFilter(
            Optional<String> source, Optional<Reason> reason, Optional<Instant> from, Optional<Instant> to) {}

    /** How much time one count is about. */
    enum Span {
        MINUTE,
        HOUR,
        DAY
    }

    /** Adds what was counted to its minute. */
    void add(Handle handle, String source, Reason reason, Sum sum) {
        handle.createUpdate("""
                        INSERT INTO rejection (minute, source, reason, count) VALUES (:minute, :source, :reason, :count)
                        ON CONFLICT (minute, source, reason) DO UPDATE SET count = rejection.count + excluded.count
                        """)
                .bind("minute", sum.since().truncatedTo(ChronoUnit.MINUTES).atOffset(ZoneOffset.UTC))
                .bind("source", source)
                .bind("reason", reason.name())
                .bind("count", sum.count())
                .execute();
    }

    /** Keeps samples, and of each source and reason no more than the newest. */
    void keep(Handle handle, List<Refused> samples) {
        if (samples.isEmpty()) {
            return;
        }
        var rows = handle.prepareBatch("""
                INSERT INTO rejection_sample (id, at, source, reason, address, headers, body, body_size)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """);
        samples.forEach(refused -> rows.add(
                refused.id(),
                refused.at().atOffset(ZoneOffset.UTC),
                refused.source(),
                refused.reason().name(),
                refused.sample().address(),
                refused.sample().headers(),
                refused.sample().body(),
                refused.sample().bodySize()));
        rows.execute();
        handle.createUpdate("""
                        DELETE FROM rejection_sample WHERE id IN (
                            SELECT id FROM (
                                SELECT id, row_number() OVER (PARTITION BY source, reason ORDER BY id DESC) AS place
                                FROM rejection_sample
                            ) WHERE place > :most
                        )
                        """).bind("most", config.samples()).execute();
    }

    /** Counts, newest first, those after another in that order if one is given. */
    List<Count> counts(RejectionFilter filter, Span span, Optional<Count> after, int limit) {
        return jdbi.withHandle(handle -> bind(handle.createQuery("""
                        SELECT * FROM (
                            SELECT date_trunc(:span, minute, 'UTC') AS at, source, reason, sum(count)::bigint AS count
                            FROM rejection
                            WHERE (:source::text IS NULL OR source = :source)
                                AND (:reason::text IS NULL OR reason = :reason)
                                AND (:from::timestamptz IS NULL OR minute >= :from)
                                AND (:to::timestamptz IS NULL OR minute < :to)
                            GROUP BY 1, 2, 3
                        )
                        WHERE :afterAt::timestamptz IS NULL
                            OR (at, source, reason) < (:afterAt, :afterSource, :afterReason)
                        ORDER BY at DESC, source DESC, reason DESC LIMIT :limit
                        """), filter)
                .bind("span", span.name())
                .bind("afterAt", after.map(Count::at).map(at -> at.atOffset(ZoneOffset.UTC)))
                .bind("afterSource", after.map(Count::source))
                .bind("afterReason", after.map(Count::reason).map(Reason::name))
                .bind("limit", limit)
                .map((row, context) -> new Count(
                        row.getObject("at", OffsetDateTime.class).toInstant(),
                        row.getString("source"),
                        Reason.valueOf(row.getString("reason")),
                        row.getLong("count")))
                .list());
    }

    /** Samples, newest first, those before another if one is given. */
    List<Refused> samples(RejectionFilter filter, Optional<UUID> before, int limit) {
        return jdbi.withHandle(handle -> bind(handle.createQuery("""
                        SELECT id, at, source, reason, address, headers, body, body_size FROM rejection_sample
                        WHERE (:source::text IS NULL OR source = :source)
                            AND (:reason::text IS NULL OR reason = :reason)
                            AND (:from::timestamptz IS NULL OR at >= :from)
                            AND (:to::timestamptz IS NULL OR at < :to)
                            AND (:before::uuid IS NULL OR id < :before)
                        ORDER BY id DESC LIMIT :limit
                        """), filter)
                .bind("before", before)
                .bind("limit", limit)
                .map((row, context) -> new Refused(
                        row.getObject("id", UUID.class),
                        row.getObject("at", OffsetDateTime.class).toInstant(),
                        row.getString("source"),
                        Reason.valueOf(row.getString("reason")),
                        new Sample(
                                row.getString("address"),
                                row.getString("headers"),
                                row.getBytes("body"),
                                row.getInt("body_size"))))
                .list());
    }

    @Scheduled(every = "1h", delayed = "1h", concurrentExecution = ConcurrentExecution.SKIP)
    void forget() {
        var before = clock.instant().minus(config.retention()).atOffset(ZoneOffset.UTC);
        jdbi.useHandle(handle -> {
            handle.execute("DELETE FROM rejection WHERE minute < ?", before);
            handle.execute("DELETE FROM rejection_sample WHERE at < ?", before);
        });
    }

    private static <S extends SqlStatement<S>> S bind(S statement, RejectionFilter filter) {
        return statement
                .bind("source", filter.source())
                .bind("reason", filter.reason().map(Reason::name))
                .bind("from", filter.from().map(from -> from.atOffset(ZoneOffset.UTC)))
                .bind("to", filter.to().map(to -> to.atOffset(ZoneOffset.UTC)));
    }
}
