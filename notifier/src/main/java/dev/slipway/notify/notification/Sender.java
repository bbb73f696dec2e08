package dev.slipway.notify.notification;

import dev.slipway.messaging.Outbox;
import dev.slipway.notify.channel.Channels;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.jdbi.v3.core.Jdbi;

/** Sends what is due: one lane for each channel, so that a slow or dead one delays no other. */
@Singleton
class Sender {

    private static final Duration PATIENCE_AT_STOP = Duration.ofSeconds(10);

    private final Clock clock;
    private final List<Lane> lanes;

    Sender(
            Jdbi jdbi,
            Notifications notifications,
            Channels channels,
            Outbox outbox,
            NotificationConfig config,
            Clock clock,
            MeterRegistry meters) {
        this.clock = clock;
        this.lanes = channels.all().stream()
                .map(channel -> new Lane(channel, jdbi, notifications, outbox, config, clock, meters))
                .toList();
    }

    /** Begins to send. */
    void start() {
        lanes.forEach(Lane::start);
    }

    /** Says that there may be something to send. */
    void wake() {
        lanes.forEach(Lane::wake);
    }

    /** Ends after what is being sent. */
    void stop() throws InterruptedException {
        lanes.forEach(Lane::stop);
        var until = clock.instant().plus(PATIENCE_AT_STOP);
        for (var lane : lanes) {
            lane.join(Duration.between(clock.instant(), until));
        }
    }
}
