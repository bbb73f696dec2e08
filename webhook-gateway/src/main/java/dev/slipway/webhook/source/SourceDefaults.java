package dev.slipway.webhook.source;

import java.time.Duration;

/**
 * What holds for a source that does not say otherwise.
 *
 * @param largestBody in bytes
 * @param retention in whole days
 */
public record SourceDefaults(long largestBody, Duration retention) {

    /** @throws IllegalArgumentException if one is not what a source may say */
    public SourceDefaults {
        SourceReader.largestBody(largestBody);
        SourceReader.retention(retention);
    }
}
