package dev.slipway.webhook.source;

import dev.slipway.event.Subject;
import dev.slipway.webhook.scheme.KnownScheme;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * All that is set up for a source, but its secrets; what was left out has its default. {@link SourceReader} holds the
 * rules.
 *
 * @param name what stands in its URL, {@code /webhooks/<name>}
 * @param scheme how it proves itself
 * @param environment the environment that claims it; without one, its events are offered to every release that awaits
 *     them
 * @param tolerance how far the time of a signature may be from ours, to either side; empty if it does not matter, so that
 *     old payloads can be sent again
 * @param options what else its scheme lets it choose
 * @param largestBody the most bytes that a body may have
 * @param rateLimit how many deliveries it may send
 * @param senderRateLimit how many requests each of its addresses may send
 * @param retention how long its deliveries are kept; whole days
 * @param dedupeWindow how long repeats of its events are recognised; at most the retention
 */
record SourceSettings(
        String name,
        KnownScheme scheme,
        Optional<Subject> environment,
        Optional<Duration> tolerance,
        Map<String, String> options,
        long largestBody,
        Optional<RateLimit> rateLimit,
        Optional<RateLimit> senderRateLimit,
        Duration retention,
        Duration dedupeWindow) {}
