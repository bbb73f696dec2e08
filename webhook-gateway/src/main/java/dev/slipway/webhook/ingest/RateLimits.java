package dev.slipway.webhook.ingest;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.slipway.webhook.source.RateLimit;
import dev.slipway.webhook.source.Source;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Optional;

/**
 * Holds sources, and each address that sends to them, to their rates: a token bucket for each. The buckets are this
 * replica's own, so that no request waits for another: several replicas together let through as many times more.
 */
@Singleton
public class RateLimits {

    /** More addresses than this are not remembered at once; the longest unseen begins anew. */
    private static final int SENDERS = 100_000;

    private final TimeMeter time;
    private final Cache<Key, Bucket> buckets;

    @Inject
    public RateLimits() {
        this(TimeMeter.SYSTEM_NANOTIME);
    }

    RateLimits(TimeMeter time) {
        this.time = time;
        this.buckets = Caffeine.newBuilder()
                .maximumSize(SENDERS)
                .expireAfterAccess(Duration.ofMinutes(10))
                .build();
    }

    /**
     * Counts a request.
     *
     * @param sender the address that it came from
     * @return nothing if it may pass; else how long its sender should wait, at least a second
     */
    Optional<Duration> refuse(Source source, String sender) {
        if (source.rateLimit().isEmpty() && source.senderRateLimit().isEmpty()) {
            return Optional.empty();
        }
        // The sender first: what one address sends too much shall not use up what its source may send.
        return source.senderRateLimit()
                .flatMap(limit -> refuse(new Key(source.name(), sender, limit)))
                .or(() -> source.rateLimit().flatMap(limit -> refuse(new Key(source.name(), "", limit))));
    }

    private Optional<Duration> refuse(Key key) {
        var probe = buckets.get(key, this::bucket).tryConsumeAndReturnRemaining(1);
        return probe.isConsumed()
                ? Optional.empty()
                : Optional.of(Duration.ofSeconds(
                        1 + Duration.ofNanos(probe.getNanosToWaitForRefill()).toSeconds()));
    }

    private Bucket bucket(Key key) {
        return Bucket.builder()
                .withCustomTimePrecision(time)
                .addLimit(limit -> limit.capacity(key.limit().burst())
                        .refillGreedy(key.limit().perSecond(), Duration.ofSeconds(1)))
                .build();
    }

    /** A limit that is changed begins with a full bucket. */
    private record Key(String source, String sender, RateLimit limit) {}
}
