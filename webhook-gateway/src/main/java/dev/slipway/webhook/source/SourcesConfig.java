package dev.slipway.webhook.source;

import dev.slipway.webhook.scheme.KnownScheme;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithParentName;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** The senders of webhooks. */
@ConfigMapping(prefix = "slipway.webhook.sources")
public interface SourcesConfig {

    /** The sources by the name that stands in their URLs: {@code stripe} → {@code /webhooks/stripe}. */
    @WithParentName
    Map<String, SourceConfig> byName();

    /** One sender. */
    interface SourceConfig {

        /** How it proves itself. */
        KnownScheme scheme();

        /**
         * Its secrets, separated by commas ({@code STRIPE_WEBHOOK_SECRET}, {@code REVENUECAT_WEBHOOK_SECRET}); any may
         * have signed. Without one the source does not exist, and its URL answers 404.
         */
        Optional<String> secrets();

        /**
         * The environment that claims it, {@code application/environment} ({@code STRIPE_WEBHOOK_ENVIRONMENT}, {@code
         * REVENUECAT_WEBHOOK_ENVIRONMENT}). Without one its events are offered to every release that awaits them.
         */
        Optional<String> environment();

        /** How far the time of a signature may be from ours, to either side. */
        @WithDefault("5m")
        Duration tolerance();
    }
}
