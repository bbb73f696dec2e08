package dev.slipway.webhook.rejection;

import dev.slipway.event.WebhookEvent.WebhookRejected;
import dev.slipway.messaging.Ids;
import dev.slipway.messaging.Outbox;
import dev.slipway.messaging.OutgoingEvent;
import dev.slipway.messaging.TraceParent;
import dev.slipway.webhook.scheme.Reason;
import dev.slipway.webhook.source.Source;
import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;

/** Sums up refused requests by source and reason, and publishes each sum every few seconds. */
@Singleton
public class Rejections {

    private static final Logger LOG = Logger.getLogger(Rejections.class);

    private final Jdbi jdbi;
    private final Outbox outbox;
    private final Clock clock;

    /** No larger than sources times reasons: what a stranger sends is not part of the key. */
    private final ConcurrentMap<Key, Sum> sums = new ConcurrentHashMap<>();

    public Rejections(Jdbi jdbi, Outbox outbox, Clock clock) {
        this.jdbi = jdbi;
        this.outbox = outbox;
        this.clock = clock;
    }

    /** Counts a refused request. */
    public void count(Source source, Reason reason) {
        sums.merge(new Key(source.name(), source.subject(), reason), new Sum(1, clock.instant()), Sum::plus);
    }

    /** Publishes what was counted since the last time; if that cannot be stored now, it is part of the next. */
    @Scheduled(every = "${slipway.webhook.rejections.every:10s}", concurrentExecution = ConcurrentExecution.SKIP)
    void publish() {
        var taken = take();
        if (taken.isEmpty()) {
            return;
        }
        try {
            jdbi.useTransaction(handle -> outbox.publish(handle, events(taken)));
        } catch (JdbiException e) {
            LOG.debug("Refused requests cannot be told now", e);
            taken.forEach((key, sum) -> sums.merge(key, sum, (later, earlier) -> earlier.plus(later)));
        }
    }

    private Map<Key, Sum> take() {
        var taken = new HashMap<Key, Sum>();
        for (var key : sums.keySet()) {
            var sum = sums.remove(key);
            if (sum != null) {
                taken.put(key, sum);
            }
        }
        return taken;
    }

    private List<OutgoingEvent> events(Map<Key, Sum> taken) {
        var now = clock.instant();
        return taken.entrySet().stream()
                .map(entry -> new OutgoingEvent(
                        Ids.next().toString(),
                        entry.getKey().subject(),
                        now,
                        TraceParent.start(),
                        new WebhookRejected(
                                entry.getKey().source(),
                                entry.getKey().reason().name(),
                                entry.getValue().count(),
                                entry.getValue().since())))
                .toList();
    }

    private record Key(String source, String subject, Reason reason) {}

    private record Sum(int count, Instant since) {

        Sum plus(Sum later) {
            return new Sum(count + later.count, since);
        }
    }
}
