package dev.slipway.release.insight;

import dev.slipway.event.Subject;
import dev.slipway.http.Conditions;
import jakarta.inject.Singleton;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;

/**
 * DORA's figures of environments, as <a href="https://dora.dev/guides/dora-metrics-four-keys/">dora.dev</a> defines them,
 * told by what Slipway knows: a release stands for a deployment.
 */
@Singleton
public class Insights {

    private static final double SECONDS_A_DAY = Duration.ofDays(1).toSeconds();

    private final Jdbi jdbi;

    public Insights(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    /**
     * Which releases are counted: those that ended in a time.
     *
     * @param from the first moment of it
     * @param to the first moment after it
     */
    record Window(Optional<String> application, Optional<String> environment, Instant from, Instant to) {

        private double days() {
            return Duration.between(from, to).toMillis() / 1_000.0 / SECONDS_A_DAY;
        }
    }

    /**
     * The figures of an environment.
     *
     * @param releases how the releases ended that are counted
     */
    public record Figures(
            String application,
            String environment,
            Releases releases,
            DeploymentFrequency deploymentFrequency,
            LeadTime leadTime,
            ChangeFailureRate changeFailureRate,
            TimeToRestore timeToRestore) {

        Subject subject() {
            return new Subject(application, environment);
        }
    }

    /** How many releases ended how. Of those that were aborted or superseded the other figures say nothing. */
    public record Releases(
            long succeeded, long rolledBack, long failed, long rollbackFailed, long aborted, long superseded) {}

    /**
     * How often a change reaches the environment, whether it stays or not. A release that ended before it changed anything
     * was no deployment.
     *
     * @param deployments the releases that changed something, and succeeded, failed, or were rolled back
     * @param perDay on an average day of the time that is asked about
     */
    public record DeploymentFrequency(long deployments, double perDay) {}

    /**
     * How long a change takes to its environment: from its commit to the end of the release that succeeded with it.
     *
     * @param releases how many are counted
     * @param fromRequest for how many of them nobody said when the commit was made: theirs counts from the request
     * @param medianSeconds half of them took no longer
     * @param p90Seconds nine of ten took no longer
     */
    public record LeadTime(
            long releases, long fromRequest, Optional<Double> medianSeconds, Optional<Double> p90Seconds) {}

    /**
     * How many deployments did not go well, by their own health or by a person's judgement.
     *
     * @param failures those that were rolled back, failed, or failed to be rolled back
     * @param of all of them
     * @param rate from 0 to 1; absent if there were none
     */
    public record ChangeFailureRate(long failures, long of, Optional<Double> rate) {}

    /**
     * How long the environment was in trouble after a failure: from degraded health, or the failure, to the end of the
     * way back; if there was none, or it failed, to the end of the next release that succeeded.
     *
     * @param restored how many failures are counted
     * @param unrestored failures that nothing has mended so far; they are not counted
     * @param medianSeconds half of them took no longer
     * @param p90Seconds nine of ten took no longer
     */
    public record TimeToRestore(
            long restored, long unrestored, Optional<Double> medianSeconds, Optional<Double> p90Seconds) {}

    /**
     * The figures of each environment in which a release ended, by the names of application and environment.
     *
     * @param after only those that follow this one
     */
    List<Figures> of(Window window, Optional<Subject> after, int atMost) {
        var conditions = new Conditions()
                .and("application = :application", "application", window.application())
                .and("environment = :environment", "environment", window.environment())
                .and("ended_at >= :from", "from", Optional.of(window.from()))
                .and("ended_at < :to", "to", Optional.of(window.to()))
                .and(
                        "(application, environment) > (:afterApplication, :afterEnvironment)",
                        "afterApplication",
                        after.map(Subject::application))
                .value("afterEnvironment", after.map(Subject::environment));
        return jdbi.withHandle(handle -> conditions
                .bind(handle.createQuery("""
                        WITH ended AS (
                            SELECT application, environment, state, committed_at IS NULL AS from_request,
                                   -- Not extract(): that makes decimals, which cost more to compute and to sort.
                                   date_part('epoch', greatest(
                                       ended_at - coalesce(committed_at, requested_at), interval '0')) AS lead,
                                   touched AND state IN ('SUCCEEDED', 'ROLLED_BACK', 'FAILED', 'ROLLBACK_FAILED')
                                       AS deployed,
                                   failed_at IS NOT NULL AS failed,
                                   date_part('epoch',
                                       CASE state WHEN 'ROLLED_BACK' THEN ended_at ELSE mended_at END - failed_at)
                                       AS restore
                            FROM outcome CROSS JOIN LATERAL (
                                SELECT min(next.ended_at) AS mended_at FROM outcome next
                                WHERE outcome.failed_at IS NOT NULL AND outcome.state <> 'ROLLED_BACK'
                                  AND next.application = outcome.application
                                  AND next.environment = outcome.environment
                                  AND next.state = 'SUCCEEDED' AND next.ended_at > outcome.ended_at) AS mended
                            WHERE %s)
                        SELECT application, environment,
                               count(*) FILTER (WHERE state = 'SUCCEEDED') AS succeeded,
                               count(*) FILTER (WHERE state = 'ROLLED_BACK') AS rolled_back,
                               count(*) FILTER (WHERE state = 'FAILED') AS failed,
                               count(*) FILTER (WHERE state = 'ROLLBACK_FAILED') AS rollback_failed,
                               count(*) FILTER (WHERE state = 'ABORTED') AS aborted,
                               count(*) FILTER (WHERE state = 'SUPERSEDED') AS superseded,
                               count(*) FILTER (WHERE deployed) AS deployments,
                               count(*) FILTER (WHERE deployed AND state <> 'SUCCEEDED') AS failures,
                               count(*) FILTER (WHERE state = 'SUCCEEDED' AND from_request) AS from_request,
                               percentile_cont(0.5) WITHIN GROUP (ORDER BY lead)
                                   FILTER (WHERE state = 'SUCCEEDED') AS lead_median,
                               percentile_cont(0.9) WITHIN GROUP (ORDER BY lead)
                                   FILTER (WHERE state = 'SUCCEEDED') AS lead_p90,
                               count(restore) FILTER (WHERE failed) AS restored,
                               count(*) FILTER (WHERE failed AND restore IS NULL) AS unrestored,
                               percentile_cont(0.5) WITHIN GROUP (ORDER BY restore)
                                   FILTER (WHERE failed) AS restore_median,
                               percentile_cont(0.9) WITHIN GROUP (ORDER BY restore)
                                   FILTER (WHERE failed) AS restore_p90
                        FROM ended GROUP BY application, environment ORDER BY application, environment LIMIT %d
                        """.formatted(conditions, atMost)))
                .map((row, context) -> figures(row, window))
                .list());
    }

    private static Figures figures(ResultSet row, Window window) throws SQLException {
        var releases = new Releases(
                row.getLong("succeeded"),
                row.getLong("rolled_back"),
                row.getLong("failed"),
                row.getLong("rollback_failed"),
                row.getLong("aborted"),
                row.getLong("superseded"));
        var deployments = row.getLong("deployments");
        var failures = row.getLong("failures");
        return new Figures(
                row.getString("application"),
                row.getString("environment"),
                releases,
                new DeploymentFrequency(deployments, deployments / window.days()),
                new LeadTime(
                        releases.succeeded(),
                        row.getLong("from_request"),
                        number(row, "lead_median"),
                        number(row, "lead_p90")),
                new ChangeFailureRate(
                        failures,
                        deployments,
                        Optional.of(deployments).filter(it -> it > 0).map(it -> (double) failures / it)),
                new TimeToRestore(
                        row.getLong("restored"),
                        row.getLong("unrestored"),
                        number(row, "restore_median"),
                        number(row, "restore_p90")));
    }

    private static Optional<Double> number(ResultSet row, String column) throws SQLException {
        var number = row.getDouble(column);
        return row.wasNull() ? Optional.empty() : Optional.of(number);
    }
}
