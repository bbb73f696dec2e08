package dev.slipway.webhook.scheme;

import java.time.Duration;

/** The schemes that a source can be configured with. */
public enum KnownScheme {
    STRIPE,
    REVENUECAT;

    /**
     * The scheme at work.
     *
     * @param tolerance how far a signature's time may be from ours
     */
    public SignatureScheme with(Duration tolerance) {
        return switch (this) {
            case STRIPE -> new StripeScheme(tolerance);
            case REVENUECAT -> new RevenueCatScheme(tolerance);
        };
    }
}
