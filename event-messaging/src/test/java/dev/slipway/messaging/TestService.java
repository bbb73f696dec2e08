package dev.slipway.messaging;

import static java.util.stream.Collectors.toMap;

import dev.slipway.devstack.postgres.PostgreSqlAddress;
import dev.slipway.devstack.testing.Infrastructure;
import dev.slipway.event.Event;
import dev.slipway.event.ReportEvent.BackupDone;
import dev.slipway.event.ReportEvent.DeploymentDone;
import dev.slipway.event.ReportEvent.MigrationDone;
import dev.slipway.event.Topic;
import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import io.agroal.api.exceptionsorter.PostgreSQLExceptionSorter;
import io.agroal.api.security.NamePrincipal;
import io.agroal.api.security.SimplePassword;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.flywaydb.core.Flyway;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * A replica of a service of its own name, on real PostgreSQL and Kafka. Its consumers begin with what is sent after it
 * was made; what its handler did is in the table {@code effect}.
 */
final class TestService implements AutoCloseable {

    private static final List<String> TOPICS =
            Arrays.stream(Topic.values()).map(Topic::topicName).toList();

    final String name;
    final PostgreSqlAddress database;
    private static final Duration SWEEP_EVERY = Duration.ofMillis(50);

    final String kafka;
    final TestClock clock = new TestClock(Instant.parse("2026-03-14T09:26:53.589Z"));
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    final Inbox inbox = new Inbox(clock);
    final EventProducer producer;
    final OutboxRelay relay;
    final Outbox outbox;
    final AgroalDataSource pool;
    final Jdbi jdbi;
    final MessagingConfig config;
    private final List<EventConsumer> consumers = new ArrayList<>();
    private final List<RecordConsumer> deadLetterConsumers = new ArrayList<>();
    private final KafkaProducer<byte[], byte[]> others;

