package dev.slipway.webhook.delivery;

import static java.util.stream.Collectors.toSet;

import dev.slipway.webhook.source.Retentions;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.HandleConsumer;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;

/**
 * One partition of deliveries for each retention, and within it one for each day (UTC): made days ahead, dropped when
 * the retention is over.
 */
@Singleton
public class DeliveryPartitions implements Retentions {

    private static final Logger LOG = Logger.getLogger(DeliveryPartitions.class);
    private static final int DAYS_AHEAD = 7;
    private static final DateTimeFormatter DAY = DateTimeFormatter.ofPattern("yyyyMMdd");
    private static final Pattern NAME = Pattern.compile("delivery_(\\d+)d_(\\d{8})");

    private final Jdbi jdbi;
    private final Clock clock;

    public DeliveryPartitions(Jdbi jdbi, Clock clock) {
        this.jdbi = jdbi;
        this.clock = clock;
    }

    /** What was due while the service was down. */
    void start(@Observes StartupEvent event) {
        maintain();
    }

    @Override
    public void keep(Set<Integer> retentions) {
        changing(handle -> {
            var existing = tables(handle);
            for (var days : retentions) {
                var table = "delivery_%dd".formatted(days);
                if (!existing.contains(table)) {
                    attach(handle, "delivery", table, "IN (%d)".formatted(days), "PARTITION BY RANGE (id)");
                }
                createDays(handle, existing, days);
            }
        });
    }

    /** Makes the days to come, and drops those whose deliveries have been kept for long enough and are published. */
    @Scheduled(every = "1h", delayed = "1h", concurrentExecution = ConcurrentExecution.SKIP)
    void maintain() {
        changing(handle -> {
            var existing = tables(handle);
            for (var days : retentions(handle)) {
                createDays(handle, existing, days);
            }
        });
        var today = today();
        var old = jdbi.withHandle(DeliveryPartitions::days).stream()
                .filter(day -> day.isOver(today))
                .toList();
        try {
            // Each by itself: one that is in use does not keep the others.
            old.forEach(day -> changing(day::dropUnlessNeeded));
        } catch (JdbiException e) {
            LOG.warn("Old deliveries cannot be deleted now, as they are in use; tried again in an hour", e);
        }
    }

    private void changing(HandleConsumer<RuntimeException> change) {
        jdbi.useTransaction(handle -> {
            // Another replica does the same at the same time.
            handle.execute("SELECT pg_advisory_xact_lock(hashtext('slipway partitions'), hashtext(current_schema()))");
            // Whoever waits for the table's lock, all that comes in waits behind.
            handle.execute("SET LOCAL lock_timeout = '2s'");
            change.useHandle(handle);
        });
    }

    private LocalDate today() {
        return LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    }

    private static Set<String> tables(Handle handle) {
        return handle.createQuery("SELECT relid::regclass::text FROM pg_partition_tree('delivery')")
                .mapTo(String.class)
                .set();
    }

    private void createDays(Handle handle, Set<String> existing, int retentionDays) {
        var today = today();
        for (var day = today; !day.isAfter(today.plusDays(DAYS_AHEAD)); day = day.plusDays(1)) {
            var table = "delivery_%dd_%s".formatted(retentionDays, DAY.format(day));
            if (!existing.contains(table)) {
                attach(
                        handle,
                        "delivery_%dd".formatted(retentionDays),
                        table,
                        "FROM ('%s') TO ('%s')".formatted(firstId(day), firstId(day.plusDays(1))),
                        "");
            }
        }
    }

    /** Made first and attached then, because that waits for no reader of the whole, such as a backup. */
    private static void attach(Handle handle, String whole, String part, String values, String partition) {
        handle.execute("CREATE TABLE %s (LIKE %s INCLUDING ALL) %s".formatted(part, whole, partition));
        handle.execute("ALTER TABLE %s ATTACH PARTITION %s FOR VALUES %s".formatted(whole, part, values));
    }

    private static Set<Integer> retentions(Handle handle) {
        return days(handle).stream().map(Day::retentionDays).collect(toSet());
    }

    private static List<Day> days(Handle handle) {
        return handle.createQuery("SELECT relid::regclass::text FROM pg_partition_tree('delivery') WHERE isleaf")
                .mapTo(String.class)
                .map(NAME::matcher)
                .filter(Matcher::matches)
                .map(name ->
                        new Day(name.group(), Integer.parseInt(name.group(1)), LocalDate.parse(name.group(2), DAY)))
                .list();
    }

    /** One day's deliveries of one retention. */
    private record Day(String table, int retentionDays, LocalDate date) {

        boolean isOver(LocalDate today) {
            return date.isBefore(today.minusDays(retentionDays));
        }

        void dropUnlessNeeded(Handle handle) {
            if (isPublished(handle)) {
                // Another replica may have been first.
                handle.execute("DROP TABLE IF EXISTS " + table);
                LOG.infof(
                        "The deliveries of %s are deleted: they were kept for %d days, as configured",
                        date, retentionDays);
            } else {
                LOG.warnf("Deliveries of %s are kept longer than configured: Kafka does not have them all", date);
            }
        }

        private boolean isPublished(Handle handle) {
            return handle.createQuery("""
                            SELECT NOT EXISTS (
                                SELECT FROM unpublished, unnest(delivery_ids) AS id WHERE id >= :first AND id < :next)
                            """)
                    .bind("first", firstId(date))
                    .bind("next", firstId(date.plusDays(1)))
                    .mapTo(Boolean.class)
                    .one();
        }
    }

    private static UUID firstId(LocalDate day) {
        return Delivery.firstIdAt(day.atStartOfDay(ZoneOffset.UTC).toInstant());
    }
}
