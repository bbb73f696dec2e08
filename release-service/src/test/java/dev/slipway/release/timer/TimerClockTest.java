package dev.slipway.release.timer;

import static org.awaitility.Awaitility.await;

import dev.slipway.devstack.testing.InfrastructureResource;
import dev.slipway.messaging.Outbox;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.jdbi.v3.core.ConnectionFactory;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(InfrastructureResource.class)
class TimerClockTest {

    @Inject
    Timers timers;

    @Inject
    Outbox outbox;

    @Inject
    Clock clock;

    @Test
    void anErrorDoesNotEndTheTimers() {
        // Given: not an exception, as when a class cannot be loaded
        var attempts = new AtomicInteger();
        ConnectionFactory broken = () -> {
            attempts.incrementAndGet();
            throw new LinkageError("A class is not what it was");
        };
        var timerClock = new TimerClock(timers, outbox, Jdbi.create(broken), clock);

        // When
        timerClock.start(new StartupEvent());

        // Then
        try {
            await().atMost(Duration.ofSeconds(20)).until(() -> attempts.get() > 1);
        } finally {
            timerClock.stop(new ShutdownEvent());
        }
    }
}
