package dev.slipway.probe;

import dev.slipway.event.Topic;
import dev.slipway.messaging.EventConsumer;
import dev.slipway.messaging.EventConsumers;
import dev.slipway.messaging.Ids;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.Optional;
import java.util.Set;

/** Starts the service's work, and ends it in order. */
@Singleton
public class ProbeLifecycle {

    private final EventConsumers consumers;
    private final ProbeEvents events;
    private final Rounds rounds;
    private Optional<EventConsumer> consumer = Optional.empty();

    public ProbeLifecycle(EventConsumers consumers, ProbeEvents events, Rounds rounds) {
        this.consumers = consumers;
        this.events = events;
        this.rounds = rounds;
    }

    @Produces
    @Singleton
    static Replica replica() {
        return new Replica(Ids.next());
    }

    void start(@Observes StartupEvent event) {
        rounds.start();
        consumer = Optional.of(consumers.start(Set.of(Topic.CHECKS), events));
    }

    void stop(@Observes ShutdownEvent event) throws InterruptedException {
        consumer.ifPresent(EventConsumer::close);
        rounds.stop();
    }
}
