package dev.slipway.webhook.deadletter;

import dev.slipway.event.Topic;
import dev.slipway.messaging.EventConsumers;
import dev.slipway.messaging.RecordConsumer;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.Optional;

/** Collects dead letters for as long as the service runs. */
@Singleton
class DeadLetterLifecycle {

    private final EventConsumers consumers;
    private final DeadLetterStore store;
    private Optional<RecordConsumer> consumer = Optional.empty();

    DeadLetterLifecycle(EventConsumers consumers, DeadLetterStore store) {
        this.consumers = consumers;
        this.store = store;
    }

    void start(@Observes StartupEvent event) {
        consumer = Optional.of(consumers.startDeadLetters(Topic.WEBHOOKS, store::keep));
    }

    void stop(@Observes ShutdownEvent event) {
        consumer.ifPresent(RecordConsumer::close);
    }
}