    private TestService(String name, PostgreSqlAddress database, String kafka, Duration sweepEvery) {
        this.name = name;
        this.database = database;
        this.kafka = kafka;
        this.config = new Config(kafka, sweepEvery);
        this.pool = pool(database);
        this.jdbi = MessagingBeans.database(pool);
        this.producer = new EventProducer(config, name);
        this.relay = new OutboxRelay(jdbi, producer, new Topics(config), config, meters);
        this.outbox = new Outbox(producer, relay);
        this.others = new KafkaProducer<>(
                Map.of("bootstrap.servers", kafka, "max.request.size", 8 * 1024 * 1024),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    /** A service with an empty database, that relays. */
    static TestService start() throws Exception {
        var infrastructure = Infrastructure.shared();
        return start(infrastructure.freshDatabase(), infrastructure.kafka());
    }

    /** The same, whose relay finds hardly anything by itself. */
    static TestService startWithoutSweeps() throws Exception {
        var infrastructure = Infrastructure.shared();
        return start(infrastructure.freshDatabase(), infrastructure.kafka(), Duration.ofHours(1));
    }

    static TestService start(PostgreSqlAddress database, String kafka) throws Exception {
        return start(database, kafka, SWEEP_EVERY);
    }

    private static TestService start(PostgreSqlAddress database, String kafka, Duration sweepEvery) throws Exception {
        var service = new TestService("service-" + UUID.randomUUID(), database, kafka, sweepEvery);
        Flyway.configure()
                .dataSource(service.pool)
                .schemas("messaging")
                .locations("db/messaging")
                .load()
                .migrate();
        service.jdbi.useHandle(handle -> handle.execute(
                "CREATE TABLE effect (id bigint GENERATED ALWAYS AS IDENTITY, subject text, event_id text)"));
        new Topics(service.config).ensure();
        service.beginAt(OffsetSpec.latest());
        service.start(service.relay);
        return service;
    }

    /** Another replica of this service. */
    TestService replica() {
        var replica = new TestService(name, database, kafka, SWEEP_EVERY);
        replica.start(replica.relay);
        return replica;
    }

    private void start(OutboxRelay outboxRelay) {
        new MessagingLifecycle(outboxRelay).start(new StartupEvent());
    }

    /** Consumes with a handler that notes every event as an effect, after something else. */
    EventConsumer consume(Handling first) {
        var consumer = new EventConsumers(name, jdbi, outbox, inbox, config, clock, meters)
                .start(List.of(Topic.RELEASES, Topic.HEALTH), noting(first));
        consumers.add(consumer);
        return consumer;
    }

    /** The same, from a Kafka that is not real. */
    void consume(Consumer<byte[], byte[]> from, Handling first) {
        var consumer = new EventConsumer(
                name, List.of(Topic.RELEASES), noting(first), jdbi, outbox, inbox, config, clock, meters, from);
        consumer.start();
        consumers.add(consumer);
    }

    /** Hands over the dead letters of all services, from the first on. */
    void consumeDeadLetters(java.util.function.Consumer<List<DeadLetter>> taker) {
        deadLetterConsumers.add(new EventConsumers(name, jdbi, outbox, inbox, config, clock, meters)
                .startDeadLetters(Topic.RELEASES, taker));
    }

    private static EventHandler noting(Handling first) {
        return new EventHandler() {
            @Override
            public boolean wants(Event event) {
                return !(event instanceof BackupDone);
            }

            @Override
            public boolean mayWant(Class<? extends Event> type) {
                return type != DeploymentDone.class;
            }

            @Override
            public void handle(Handle handle, List<ReceivedEvent> events) {
                for (var event : events) {
                    first.handle(handle, event);
                    handle.execute("INSERT INTO effect (subject, event_id) VALUES (?, ?)", event.subject(), event.id());
                }
            }
        };
    }

    EventConsumer consume() {
        return consume((handle, event) -> {});
    }

    interface Handling {
        void handle(Handle handle, ReceivedEvent event);
    }

    /** Ids of the events that had their effect, in order, each as often as it had. */
    List<String> effects() {
        return jdbi.withHandle(handle -> handle.createQuery("SELECT event_id FROM effect ORDER BY id")
                .mapTo(String.class)
                .list());
    }

    int count(String table) {
        return jdbi.withHandle(handle -> handle.createQuery("SELECT count(*) FROM " + table)
                .mapTo(Integer.class)
                .one());
    }

    double counted(String counter) {
        return meters.find("slipway.events." + counter).counters().stream()
                .mapToDouble(found -> found.count())
                .sum();
    }

    OutgoingEvent event(String subject, String id) {
        return new OutgoingEvent(
                id,
                subject,
                clock.instant(),
                TraceParent.start(),
                new MigrationDone(Optional.empty(), Map.of("revision", id)));
    }

    void publish(String subject, String... ids) {
        jdbi.useTransaction(handle -> outbox.publish(
                handle, Arrays.stream(ids).map(id -> event(subject, id)).toList()));
    }

    /** Sends what somebody else sent. */
    void send(String topic, String key, Map<String, String> headers, String value) {
        var record = new ProducerRecord<>(topic, utf8(key), utf8(value));
        headers.forEach((header, text) -> record.headers().add(header, utf8(text)));
        send(record);
    }

    void send(ProducerRecord<byte[], byte[]> record) {
        try {
            others.send(record).get();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Sends a well-formed event of somebody else's. */
    void send(String subject, String id) {
        send("slipway.releases", subject, attributes(subject, id), "{}");
    }

    /** The headers of a well-formed event; more of them replace or, when null, take away. */
    static Map<String, String> attributes(String subject, String id, String... more) {
        var headers = new LinkedHashMap<>(Map.of(
                "ce_specversion", "1.0",
                "ce_id", id,
                "ce_source", "/ci",
                "ce_type", "dev.slipway.MigrationDone.v1",
                "ce_subject", subject,
                "content-type", "application/json"));
        for (var i = 0; i < more.length; i += 2) {
            headers.put(more[i], more[i + 1]);
            headers.values().remove(null);
        }
        return headers;
    }

    /** The records of a topic that have a key, oldest first. */
    List<ConsumerRecord<byte[], byte[]>> records(String topic, String key) {
        var found = new ArrayList<ConsumerRecord<byte[], byte[]>>();
        try (var consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", kafka), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            var partitions = consumer.partitionsFor(topic).stream()
                    .map(partition -> new TopicPartition(topic, partition.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            var ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
                consumer.poll(Duration.ofMillis(100)).forEach(found::add);
            }
        }
        found.removeIf(record -> !key.equals(text(record.key())));
        return found;
    }

    /** Ids of the events of a key that are on Kafka, in order, each as often as it was sent. */
    List<String> relayed(String key) {
        return records("slipway.releases", key).stream()
                .map(record -> header(record, "ce_id"))
                .toList();
    }

    /** Why this service gave up the records of a key. */
    List<String> reasons(String key) {
        return deadLetters("slipway.releases", key).stream()
                .map(record -> header(record, DeadLetters.REASON))
                .toList();
    }

    List<ConsumerRecord<byte[], byte[]>> deadLetters(String topic, String key) {
        return records(topic + ".dlq", key).stream()
                .filter(record -> name.equals(header(record, DeadLetters.SERVICE)))
                .toList();
    }

    /** Lets the service's next consumer begin at a place of each topic. */
    void beginAt(OffsetSpec place) throws Exception {
        try (var admin = Admin.create(Map.of("bootstrap.servers", kafka))) {
            var places = new LinkedHashMap<TopicPartition, OffsetSpec>();
            admin.describeTopics(TOPICS)
                    .allTopicNames()
                    .get()
                    .forEach((topic, description) -> description
                            .partitions()
                            .forEach(partition -> places.put(new TopicPartition(topic, partition.partition()), place)));
            var offsets = admin.listOffsets(places).all().get().entrySet().stream()
                    .collect(toMap(
                            Map.Entry::getKey,
                            entry -> new OffsetAndMetadata(entry.getValue().offset())));
            admin.alterConsumerGroupOffsets(name, offsets).all().get();
        }
    }

    /** How many records the service's consumers have yet to commit. */
    long lag() throws Exception {
        try (var admin = Admin.create(Map.of("bootstrap.servers", kafka))) {
            var committed = admin.listConsumerGroupOffsets(name)
                    .partitionsToOffsetAndMetadata()
                    .get();
            committed.keySet().removeIf(partition -> !partition.topic().equals("slipway.releases"));
            var ends = admin.listOffsets(
                            committed.keySet().stream().collect(toMap(key -> key, key -> OffsetSpec.latest())))
                    .all()
                    .get();
            return committed.entrySet().stream()
                    .mapToLong(entry ->
                            ends.get(entry.getKey()).offset() - entry.getValue().offset())
                    .sum();
        }
    }

    static String header(ConsumerRecord<?, ?> record, String name) {
        return header(record.headers(), name);
    }

    private static String header(Headers headers, String name) {
        Header header = headers.lastHeader(name);
        return header == null ? null : text(header.value());
    }

    private static String text(byte[] bytes) {
        return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
    }

    private static byte[] utf8(String text) {
        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    }

    private static AgroalDataSource pool(PostgreSqlAddress address) {
        try {
            return AgroalDataSource.from(new AgroalDataSourceConfigurationSupplier()
                    .connectionPoolConfiguration(pool -> pool.maxSize(5)
                            .acquisitionTimeout(Duration.ofSeconds(2))
                            .exceptionSorter(new PostgreSQLExceptionSorter())
                            .connectionFactoryConfiguration(
                                    factory -> factory.jdbcUrl(address.jdbcUrl() + "?currentSchema=messaging")
                                            .principal(new NamePrincipal(address.user()))
                                            .credential(new SimplePassword(address.password())))));
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        consumers.forEach(EventConsumer::close);
        deadLetterConsumers.forEach(RecordConsumer::close);
        new MessagingLifecycle(relay).stop(new ShutdownEvent());
        producer.close();
        others.close(Duration.ZERO);
        pool.close();
    }

    private record Config(String bootstrapServers, Duration sweepEvery) implements MessagingConfig {

        @Override
        public Map<String, String> kafka() {
            return Map.of("client.rack", "test");
        }

        @Override
        public int partitions() {
            return 6;
        }

        @Override
        public short replication() {
            return -1;
        }

        @Override
        public int relayBatch() {
            return 20;
        }

        @Override
        public int consumeBatch() {
            return 500;
        }

        @Override
        public Duration sessionTimeout() {
            return Duration.ofSeconds(6);
        }

        @Override
        public Duration inboxRetention() {
            return Duration.ofDays(7);
        }
    }
}
