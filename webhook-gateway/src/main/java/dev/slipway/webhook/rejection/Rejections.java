package dev.slipway.webhook.rejection;

import static java.util.Comparator.comparing;

import dev.slipway.event.WebhookEvent.WebhookRejected;
import dev.slipway.messaging.Ids;
import dev.slipway.messaging.Outbox;
import dev.slipway.messaging.OutgoingEvent;
import dev.slipway.messaging.TraceParent;
import dev.slipway.webhook.rejection.RejectionStore.Refused;
import dev.slipway.webhook.rejection.Tally.Sum;
import dev.slipway.webhook.scheme.Reason;
import dev.slipway.webhook.source.Source;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;

/**
 * Sums up refused requests by source and reason, and every few seconds tells each sum and keeps it. Of each source and
 * reason one request a second is kept as a sample. However many are refused, that is all they cost.
 */
@Singleton
public class Rejections {

    private static final Logger LOG = Logger.getLogger(Rejections.class);

    /** The most samples that wait to be kept; further ones are not. */
    private static final int WAITING = 256;

    private final Jdbi jdbi;
    private final Outbox outbox;
    private final RejectionStore store;
    private final Clock clock;
    private final MeterRegistry meters;

    /** No larger than sources times reasons: what a stranger sends is not part of the key. */
    private final ConcurrentMap<Key, Tally> tallies = new ConcurrentHashMap<>();

    private final BlockingQueue<Refused> samples = new ArrayBlockingQueue<>(WAITING);

    public Rejections(Jdbi jdbi, Outbox outbox, RejectionStore store, Clock clock, MeterRegistry meters) {
        this.jdbi = jdbi;
        this.outbox = outbox;
        this.store = store;
        this.clock = clock;
        this.meters = meters;
    }

    /**
     * Counts a refused request.
     *
     * @param sample makes what is kept of it, if it is
     */
    public void count(Source source, Reason reason, Supplier<Sample> sample) {
        var now = clock.millis();
        var tally = tally(new Key(source.name(), source.subject(), reason));
        tally.add(now);
        if (tally.isSample(now) && samples.remainingCapacity() > 0) {
            var _ = samples.offer(new Refused(Ids.next(), clock.instant(), source.name(), reason, sample.get()));
        }
    }

    private Tally tally(Key key) {
        var known = tallies.get(key);
        return known != null
                ? known
                : tallies.computeIfAbsent(
                        key,
                        unknown -> new Tally(meters.counter(
                                "slipway.webhook.rejections",
                                "source",
                                key.source(),
                                "reason",
                                key.reason().name())));
    }

    /** What was counted since the last time is told before the end, not never. */
    void stop(@Observes ShutdownEvent event) {
        publish();
    }

    /** Tells and keeps what was counted since the last time; if that cannot be stored now, it is part of the next. */
    @Scheduled(every = "${slipway.webhook.rejections.every}", concurrentExecution = ConcurrentExecution.SKIP)
    void publish() {
        var taken = take();
        if (taken.isEmpty()) {
            return;
        }
        var kept = new ArrayList<Refused>();
        samples.drainTo(kept);
        var isStored = false;
        try {
            jdbi.useTransaction(handle -> {
                outbox.publish(handle, events(taken));
                taken.forEach((key, sum) -> store.add(handle, key.source(), key.reason(), sum));
                store.keep(handle, kept);
            });
            isStored = true;
        } catch (JdbiException e) {
            LOG.debug("Refused requests cannot be told now", e);
        } finally {
            if (!isStored) {
                taken.forEach((key, sum) -> tally(key).giveBack(sum));
                kept.forEach(samples::offer);
            }
        }
    }

    /** In one order, so that replicas that add to the same rows cannot wait for each other. */
    private SortedMap<Key, Sum> take() {
        var taken = new TreeMap<Key, Sum>();
        tallies.forEach((key, tally) -> {
            var sum = tally.take();
            if (sum.count() > 0) {
                taken.put(key, sum);
            }
        });
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
                                (int) Math.min(entry.getValue().count(), Integer.MAX_VALUE),
                                entry.getValue().since())))
                .toList();
    }

    private record Key(String source, String subject, Reason reason) implements Comparable<Key> {

        private static final Comparator<Key> ORDER =
                comparing(Key::source).thenComparing(Key::reason).thenComparing(Key::subject);

        @Override
        public int compareTo(Key other) {
            return ORDER.compare(this, other);
        }
    }
}
