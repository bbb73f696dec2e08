package dev.slipway.webhook.outcome;

import dev.slipway.event.Topic;
import dev.slipway.messaging.EventConsumer;
import dev.slipway.messaging.EventConsumers;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;

/** Listens to releases for as long as the service runs. */
@Singleton
class OutcomeLifecycle {

    private final EventConsumers consumers;
    private final Outcomes outcomes;
    private Optional<EventConsumer> consumer = Optional.empty();

    OutcomeLifecycle(EventConsumers consumers, Outcomes outcomes) {
        this.consumers = consumers;
        this.outcomes = outcomes;
    }

    void start(@Observes StartupEvent event) {
        consumer = Optional.of(consumers.start(List.of(Topic.RELEASES), outcomes));
    }

    void stop(@Observes ShutdownEvent event) {
        consumer.ifPresent(EventConsumer::close);
    }
}
