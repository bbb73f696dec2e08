package dev.slipway.system;

import dev.slipway.devstack.postgres.PostgreSqlAddress;
import dev.slipway.event.Event;
import dev.slipway.event.Topic;
import dev.slipway.event.WebhookEvent.WebhookVerified;
import dev.slipway.messaging.EventConsumer;
import dev.slipway.messaging.EventConsumers;
import dev.slipway.messaging.EventHandler;
import dev.slipway.messaging.EventProducer;
import dev.slipway.messaging.Inbox;
import dev.slipway.messaging.MessagingBeans;
import dev.slipway.messaging.MessagingConfig;
import dev.slipway.messaging.Outbox;
import dev.slipway.messaging.OutboxRelay;
import dev.slipway.messaging.ReceivedEvent;
import dev.slipway.messaging.Topics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import org.flywaydb.core.Flyway;
import org.jdbi.v3.core.Handle;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A service that consumes webhooks as every service does, with the inbox; a webhook's effect in it is a row. Its dead
 * letters stay in its outbox.
 */
final class Effects implements EventHandler, AutoCloseable {

    private final PostgreSqlAddress database;
    private final EventConsumer consumer;

    /** Begins to consume, with the first webhook that Kafka has. */
    Effects(String service, PostgreSqlAddress database, String kafka) {
        this.database = database;
        var source = new PGSimpleDataSource();
        source.setUrl(database.jdbcUrl());
        source.setUser(database.user());
        source.setPassword(database.password());
        Flyway.configure().dataSource(source).locations("db/messaging").load().migrate();
        var config = new SmallRyeConfigBuilder()
                .addDiscoveredConverters()
                .withMapping(MessagingConfig.class)
                .withDefaultValue("slipway.messaging.bootstrap-servers", kafka)
                .build()
                .getConfigMapping(MessagingConfig.class);
        var clock = Clock.systemUTC();
        var meters = new SimpleMeterRegistry();
        var jdbi = MessagingBeans.database(source);
        jdbi.useHandle(handle -> handle.execute("CREATE TABLE effect (subject text, event_id text)"));
        var producer = new EventProducer(config, service);
        var outbox = new Outbox(producer, new OutboxRelay(jdbi, producer, new Topics(config), config, meters));
        consumer = new EventConsumers(service, jdbi, outbox, new Inbox(clock), config, clock, meters)
                .start(List.of(Topic.WEBHOOKS), this);
    }

    @Override
    public boolean wants(Event event) {
        return event instanceof WebhookVerified;
    }

    @Override
    public void handle(Handle handle, List<ReceivedEvent> events) {
        var effects = handle.prepareBatch("INSERT INTO effect (subject, event_id) VALUES (?, ?)");
        for (var event : events) {
            if (event.event() instanceof WebhookVerified webhook) {
                effects.add(event.subject(), webhook.eventId());
            }
        }
        effects.execute();
    }

    /** The senders' ids of a subject's events that had their effect, each as often as it had. */
    List<String> of(String subject) throws SQLException {
        return SlipwaySystem.rows(database, "SELECT event_id FROM effect WHERE subject = '%s'".formatted(subject));
    }

    /** How many events could not be handled. */
    int deadLetters() throws SQLException {
        return SlipwaySystem.rows(database, "SELECT id FROM outbox").size();
    }

    @Override
    public void close() {
        consumer.close();
    }
}
