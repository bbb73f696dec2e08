package dev.slipway.release.lifecycle;

import dev.slipway.release.recurring.RecurringWork;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import org.jdbi.v3.core.Jdbi;

/** Deletes, a chunk at a time, what is kept for a time only. The journal is not of it. */
@Singleton
public class Retention {

    private static final String IDEMPOTENCY_KEYS = """
            DELETE FROM idempotency WHERE (caller, key) IN (
                SELECT caller, key FROM idempotency WHERE created_at < :before
                ORDER BY created_at LIMIT :chunk FOR UPDATE SKIP LOCKED)
            """;
    private static final String CALLS = """
            DELETE FROM accepted WHERE event_id IN (
                SELECT event_id FROM accepted WHERE at < :before LIMIT :chunk FOR UPDATE SKIP LOCKED)
            """;
    /** The keys of a release that goes on make its operations happen once; those stay. */
    private static final String OPERATIONS = """
            DELETE FROM operation WHERE key IN (
                SELECT key FROM operation
                WHERE until < :before AND state NOT IN ('PENDING', 'RUNNING')
                  AND NOT EXISTS (SELECT 1 FROM release WHERE id = release_id AND ended_at IS NULL)
                ORDER BY until LIMIT :chunk FOR UPDATE SKIP LOCKED)
            """;

    private final Jdbi jdbi;
    private final RetentionConfig config;
    private final Clock clock;
    private final RecurringWork work;

    public Retention(Jdbi jdbi, RetentionConfig config, Clock clock) {
        this.jdbi = jdbi;
        this.config = config;
        this.clock = clock;
        this.work = new RecurringWork(
                "retention",
                config.sweepEvery(),
                "What is old is kept now, and will be deleted when this is over",
                this::sweep);
    }

    void start(@Observes StartupEvent event) {
        work.start();
    }

    void stop(@Observes ShutdownEvent event) {
        work.stop();
    }

    /** Deletes all that is too old now. */
    void sweep() {
        delete(IDEMPOTENCY_KEYS, config.idempotencyKeys());
        delete(CALLS, config.calls());
        delete(OPERATIONS, config.operations());
    }

    private void delete(String statement, Duration kept) {
        var before = clock.instant().minus(kept).atOffset(ZoneOffset.UTC);
        int deleted;
        do {
            deleted = jdbi.withHandle(handle -> handle.createUpdate(statement)
                    .bind("before", before)
                    .bind("chunk", config.chunk())
                    .execute());
        } while (deleted == config.chunk() && !Thread.currentThread().isInterrupted());
    }
}
