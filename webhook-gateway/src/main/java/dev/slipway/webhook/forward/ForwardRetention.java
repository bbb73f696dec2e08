package dev.slipway.webhook.forward;

import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Jdbi;

/** Deletes forwards when their deliveries are: by the day, when the retention is over. */
@Singleton
class ForwardRetention {

    private static final Logger LOG = Logger.getLogger(ForwardRetention.class);

    private final Jdbi jdbi;
    private final ForwardStore store;
    private final Clock clock;

    ForwardRetention(Jdbi jdbi, ForwardStore store, Clock clock) {
        this.jdbi = jdbi;
        this.store = store;
        this.clock = clock;
    }

    /** Soon after the start, too: days may have been dropped while the gateway was away. */
    @Scheduled(every = "1h", delayed = "10s", concurrentExecution = ConcurrentExecution.SKIP)
    void deleteOld() {
        var today = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
        for (var days : jdbi.withHandle(store::retentions)) {
            deleteBefore(
                    days, today.minusDays(days).atStartOfDay(ZoneOffset.UTC).toInstant());
        }
    }

    private void deleteBefore(int retentionDays, Instant first) {
        var undelivered = 0;
        var isLast = false;
        while (!isLast) {
            var deleted = jdbi.withHandle(handle -> store.deleteSome(handle, retentionDays, first));
            undelivered += deleted.undelivered();
            isLast = deleted.isLast();
        }
        if (undelivered > 0) {
            LOG.warnf(
                    "%d forwards of deliveries before %s are deleted although no application got them:"
                            + " their deliveries were kept for %d days, as configured",
                    undelivered, first, retentionDays);
        }
    }
}
