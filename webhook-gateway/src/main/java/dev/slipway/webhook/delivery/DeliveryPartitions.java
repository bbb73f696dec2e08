package dev.slipway.webhook.delivery;

import io.quarkus.runtime.StartupEvent;
import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.UUID;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/** One partition of deliveries for each day (UTC): made days ahead, dropped when its retention is over. */
@Singleton
public class DeliveryPartitions {

    private static final Logger LOG = Logger.getLogger(DeliveryPartitions.class);
    private static final int DAYS_AHEAD = 7;
    private static final DateTimeFormatter NAME = DateTimeFormatter.ofPattern("'delivery_'yyyyMMdd");

    private final Jdbi jdbi;
    private final DeliveryConfig config;
    private final Clock clock;

    public DeliveryPartitions(Jdbi jdbi, DeliveryConfig config, Clock clock) {
        this.jdbi = jdbi;
        this.config = config;
        this.clock = clock;
    }

    /** Before anything can be stored. */
    void start(@Observes @Priority(1) StartupEvent event) {
        maintain();
    }

    /** Makes the days to come, and drops those whose deliveries have been kept for long enough and are published. */
    @Scheduled(every = "1h", delayed = "1h", concurrentExecution = ConcurrentExecution.SKIP)
    void maintain() {
        var now = clock.instant();
        var today = LocalDate.ofInstant(now, ZoneOffset.UTC);
        jdbi.useTransaction(handle -> {
            // Whoever waits for the table's lock, all that comes in waits behind.
            handle.execute("SET LOCAL lock_timeout = '2s'");
            // Another replica does the same at the same time.
            handle.execute("SELECT pg_advisory_xact_lock(hashtext('slipway partitions'), hashtext(current_schema()))");
            for (var day = today; !day.isAfter(today.plusDays(DAYS_AHEAD)); day = day.plusDays(1)) {
                create(handle, day);
            }
            drop(handle, today.minusDays(config.retention().toDays()));
        });
        jdbi.useHandle(handle -> handle.execute(
                "DELETE FROM seen_event WHERE delivery_id < ?", Delivery.firstIdAt(now.minus(config.retention()))));
    }

    private static void create(Handle handle, LocalDate day) {
        if (exists(handle, NAME.format(day))) {
            return;
        }
        handle.execute("CREATE TABLE %s PARTITION OF delivery FOR VALUES FROM ('%s') TO ('%s')"
                .formatted(NAME.format(day), firstId(day), firstId(day.plusDays(1))));
    }

    private static boolean exists(Handle handle, String table) {
        return handle.createQuery("SELECT to_regclass(:table) IS NOT NULL")
                .bind("table", table)
                .mapTo(Boolean.class)
                .one();
    }

    private static void drop(Handle handle, LocalDate firstToKeep) {
        var old = handle.createQuery("""
                        SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
                        WHERE inhparent = 'delivery'::regclass
                        """)
                .mapTo(String.class)
                .filter(table -> LocalDate.parse(table, NAME).isBefore(firstToKeep))
                .list();
        for (var table : old) {
            var day = LocalDate.parse(table, NAME);
            if (isPublished(handle, day)) {
                handle.execute("DROP TABLE " + table);
                LOG.infof("The deliveries of %s are deleted: they were kept for as long as configured", day);
            } else {
                LOG.warnf("Deliveries of %s are kept longer than configured: Kafka does not have them all", day);
            }
        }
    }

    private static boolean isPublished(Handle handle, LocalDate day) {
        return handle.createQuery("""
                        SELECT NOT EXISTS (
                            SELECT FROM unpublished WHERE delivery_id >= :first AND delivery_id < :next)
                        """)
                .bind("first", firstId(day))
                .bind("next", firstId(day.plusDays(1)))
                .mapTo(Boolean.class)
                .one();
    }

    private static UUID firstId(LocalDate day) {
        return Delivery.firstIdAt(day.atStartOfDay(ZoneOffset.UTC).toInstant());
    }
}
