package dev.slipway.probe.watch;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.slipway.event.Subject;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * A monitor of a running watch, as the API shows it.
 *
 * @param state what it says of what it probes
 * @param since when it came to say so; absent before the first probe
 * @param until when its watch ends
 * @param probes how many probes there were
 * @param failures how many of them failed
 * @param failuresInARow failures since the last success
 * @param lastOutcome the last probe; absent before it
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record MonitorStatus(
        String name,
        String watchId,
        String application,
        String environment,
        UUID releaseId,
        Health state,
        Optional<Instant> since,
        Instant until,
        long probes,
        long failures,
        int failuresInARow,
        Optional<LastOutcome> lastOutcome) {

    /**
     * The last probe.
     *
     * @param responseTimeMs in milliseconds; absent if no answer came
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record LastOutcome(boolean passed, Instant at, String summary, Optional<Long> responseTimeMs) {}

    /** Its place in the list. */
    record Position(String subject, String watchId, String name) {}

    static MonitorStatus of(
            String watchId, String name, Subject subject, UUID releaseId, Instant until, MonitorState state) {
        return new MonitorStatus(
                name,
                watchId,
                subject.application(),
                subject.environment(),
                releaseId,
                state.health(),
                state.since(),
                until,
                state.probes(),
                state.failures(),
                state.failuresInARow(),
                state.last()
                        .map(last -> new LastOutcome(
                                last.passed(),
                                last.at(),
                                last.summary(),
                                last.responseTime().map(Duration::toMillis))));
    }

    Position position() {
        return new Position(new Subject(application, environment).toString(), watchId, name);
    }
}
