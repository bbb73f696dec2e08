package dev.slipway.release.insight;

import static dev.slipway.messaging.Statements.flag;
import static dev.slipway.messaging.Statements.optionalTime;
import static dev.slipway.messaging.Statements.uuid;

import dev.slipway.messaging.Statements;
import jakarta.inject.Singleton;
import java.util.Collection;

/** Keeps how releases ended. */
@Singleton
public class Outcomes {

    /** Keeps outcomes, in the transaction that ends their releases, after it has written these. */
    public void add(Statements statements, Collection<Outcome> outcomes) {
        statements.add(
                """
                INSERT INTO outcome (release_id, application, environment, state, committed_at, requested_at,
                                     touched, failed_at, ended_at)
                SELECT id, application, environment, state, committed_at, requested_at, touched, failed_at, ended_at
                FROM release JOIN unnest(?, ?, ?) AS ended (release_id, touched, failed_at) ON id = release_id
                ON CONFLICT (release_id) DO UPDATE SET
                    state = excluded.state, touched = excluded.touched, failed_at = excluded.failed_at,
                    ended_at = excluded.ended_at
                """, outcomes, uuid(Outcome::releaseId), flag(Outcome::touched), optionalTime(Outcome::failedAt));
    }
}
