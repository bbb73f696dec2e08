package dev.slipway.webhook.ingest;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.slipway.webhook.source.RateLimit;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Holds sources, and each address that sends to them, to their rates: a token bucket for each. The buckets are this
 * replica's own, so that no request waits for another: several replicas together let through as many times more.
 */
@Singleton
public class RateLimits {

    /** More addresses than this are not remembered at once; the longest unseen begins anew. */
    private static final int SENDERS = 100_000;

    private final TimeMeter time;
    private final Cache<Key, Bucket> ofSenders;

    /** Apart from those of the senders, however many there are: a source's own bucket is never forgotten for them. */
    private final Map<Key, Bucket> ofSources = new ConcurrentHashMap<>();

    @Inject
    public RateLimits() {
        this(TimeMeter.SYSTEM_NANOTIME);
    }

    RateLimits(TimeMeter time) {
        this.time = time;
        this.ofSenders = Caffeine.newBuilder()
                .maximumSize(SENDERS)
                .expireAfterAccess(Duration.ofMinutes(10))
                .build();
    }

    /**
     * Counts a request, before it is read.
     *
     * @param sender the address that it came from; all of an IPv6 network of 64 bits are one sender
     * @return nothing if it may pass; else how long its sender should wait, at least a second
     */
    Optional<Duration> refuseSender(String source, String sender, Optional<RateLimit> limit) {
        return limit.map(it -> new Key(source, network(sender), it))
                .flatMap(key -> refuse(ofSenders.get(key, this::bucket)));
    }

    /** Of an IPv6 address the first half: who has one has the whole /64, and could send from another each time. */
    private static String network(String sender) {
        if (sender.indexOf(':') < 0) {
            return sender;
        }
        try {
            return InetAddress.ofLiteral(sender) instanceof Inet6Address address
                    ? HexFormat.of().formatHex(address.getAddress(), 0, 8)
                    : sender;
        } catch (IllegalArgumentException e) {
            return sender;
        }
    }

    /**
     * Counts a delivery that is genuine: what others make up does not use up what a source may send.
     *
     * @return nothing if it may pass; else how long its sender should wait, at least a second
     */
    Optional<Duration> refuseSource(String source, Optional<RateLimit> limit) {
        return limit.map(it -> new Key(source, "", it))
                .flatMap(key -> refuse(ofSources.computeIfAbsent(key, this::bucket)));
    }

    private static Optional<Duration> refuse(Bucket bucket) {
        var probe = bucket.tryConsumeAndReturnRemaining(1);
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
