package dev.slipway.probe.watch;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What a monitor has seen so far, and what it concludes. Pure: a probe and the state before give the state after.
 *
 * @param since when it came to have this health; nothing before the first probe
 * @param failuresInARow failures since the last success
 * @param successesInARow successes since the last failure
 * @param failingSince when the first of the failures in a row was seen
 * @param probes how many probes there were
 * @param failures how many of them failed
 * @param slowest the longest response time
 * @param last the last probe
 */
public record MonitorState(
        Health health,
        Optional<Instant> since,
        int failuresInARow,
        int successesInARow,
        Optional<Instant> failingSince,
        long probes,
        long failures,
        Optional<Duration> slowest,
        Optional<Probe> last) {

    /** Before the first probe. */
    public static final MonitorState NEW = new MonitorState(
            Health.UNKNOWN, Optional.empty(), 0, 0, Optional.empty(), 0, 0, Optional.empty(), Optional.empty());

    /** What a probe leads to. */
    public record Change(MonitorState state, Optional<Transition> transition) {}

    /** Takes in a probe. */
    public Change apply(Probe probe, Thresholds thresholds) {
        return probe.passed() ? succeeded(probe, thresholds) : failed(probe, thresholds);
    }

    /**
     * Whether a watch may end on this: it is degraded, or its last probe did not fail and there were as many as it
     * takes to find out.
     */
    public boolean isConclusive(Thresholds thresholds) {
        return health == Health.DEGRADED || (probes >= thresholds.degradedAfter() && failuresInARow == 0);
    }

    /** Whether nothing but the tally differs, so that losing this after {@code before} would lose no decision. */
    boolean isRoutineAfter(MonitorState before) {
        return health == Health.HEALTHY
                && before.health == Health.HEALTHY
                && failuresInARow == 0
                && before.failuresInARow == 0;
    }

    private Change succeeded(Probe probe, Thresholds thresholds) {
        var inARow = successesInARow + 1;
        return switch (health) {
            case HEALTHY -> unchanged(next(health, since, 0, inARow, probe));
            case UNKNOWN -> unchanged(next(Health.HEALTHY, Optional.of(probe.at()), 0, inARow, probe));
            case DEGRADED ->
                inARow < thresholds.recoveredAfter()
                        ? unchanged(next(health, since, 0, inARow, probe))
                        : new Change(
                                next(Health.HEALTHY, Optional.of(probe.at()), 0, inARow, probe),
                                since.map(Transition.Recovered::new));
        };
    }

    private Change failed(Probe probe, Thresholds thresholds) {
        var inARow = failuresInARow + 1;
        var first = failingSince.orElse(probe.at());
        return health == Health.DEGRADED || inARow < thresholds.degradedAfter()
                ? unchanged(next(health, since, inARow, 0, probe))
                : new Change(
                        next(Health.DEGRADED, Optional.of(probe.at()), inARow, 0, probe),
                        Optional.of(new Transition.Degraded(first, inARow)));
    }

    private MonitorState next(
            Health health, Optional<Instant> since, int failuresInARow, int successesInARow, Probe probe) {
        return new MonitorState(
                health,
                since,
                failuresInARow,
                successesInARow,
                failuresInARow == 0 ? Optional.empty() : failingSince.or(() -> Optional.of(probe.at())),
                probes + 1,
                failures + (probe.passed() ? 0 : 1),
                probe.responseTime()
                        .filter(time -> slowest.isEmpty() || time.compareTo(slowest.get()) > 0)
                        .or(() -> slowest),
                Optional.of(probe));
    }

    private static Change unchanged(MonitorState state) {
        return new Change(state, Optional.empty());
    }
}
