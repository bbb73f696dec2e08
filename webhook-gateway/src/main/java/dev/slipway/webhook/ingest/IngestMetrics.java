package dev.slipway.webhook.ingest;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** What is measured of requests. Meters are looked up once, because that takes longer than to count. */
@Singleton
public class IngestMetrics {

    /** What stands for a source where there is none: a stranger's name would make a meter of its own. */
    static final String UNKNOWN = "unknown";

    private final MeterRegistry meters;
    private final Timer verification;
    private final Timer acknowledgement;
    private final ConcurrentMap<String, Map<Outcome, Counter>> requests = new ConcurrentHashMap<>();
    private final AtomicLong unanswered = new AtomicLong();

    public IngestMetrics(MeterRegistry meters) {
        this.meters = meters;
        this.verification = Timer.builder("slipway.webhook.verification")
                .description("How long it takes to judge a request")
                .register(meters);
        this.acknowledgement = Timer.builder("slipway.webhook.acknowledgement")
                .description("From the last byte of a genuine delivery to its 200")
                .serviceLevelObjectives(
                        Duration.ofMillis(1),
                        Duration.ofMillis(2),
                        Duration.ofMillis(5),
                        Duration.ofMillis(10),
                        Duration.ofMillis(25),
                        Duration.ofMillis(50),
                        Duration.ofMillis(100),
                        Duration.ofMillis(250),
                        Duration.ofMillis(500),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(5))
                .register(meters);
        meters.gauge("slipway.webhook.unanswered.bytes", unanswered);
    }

    /** The bytes of all bodies that are held and not answered yet. */
    AtomicLong unanswered() {
        return unanswered;
    }

    /** Counts a request that is answered. */
    void count(String source, Outcome outcome) {
        requireNonNull(requests.computeIfAbsent(source, this::counters).get(outcome))
                .increment();
    }

    /** Notes how long a request was judged. */
    void verified(long nanos) {
        verification.record(nanos, TimeUnit.NANOSECONDS);
    }

    /** Notes how long a delivery took from its last byte to its answer. */
    void acknowledged(long nanos) {
        acknowledgement.record(nanos, TimeUnit.NANOSECONDS);
    }

    private Map<Outcome, Counter> counters(String source) {
        var counters = new EnumMap<Outcome, Counter>(Outcome.class);
        for (var outcome : Outcome.values()) {
            counters.put(
                    outcome,
                    meters.counter("slipway.webhook.deliveries", "source", source, "outcome", outcome.label()));
        }
        return counters;
    }
}
