package dev.slipway.webhook.delivery;

import dev.slipway.webhook.source.Source;
import dev.slipway.webhook.source.Sources;
import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;

/**
 * Forgets which events have come, once the window of their source is over: from then on a repeat is a new delivery. A
 * window can last up to a minute longer than configured.
 *
 * <p>It is never shorter than the source's own. What came from a source that cannot be read now is not forgotten until it
 * can. Of one that is gone the window is not known any more, but that its deliveries were kept for at least as long.
 */
@Singleton
public class SeenEvents {

    private static final Logger LOG = Logger.getLogger(SeenEvents.class);

    /** So few at once that no delivery waits for them for long. */
    private static final int PORTION = 5_000;

    private final Jdbi jdbi;
    private final Supplier<Map<String, Duration>> windows;
    private final Predicate<String> isUnreadable;
    private final DeliveryConfig config;
    private final Clock clock;

    @Inject
    public SeenEvents(Jdbi jdbi, Sources sources, DeliveryConfig config, Clock clock) {
        this(
                jdbi,
                () -> sources.all().stream().collect(Collectors.toMap(Source::name, Source::dedupeWindow)),
                sources::isUnreadable,
                config,
                clock);
    }

    /**
     * @param windows for how long each source's events are remembered
     * @param isUnreadable whether there is such a source, but its window cannot be read now
     */
    SeenEvents(
            Jdbi jdbi,
            Supplier<Map<String, Duration>> windows,
            Predicate<String> isUnreadable,
            DeliveryConfig config,
            Clock clock) {
        this.jdbi = jdbi;
        this.windows = windows;
        this.isUnreadable = isUnreadable;
        this.config = config;
        this.clock = clock;
    }

    @Scheduled(every = "1m", concurrentExecution = ConcurrentExecution.SKIP)
    void forget() {
        try {
            // The sources before their windows, so that one that is set up meanwhile is known.
            var sources = sources();
            var known = windows.get();
            sources.stream()
                    .filter(source -> !isUnreadable.test(source))
                    .forEach(source -> forget(
                            source, Optional.ofNullable(known.get(source)).orElseGet(() -> retention(source))));
        } catch (JdbiException e) {
            LOG.debug("Old events are forgotten later", e);
        }
    }

    /** Those that have sent something, from the index alone. */
    private List<String> sources() {
        return jdbi.withHandle(
                handle -> handle.createQuery("""
                        WITH RECURSIVE sender AS (
                            SELECT min(source) AS source FROM seen_event
                            UNION ALL
                            SELECT (SELECT min(source) FROM seen_event WHERE source > sender.source)
                            FROM sender WHERE sender.source IS NOT NULL
                        )
                        SELECT source FROM sender WHERE source IS NOT NULL
                        """).mapTo(String.class).list());
    }

    /** How long the newest delivery of a source is kept; as long as by default, if there is none any more. */
    private Duration retention(String source) {
        return jdbi.withHandle(handle -> handle.createQuery("""
                                SELECT retention_days FROM delivery WHERE source = :source AND replay_of IS NULL
                                ORDER BY id DESC LIMIT 1
                                """)
                        .bind("source", source)
                        .mapTo(Integer.class)
                        .findOne())
                .map(Duration::ofDays)
                .orElse(config.retention());
    }

    private void forget(String source, Duration window) {
        int forgotten;
        do {
            forgotten = jdbi.withHandle(handle -> handle.createUpdate("""
                            DELETE FROM seen_event WHERE (source, event_id) IN (
                                SELECT source, event_id FROM seen_event
                                WHERE source = :source AND delivery_id < :before LIMIT :portion)
                            """)
                    .bind("source", source)
                    .bind("before", Delivery.firstIdAt(clock.instant().minus(window)))
                    .bind("portion", PORTION)
                    .execute());
        } while (forgotten == PORTION);
    }
}
