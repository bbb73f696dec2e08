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
            var today = today();
            for (var days : retentions) {
                handle.execute(
                        "CREATE TABLE IF NOT EXISTS delivery_%dd PARTITION OF delivery FOR VALUES IN (%d) PARTITION BY RANGE (id)"
                                .formatted(days, days));
                createDays(handle, days, today);
            }
        });
    }

    /** Makes the days to come, and drops those whose deliveries have been kept for long enough and are published. */
    @Scheduled(every = "1h", delayed = "1h", concurrentExecution = ConcurrentExecution.SKIP)
    void maintain() {
        changing(handle -> {
            var today = today();
            for (var days : retentions(handle)) {
                createDays(handle, days, today);
            }
            days(handle).forEach(day -> day.dropUnlessNeeded(handle, today));
        });
    }

    private void changing(HandleConsumer<RuntimeException> change) {
        jdbi.useTransaction(handle -> {
            // Whoever waits for the table's lock, all that comes in waits behind.
            handle.execute("SET LOCAL lock_timeout = '2s'");
            // Another replica does the same at the same time.
            handle.execute("SELECT pg_advisory_xact_lock(hashtext('slipway partitions'), hashtext(current_schema()))");
            change.useHandle(handle);
        });
    }

    private LocalDate today() {
        return LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    }

    private static void createDays(Handle handle, int retentionDays, LocalDate today) {
        var existing = handle.createQuery(
                        "SELECT relname FROM pg_class WHERE relname LIKE :prefix AND relnamespace = current_schema()::regnamespace")
                .bind("prefix", "delivery\\_%dd\\_%%".formatted(retentionDays))
                .mapTo(String.class)
                .set();
        for (var day = today; !day.isAfter(today.plusDays(DAYS_AHEAD)); day = day.plusDays(1)) {
            var table = "delivery_%dd_%s".formatted(retentionDays, DAY.format(day));
            if (!existing.contains(table)) {
                handle.execute("CREATE TABLE %s PARTITION OF delivery_%dd FOR VALUES FROM ('%s') TO ('%s')"
                        .formatted(table, retentionDays, firstId(day), firstId(day.plusDays(1))));
            }
        }
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

        void dropUnlessNeeded(Handle handle, LocalDate today) {
            if (!date.isBefore(today.minusDays(retentionDays))) {
                return;
            }
            if (isPublished(handle)) {
                handle.execute("DROP TABLE " + table);
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
