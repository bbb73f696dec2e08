package dev.slipway.release.operation;

import dev.slipway.event.Evidence;
import dev.slipway.messaging.Ids;
import dev.slipway.release.operation.Operation.Call;
import dev.slipway.release.operation.Operation.Outcome;
import dev.slipway.release.operation.OperationQueue.Leased;
import dev.slipway.release.operation.Secrets.MissingSecretException;
import dev.slipway.release.operation.Secrets.Revealed;
import dev.slipway.release.recurring.RecurringWork;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Jdbi;

/** Works on operations, each on a virtual thread of its own, under a lease that it renews. */
@Singleton
public class OperationWorker {

    private static final Logger LOG = Logger.getLogger(OperationWorker.class);

    private final OperationQueue queue;
    private final OperationCatalogue catalogue;
    private final Secrets secrets;
    private final Jdbi jdbi;
    private final OperationConfig config;
    private final Clock clock;
    private final UUID owner = Ids.next();
    private final Map<String, Leased> underWay = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final RecurringWork work;
    private Instant renewAt = Instant.MIN;

    public OperationWorker(
            OperationQueue queue,
            OperationCatalogue catalogue,
            Secrets secrets,
            Jdbi jdbi,
            OperationConfig config,
            Clock clock) {
        this.queue = queue;
        this.catalogue = catalogue;
        this.secrets = secrets;
        this.jdbi = jdbi;
        this.config = config;
        this.clock = clock;
        this.work = new RecurringWork(
                "operations",
                config.lookEvery(),
                "Operations wait: they cannot be taken up now, and will be when this is over",
                this::attend);
    }

    void start(@Observes StartupEvent event) {
        work.start();
    }

    void stop(@Observes ShutdownEvent event) {
        work.stop();
        threads.shutdownNow();
    }

    /** Says that there may be operations that are due. */
    public void wake() {
        work.wake();
    }

    private void attend() {
        renew();
        takeUp();
    }

    private void renew() {
        if (!underWay.isEmpty() && clock.instant().isAfter(renewAt)) {
            jdbi.useHandle(handle -> queue.renew(handle, owner, underWay.keySet(), leaseUntil()));
            renewAt = clock.instant().plus(config.lease().dividedBy(3));
        }
    }

    private void takeUp() {
        var free = config.atOnce() - underWay.size();
        if (free > 0) {
            var leased = jdbi.withHandle(handle -> queue.lease(handle, owner, leaseUntil(), free));
            for (var operation : leased) {
                underWay.put(operation.key(), operation);
                threads.execute(() -> work(operation));
            }
        }
    }

    private void work(Leased operation) {
        try {
            settle(operation, attempt(operation));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Throwable e) {
            LOG.errorf(e, "The outcome of the operation %s could not be noted; it is asked for again", operation.key());
        } finally {
            underWay.remove(operation.key());
            wake();
        }
    }

    private Outcome attempt(Leased operation) throws InterruptedException {
        if (operation.cancelled()) {
            return new Outcome.Refused(OperationQueue.cancelled(operation.attempt() - 1));
        }
        if (clock.instant().isAfter(operation.until())) {
            return new Outcome.Refused(Evidence.of("It could not be done in its time"
                    + operation.setback().map(": "::concat).orElse("")));
        }
        var kind = catalogue.of(operation.kind());
        if (kind.isEmpty()) {
            return new Outcome.Refused(Evidence.of("The operation %s is unknown here".formatted(operation.kind())));
        }
        try {
            var revealed = secrets.reveal(operation.settings());
            return redacted(
                    revealed,
                    kind.get()
                            .perform(new Call(
                                    operation.key(),
                                    revealed.with(),
                                    operation.attempt(),
                                    operation.firstAttemptAt())));
        } catch (MissingSecretException e) {
            return new Outcome.Refused(Evidence.of(String.valueOf(e.getMessage())));
        } catch (RuntimeException e) {
            LOG.errorf(e, "The operation %s failed", operation.key());
            return new Outcome.Refused(
                    Evidence.of("Slipway could not do it: " + e.getClass().getSimpleName()));
        }
    }

    private void settle(Leased operation, Outcome outcome) {
        switch (outcome) {
            case Outcome.Done done ->
                jdbi.useTransaction(handle -> queue.complete(handle, owner, operation, true, done.evidence()));
            case Outcome.Refused refused ->
                jdbi.useTransaction(handle -> queue.complete(handle, owner, operation, false, refused.evidence()));
            case Outcome.Again again -> {
                LOG.infof("The operation %s is tried again in %s: %s", operation.key(), again.after(), again.why());
                jdbi.useTransaction(handle -> queue.postpone(
                        handle, owner, operation, again.why(), clock.instant().plus(again.after())));
            }
        }
    }

    private static Outcome redacted(Revealed revealed, Outcome outcome) {
        return switch (outcome) {
            case Outcome.Done done -> new Outcome.Done(redacted(revealed, done.evidence()));
            case Outcome.Refused refused -> new Outcome.Refused(redacted(revealed, refused.evidence()));
            case Outcome.Again again -> new Outcome.Again(revealed.redact(again.why()), again.after());
        };
    }

    @SuppressWarnings("unchecked") // Redacting keeps the shape.
    private static Evidence redacted(Revealed revealed, Evidence evidence) {
        return new Evidence(revealed.redact(evidence.summary()), (Map<String, Object>)
                dev.slipway.release.plan.Template.fillAll(evidence.details(), text -> revealed.redact(text)));
    }

    private Instant leaseUntil() {
        return clock.instant().plus(config.lease());
    }
}
