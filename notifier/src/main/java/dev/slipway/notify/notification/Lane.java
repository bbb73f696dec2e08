package dev.slipway.notify.notification;

import dev.slipway.messaging.Outbox;
import dev.slipway.notify.channel.Channel;
import dev.slipway.notify.channel.Outcome;
import dev.slipway.notify.channel.Outcome.Retry;
import dev.slipway.notify.notification.RetryPolicy.Verdict;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * Sends what is due on one channel, one notification at a time.
 *
 * <p>A notification is claimed in one transaction, sent outside of any, and concluded in a second one, which also
 * publishes what became of it. So only a crash between the channel's answer and the end of the second transaction sends
 * it again, when the lease ends. While the database is away, the conclusion is not forgotten but tried again.
 */
final class Lane {

    private static final Logger LOG = Logger.getLogger(Lane.class);
    private static final Duration PAUSE_AFTER_FAILURE = Duration.ofMillis(500);

    private final Channel channel;
    private final Jdbi jdbi;
    private final Notifications notifications;
    private final Outbox outbox;
    private final NotificationConfig config;
    private final Clock clock;
    private final MeterRegistry meters;
    private final RetryPolicy policy;
    private final Semaphore wakeUps = new Semaphore(0);
    private final Thread thread;
    private volatile boolean running = true;
    private Instant silentUntil = Instant.MIN;

    Lane(
            Channel channel,
            Jdbi jdbi,
            Notifications notifications,
            Outbox outbox,
            NotificationConfig config,
            Clock clock,
            MeterRegistry meters) {
        this.channel = channel;
        this.jdbi = jdbi;
        this.notifications = notifications;
        this.outbox = outbox;
        this.config = config;
        this.clock = clock;
        this.meters = meters;
        this.policy = new RetryPolicy(
                config.firstPause(),
                config.longestPause(),
                config.giveUpAfter(),
                () -> ThreadLocalRandom.current().nextDouble());
        this.thread = Thread.ofVirtual().name("send-" + channel.name()).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    void wake() {
        wakeUps.release();
    }

    /** Asks it to end after what is being sent. */
    void stop() {
        running = false;
        wake();
    }

    void join(Duration atMost) throws InterruptedException {
        thread.join(atMost);
    }

    private void run() {
        try {
            while (running) {
                if (clock.instant().isBefore(silentUntil) || !sendNext()) {
                    pause(config.sweepEvery());
                }
            }
        } catch (InterruptedException e) {
            LOG.debugf(e, "The lane of %s was asked to end", channel.name());
        }
    }

    private boolean sendNext() throws InterruptedException {
        var next = persistently(handle -> {
            wakeUps.drainPermits();
            return notifications.claim(handle, channel.name(), clock.instant(), config.lease(), config.keepOrderFor());
        });
        if (next.isEmpty()) {
            return false;
        }
        var notification = next.get();
        var outcome = attempt(notification);
        if (outcome instanceof Retry(var _, var after)) {
            // It is the channel that asks for silence, not the one message.
            after.ifPresent(silence -> silentUntil = clock.instant().plus(silence));
        }
        var verdict = policy.verdict(outcome, notification.attempts(), notification.createdAt(), clock.instant());
        persistently(handle -> Optional.of(conclude(handle, notification, verdict)));
        meters.counter("slipway.notifications", "channel", channel.name(), "outcome", outcomeName(verdict))
                .increment();
        return true;
    }

    private Outcome attempt(Notification notification) throws InterruptedException {
        var attempt = new FutureTask<>(() -> channel.deliver(notification.letter()));
        Thread.ofVirtual().name("attempt-" + channel.name()).start(attempt);
        try {
            return attempt.get(config.attemptLimit().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return new Retry(
                    "No answer within %d ms".formatted(config.attemptLimit().toMillis()));
        } catch (ExecutionException e) {
            LOG.errorf(e.getCause(), "The notification %s could not be sent on %s", notification.id(), channel.name());
            return new Retry("It could not be sent; the notifier's log has the cause");
        } finally {
            attempt.cancel(true);
        }
    }

    private boolean conclude(Handle handle, Notification notification, Verdict verdict) {
        return switch (verdict) {
            case Verdict.Again(var at, var reason) -> notifications.again(handle, notification, at, reason);
            case Verdict.Sent _ -> {
                var concluded = notifications.sent(handle, notification, clock.instant());
                if (concluded) {
                    outbox.publish(handle, Announcement.sent(notification, clock.instant()));
                }
                yield concluded;
            }
            case Verdict.GivenUp(var reason) -> {
                var concluded = notifications.failed(handle, notification, reason);
                if (concluded) {
                    outbox.publish(handle, Announcement.failed(notification, reason, clock.instant()));
                    LOG.warnf(
                            "'%s' was not told on %s: %s",
                            notification.message().title(), channel.name(), reason);
                }
                yield concluded;
            }
        };
    }

    /** Does something in a transaction, again and again while the database is away. */
    private <T> Optional<T> persistently(Work<T> work) throws InterruptedException {
        for (var failing = false; ; failing = true) {
            try {
                return jdbi.inTransaction(work::in);
            } catch (RuntimeException | Error e) {
                // Whatever it is: nobody else here would send them.
                if (!failing) {
                    LOG.errorf(e, "Notifications on %s wait until the database answers again", channel.name());
                }
                if (!running) {
                    return Optional.empty();
                }
                pause(PAUSE_AFTER_FAILURE);
            }
        }
    }

    private void pause(Duration atMost) throws InterruptedException {
        wakeUps.tryAcquire(atMost.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static String outcomeName(Verdict verdict) {
        return switch (verdict) {
            case Verdict.Sent _ -> "sent";
            case Verdict.Again _ -> "again";
            case Verdict.GivenUp _ -> "given-up";
        };
    }

    @FunctionalInterface
    private interface Work<T> {
        Optional<T> in(Handle handle);
    }
}
