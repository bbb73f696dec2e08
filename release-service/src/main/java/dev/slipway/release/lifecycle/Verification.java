package dev.slipway.release.lifecycle;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.slipway.event.Subject;
import dev.slipway.release.journal.Journal;
import dev.slipway.release.lifecycle.Replay.Difference;
import dev.slipway.release.plan.PlanStore;
import jakarta.inject.Singleton;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.transaction.TransactionIsolationLevel;

/** Verifies that a stored journal replays to the stored state. */
@Singleton
public class Verification {

    private final Jdbi jdbi;
    private final PlanStore plans;
    private final Journal journal;

    public Verification(Jdbi jdbi, PlanStore plans, Journal journal) {
        this.jdbi = jdbi;
        this.plans = plans;
        this.journal = journal;
    }

    /**
     * What was found.
     *
     * @param revision how far the release is: as many entries follow the request for it
     * @param differences none if the journal replays to the state; twenty at most
     */
    public record Verdict(
            UUID releaseId, String application, String environment, long revision, List<Difference> differences) {}

    /** Verifies the journal of a release, be it under way or not; nothing if there is no such release. */
    public Optional<Verdict> of(UUID releaseId) {
        // One snapshot, or the state of a release under way would be another than its journal's.
        return jdbi.inTransaction(
                TransactionIsolationLevel.REPEATABLE_READ,
                handle -> stored(handle, releaseId)
                        .map(stored -> new Verdict(
                                releaseId,
                                stored.subject().application(),
                                stored.subject().environment(),
                                stored.revision(),
                                differences(handle, releaseId, stored))));
    }

    /**
     * A release's row.
     *
     * @param states the state as the engine wrote it, and the same with what also stands in columns
     */
    private record Stored(Subject subject, int planVersion, long revision, List<JsonNode> states) {}

    private static Optional<Stored> stored(Handle handle, UUID releaseId) {
        return handle.createQuery("""
                        SELECT application, environment, version, state, revision, requested_at, ended_at, progress
                        FROM release WHERE id = :id
                        """)
                .bind("id", releaseId)
                .map((row, context) -> {
                    var progress = Replay.json(row.getString("progress"));
                    var state = progress.<ObjectNode>deepCopy();
                    state.withObject("subject")
                            .put("application", row.getString("application"))
                            .put("environment", row.getString("environment"));
                    state.put("version", row.getString("version"))
                            .put("state", row.getString("state"))
                            .put("revision", row.getLong("revision"))
                            .put(
                                    "requestedAt",
                                    time(row, "requested_at").orElseThrow().toString());
                    state.remove("endedAt");
                    time(row, "ended_at").ifPresent(at -> state.put("endedAt", at.toString()));
                    return new Stored(
                            new Subject(row.getString("application"), row.getString("environment")),
                            progress.path("planVersion").asInt(),
                            row.getLong("revision"),
                            List.of(progress, state));
                })
                .findOne();
    }

    private static Optional<Instant> time(ResultSet row, String column) throws SQLException {
        return Optional.ofNullable(row.getObject(column, OffsetDateTime.class)).map(OffsetDateTime::toInstant);
    }

    private List<Difference> differences(Handle handle, UUID releaseId, Stored stored) {
        try {
            return Replay.differences(
                    plans.plan(handle, stored.subject(), stored.planVersion()),
                    journal.of(handle, releaseId),
                    stored.states());
        } catch (JdbiException e) {
            throw e;
        } catch (RuntimeException e) {
            // What this version cannot read, or not decide on, does not replay.
            return List.of(new Difference(stored.revision(), "", "a journal", e.toString()));
        }
    }
}
