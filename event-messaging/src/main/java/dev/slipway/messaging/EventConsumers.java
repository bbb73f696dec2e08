package dev.slipway.messaging;

import dev.slipway.event.Topic;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.Collection;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jdbi.v3.core.Jdbi;

/** Starts consumers for a service. */
@Singleton
public class EventConsumers {

    private final String service;
    private final Jdbi jdbi;
    private final Outbox outbox;
    private final Inbox inbox;
    private final MessagingConfig config;
    private final Clock clock;
    private final MeterRegistry meters;

    @Inject
    public EventConsumers(
            @ConfigProperty(name = "quarkus.application.name") String service,
            Jdbi jdbi,
            Outbox outbox,
            Inbox inbox,
            MessagingConfig config,
            Clock clock,
            MeterRegistry meters) {
        this.service = service;
        this.jdbi = jdbi;
        this.outbox = outbox;
        this.inbox = inbox;
        this.config = config;
        this.clock = clock;
        this.meters = meters;
    }

    /**
     * Consumes topics from where the service left off, in a thread of its own, until the consumer is closed. All
     * replicas of a service share the work.
     */
    public EventConsumer start(Collection<Topic> topics, EventHandler handler) {
        var consumer = new EventConsumer(
                service,
                topics,
                handler,
                jdbi,
                outbox,
                inbox,
                config,
                clock,
                meters,
                EventConsumer.connect(service, config));
        consumer.start();
        return consumer;
    }
}
