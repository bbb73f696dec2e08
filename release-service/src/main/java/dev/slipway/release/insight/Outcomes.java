package dev.slipway.release.insight;

import jakarta.inject.Singleton;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/** Keeps how releases ended. */
@Singleton
public class Outcomes {

    /** Keeps outcomes, in the transaction that ends their releases, after it has written these. */
    public void add(Handle handle, Collection<Outcome> outcomes) {
        if (outcomes.isEmpty()) {
            return;
        }
        handle.createUpdate("""
                        INSERT INTO outcome (release_id, application, environment, state, committed_at, requested_at,
                                             touched, failed_at, ended_at)
                        SELECT id, application, environment, state, committed_at, requested_at,
                               touched, failed_at, ended_at
                        FROM release
                        JOIN unnest(:ids, :touched, :failedAts) AS ended (release_id, touched, failed_at)
                            ON id = release_id
                        ON CONFLICT (release_id) DO UPDATE SET
                            state = excluded.state, touched = excluded.touched, failed_at = excluded.failed_at,
                            ended_at = excluded.ended_at
                        """)
                .bindArray(
                        "ids",
                        UUID.class,
                        outcomes.stream().map(Outcome::releaseId).toArray())
                .bindArray(
                        "touched",
                        Boolean.class,
                        outcomes.stream().map(Outcome::touched).toArray())
                .bindArray(
                        "failedAts",
                        OffsetDateTime.class,
                        outcomes.stream()
                                .map(it -> it.failedAt()
                                        .map(time -> time.atOffset(ZoneOffset.UTC))
                                        .orElse(null))
                                .toArray())
                .execute();
    }
}
