package dev.slipway.probe.check;

import dev.slipway.event.Evidence;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * What a check came to.
 *
 * @param responseTime how long the answer took; nothing if none came
 */
public record CheckResult(boolean passed, Evidence evidence, Optional<Duration> responseTime) {

    static CheckResult impossible(String reason) {
        return new CheckResult(false, new Evidence(reason, Map.of("reason", reason)), Optional.empty());
    }
}
