package dev.slipway.messaging;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/** Relays the outbox for as long as the service runs. */
@Singleton
public class MessagingLifecycle {

    private final OutboxRelay relay;

    public MessagingLifecycle(OutboxRelay relay) {
        this.relay = relay;
    }

    void start(@Observes StartupEvent event) {
        relay.start();
    }

    void stop(@Observes ShutdownEvent event) {
        relay.stop();
    }
}
