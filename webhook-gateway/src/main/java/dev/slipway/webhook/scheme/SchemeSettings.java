package dev.slipway.webhook.scheme;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * How a source wants its scheme.
 *
 * @param tolerance how far the time of a signature may be from ours, to either side; empty if its time does not matter,
 *     so that old payloads can be sent again
 * @param options what else the scheme lets a source choose, by name
 */
public record SchemeSettings(Optional<Duration> tolerance, Map<String, String> options) {

    public SchemeSettings {
        options = Map.copyOf(options);
    }
}
