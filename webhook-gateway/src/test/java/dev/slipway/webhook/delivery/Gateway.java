package dev.slipway.webhook.delivery;

import dev.slipway.devstack.testing.Infrastructure;
import dev.slipway.event.Topic;
import dev.slipway.event.WebhookEvent.Mode;
import dev.slipway.messaging.EventProducer;
import dev.slipway.messaging.Ids;
import dev.slipway.messaging.MessagingBeans;
import dev.slipway.messaging.MessagingConfig;
import dev.slipway.messaging.TraceParent;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import javax.sql.DataSource;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.errors.TopicExistsException;
import org.flywaydb.core.Flyway;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.postgresql.ds.PGSimpleDataSource;

/** The parts of one replica that store and publish, on a database that replicas may share. */
final class Gateway implements AutoCloseable {

    final Jdbi jdbi;
    final DeliveryStore store;
    final DeliveryWriter writer;
    final DeliveryPublisher publisher;

    /** What was read of what is to be published, each time. */
    final Queue<Read> reads = new ConcurrentLinkedQueue<>();

    /** @param bytes of all bodies */
    record Read(int deliveries, long bytes) {}

    Gateway(DataSource database, Map<String, String> settings) {
        var config = config(settings);
        this.jdbi = MessagingBeans.database(database);
        this.store = new DeliveryStore(jdbi, config) {
            @Override
            List<Received> read(Handle handle, Collection<UUID> ids) {
                var deliveries = super.read(handle, ids);
                var bytes =
                        deliveries.stream().mapToLong(it -> it.body().length).sum();
                reads.add(new Read(deliveries.size(), bytes));
                return deliveries;
            }
        };
        var meters = new SimpleMeterRegistry();
        var producer = new EventProducer(messaging(), "webhook-gateway");
        this.publisher = new DeliveryPublisher(
                jdbi, store, producer, new VerifiedEvents(producer, config), config, Clock.systemUTC(), meters);
        this.writer = new DeliveryWriter(store, publisher, config, meters);
    }

    /** A database with the gateway's tables, and the topic. */
    static DataSource freshDatabase() {
        var address = Infrastructure.shared().freshDatabase();
        var database = new PGSimpleDataSource();
        database.setUrl(address.jdbcUrl());
        database.setUser(address.user());
        database.setPassword(address.password());
        Flyway.configure().dataSource(database).locations("db/migration").load().migrate();
        new DeliveryPartitions(MessagingBeans.database(database), Clock.systemUTC()).keep(Set.of(30));
        createTopic();
        return database;
    }

    static DeliveryConfig config(Map<String, String> settings) {
        var builder = new SmallRyeConfigBuilder().addDiscoveredConverters().withMapping(DeliveryConfig.class);
        settings.forEach((name, value) -> builder.withDefaultValue("slipway.webhook.delivery." + name, value));
        return builder.build().getConfigMapping(DeliveryConfig.class);
    }

    /** A delivery that arrives now. */
    static Received received(String subject, String eventId) {
        return new Received(
                new Delivery(
                        Ids.next(),
                        "stripe",
                        subject,
                        eventId,
                        "invoice.paid",
                        Mode.TEST,
                        Instant.EPOCH,
                        TraceParent.start(),
                        "stripe",
                        30,
                        Optional.empty()),
                "",
                "{\"id\":\"%s\"}".formatted(eventId).getBytes(StandardCharsets.UTF_8));
    }

    /** What one transaction stores. */
    static Batch batch(Received... deliveries) {
        return new Batch(Ids.next(), List.of(deliveries));
    }

    Gateway start() {
        publisher.start();
        writer.start();
        return this;
    }

    List<String> eventIds() {
        return jdbi.withHandle(handle -> handle.createQuery("SELECT event_id FROM delivery")
                .mapTo(String.class)
                .list());
    }

    long unpublished() {
        return jdbi.withHandle(handle -> handle.createQuery("SELECT count(*) FROM unpublished, unnest(delivery_ids)")
                .mapTo(Long.class)
                .one());
    }

    @Override
    public void close() {
        writer.stop();
        publisher.stop();
    }

    private static MessagingConfig messaging() {
        return new SmallRyeConfigBuilder()
                .addDiscoveredConverters()
                .withMapping(MessagingConfig.class)
                .withDefaultValue(
                        "slipway.messaging.bootstrap-servers",
                        Infrastructure.shared().kafka())
                .build()
                .getConfigMapping(MessagingConfig.class);
    }

    private static void createTopic() {
        try (var admin = Admin.create(Map.of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                Infrastructure.shared().kafka()))) {
            admin.createTopics(List.of(new NewTopic(Topic.WEBHOOKS.topicName(), 6, (short) 1)))
                    .all()
                    .get();
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw new IllegalStateException(e);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
