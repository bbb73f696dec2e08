package dev.slipway.webhook.delivery;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.JdbiException;

/**
 * Measures what Kafka does not have yet: the gauges {@code slipway.webhook.unpublished} (deliveries) and {@code
 * slipway.webhook.unpublished.oldest.seconds}. All replicas see the same backlog. While the database is away the last
 * figures stand.
 */
@Singleton
public class Backlog {

    private static final Logger LOG = Logger.getLogger(Backlog.class);

    private final DeliveryStore store;
    private final Clock clock;
    private final AtomicLong deliveries = new AtomicLong();
    private final AtomicLong oldestSeconds = new AtomicLong();

    public Backlog(DeliveryStore store, Clock clock, MeterRegistry meters) {
        this.store = store;
        this.clock = clock;
        meters.gauge("slipway.webhook.unpublished", deliveries);
        meters.gauge("slipway.webhook.unpublished.oldest.seconds", oldestSeconds);
    }

    @Scheduled(every = "5s", concurrentExecution = ConcurrentExecution.SKIP)
    void measure() {
        try {
            var backlog = store.backlog();
            deliveries.set(backlog.deliveries());
            oldestSeconds.set(backlog.oldest()
                    .map(oldest -> Math.max(
                            0, Duration.between(oldest, clock.instant()).toSeconds()))
                    .orElse(0L));
        } catch (JdbiException e) {
            LOG.debug("What is unpublished cannot be counted now", e);
        }
    }
}
