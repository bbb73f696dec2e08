package dev.slipway.notify.notification;

import dev.slipway.event.Topic;
import dev.slipway.messaging.EventConsumer;
import dev.slipway.messaging.EventConsumers;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;

/** Listens and sends for as long as the service runs. */
@Singleton
class NotifierLifecycle {

    private final EventConsumers consumers;
    private final Teller teller;
    private final Sender sender;
    private Optional<EventConsumer> consumer = Optional.empty();

    NotifierLifecycle(EventConsumers consumers, Teller teller, Sender sender) {
        this.consumers = consumers;
        this.teller = teller;
        this.sender = sender;
    }

    void start(@Observes StartupEvent event) {
        sender.start();
        consumer = Optional.of(consumers.start(List.of(Topic.RELEASES, Topic.HEALTH), teller));
    }

    void stop(@Observes ShutdownEvent event) throws InterruptedException {
        consumer.ifPresent(EventConsumer::close);
        sender.stop();
    }
}
