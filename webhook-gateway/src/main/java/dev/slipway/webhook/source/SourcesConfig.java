package dev.slipway.webhook.source;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithParentName;
import java.util.Map;
import java.util.Optional;

/** The senders of webhooks. */
@ConfigMapping(prefix = "slipway.webhook.sources")
public interface SourcesConfig {

    /** The sources by the name that stands in their URLs: {@code stripe} → {@code /webhooks/stripe}. */
    @WithParentName
    Map<String, SourceConfig> byName();

    /**
     * One sender. All are read through {@link #all()}, in which a misspelt property shows; the others say what there is,
     * and give the variables their names.
     */
    interface SourceConfig {

        /** How it proves itself; the name of a {@link dev.slipway.webhook.scheme.KnownScheme}. */
        Optional<String> scheme();

        /**
         * Its secrets, separated by commas ({@code STRIPE_WEBHOOK_SECRET}, {@code REVENUECAT_WEBHOOK_SECRET}); any may
         * have signed. Without one the source does not exist, and its URL answers 404.
         */
        Optional<String> secrets();

        /** Further secrets, separated by commas, that count until {@link #oldSecretsExpireAt()}. */
        Optional<String> oldSecrets();

        /** The end of the old secrets, such as {@code 2026-11-20T10:15:30Z}. */
        Optional<String> oldSecretsExpireAt();

        /**
         * The environment that claims it, {@code application/environment} ({@code STRIPE_WEBHOOK_ENVIRONMENT}, {@code
         * REVENUECAT_WEBHOOK_ENVIRONMENT}). Without one its events are offered to every release that awaits them.
         */
        Optional<String> environment();

        /** How far the time of a signature may be from ours, to either side; {@code off} if it does not matter. By default 5m. */
        Optional<String> tolerance();

        /** What else its scheme lets it choose. */
        Map<String, String> options();

        /** The largest body that is taken, up to 16M; by default {@code slipway.webhook.ingest.largest-body}. */
        Optional<String> largestBody();

        /** How many deliveries it may send; without it as many as it likes. */
        Optional<RateLimitConfig> rateLimit();

        /** How many requests each of its addresses may send; without it as many as it likes. */
        Optional<RateLimitConfig> senderRateLimit();

        /** How long its deliveries are kept, in whole days; by default {@code slipway.webhook.delivery.retention}. */
        Optional<String> retention();

        /** How long repeats of its events are recognised; by default, and at most, for its retention. */
        Optional<String> dedupeWindow();

        /** Where its deliveries are forwarded to, by the names of the endpoints. */
        Map<String, EndpointConfig> forwardTo();

        /** All of these by their names, with what is none of them. */
        @WithParentName
        Map<String, Optional<String>> all();
    }

    /** An application that deliveries are forwarded to. */
    interface EndpointConfig {

        /** Its URL; {@code http} only within {@code slipway.webhook.forward.allowed-networks}. */
        Optional<String> url();

        /** How it recognises a genuine forward: {@code standard-webhooks}, which is the default, or {@code original}. */
        Optional<String> signing();

        /** What it is signed with, separated by commas: {@code whsec_} and 24 to 64 bytes in Base64. */
        Optional<String> secrets();

        /** The pauses between attempts, separated by commas; by default those of {@code Endpoint#SCHEDULE}. */
        Optional<String> schedule();

        /** How long an attempt may take; by default 15s. */
        Optional<String> timeout();

        /** Whether a delivery waits until the one before it, of the same subject, is delivered or given up; by default not. */
        Optional<String> ordered();

        /** The most attempts that a replica makes at the same time; by default 8. */
        Optional<String> concurrency();

        /** Which types of events it gets, separated by commas; a {@code *} may stand at their ends. By default all. */
        Optional<String> types();
    }

    /** How often something may happen. */
    interface RateLimitConfig {

        /** How often in a second, in the long run. */
        Optional<String> perSecond();

        /** How often at once; by default as often as in a second. */
        Optional<String> burst();
    }
}
