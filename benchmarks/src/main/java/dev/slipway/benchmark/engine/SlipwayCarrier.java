package dev.slipway.benchmark.engine;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.uuid.Generators;
import dev.slipway.benchmark.stand.Stand;
import dev.slipway.event.Event;
import dev.slipway.event.EventJson;
import dev.slipway.event.EventTypes;
import dev.slipway.event.ReleaseEvent.PhaseStarted;
import dev.slipway.event.ReleaseEvent.PhaseSucceeded;
import dev.slipway.event.ReleaseEvent.ReleaseRequested;
import dev.slipway.event.ReportEvent.CustomReport;
import dev.slipway.event.Topic;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Slipway's release-service, as any service meets it: events go to its topic as CloudEvents, and what it published
 * itself, after the commit, tells how far a release is. So what a client sees has the way back in it; until its event was
 * durable, the service says. Each client has an environment of its own: in one, releases queue.
 */
final class SlipwayCarrier implements Carrier {

    static final String APPLICATION = "bench";

    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final String TOPIC = Topic.RELEASES.topicName();

    private final KafkaProducer<byte[], byte[]> producer;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Map<Told, CompletableFuture<Void>> awaited = new ConcurrentHashMap<>();
    private final URI service;
    private final int planVersion;
    private final Thread listening =
            Thread.ofPlatform().name("what is published").unstarted(this::listen);

    /** What an event tells of a release. */
    private record Told(UUID release, Class<? extends Event> event, String phase) {}

    /** @param environments in which releases may be carried */
    SlipwayCarrier(String kafka, URI service, int environments) throws IOException, InterruptedException {
        this.service = service;
        planVersion = storePlans(service, environments);
        producer = new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        kafka,
                        ProducerConfig.ACKS_CONFIG,
                        "all",
                        // A client in a closed loop has nothing to wait for.
                        ProducerConfig.LINGER_MS_CONFIG,
                        0),
                new ByteArraySerializer(),
                new ByteArraySerializer());
        consumer = new KafkaConsumer<>(
                Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka, ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 5_000),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        consumer.assign(consumer.partitionsFor(TOPIC).stream()
                .map(partition -> new TopicPartition(TOPIC, partition.partition()))
                .toList());
        consumer.seekToEnd(consumer.assignment());
        consumer.assignment().forEach(consumer::position);
        listening.start();
    }

    @Override
    public Carried begin(int client) throws Exception {
        var id = Generators.timeBasedEpochGenerator().generate();
        var request = new ReleaseRequested(
                id, "1.0.0", Optional.empty(), Optional.empty(), "bench", Optional.empty(), planVersion, List.of());
        send(client, request, new Told(id, PhaseStarted.class, "phase-0"));
        return phase -> send(
                client,
                new CustomReport("Phase%dDone".formatted(phase), Optional.of(id), Map.of()),
                new Told(id, PhaseSucceeded.class, "phase-" + phase));
    }

    /** Sends an event, and waits until what it led to is published. */
    private void send(int client, Event event, Told told) throws Exception {
        var shown = new CompletableFuture<Void>();
        awaited.put(told, shown);
        var subject = subject(client);
        var name = event instanceof CustomReport report ? report.name() : event.name();
        var record = new ProducerRecord<>(TOPIC, subject.getBytes(UTF_8), EventJson.write(event));
        Map.of(
                        "ce_specversion",
                        "1.0",
                        "ce_id",
                        UUID.randomUUID().toString(),
                        "ce_source",
                        "/bench",
                        "ce_type",
                        EventTypes.typeOf(name),
                        "ce_subject",
                        subject,
                        "ce_time",
                        Instant.now().toString(),
                        "content-type",
                        "application/json")
                .forEach((header, value) -> record.headers().add(header, value.getBytes(UTF_8)));
        var _ = producer.send(record, (_, failure) -> {
            if (failure != null) {
                shown.completeExceptionally(failure);
            }
        });
        shown.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private void listen() {
        try (consumer) {
            while (true) {
                for (var record : consumer.poll(PATIENCE)) {
                    told(record, PhaseStarted.class);
                    told(record, PhaseSucceeded.class);
                }
            }
        } catch (WakeupException e) {
            // It is over.
        }
    }

    private void told(ConsumerRecord<byte[], byte[]> record, Class<? extends Event> event) {
        var type = new String(record.headers().lastHeader("ce_type").value(), UTF_8);
        if (type.equals(EventTypes.typeOf(event.getSimpleName()))) {
            var data = json(record.value());
            var told = new Told(
                    UUID.fromString(data.path("releaseId").asText()),
                    event,
                    data.path("phase").asText());
            Optional.ofNullable(awaited.remove(told)).ifPresent(shown -> shown.complete(null));
        }
    }

    private static JsonNode json(byte[] value) {
        try {
            return EventJson.mapper().readTree(value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int storePlans(URI service, int environments) throws IOException, InterruptedException {
        var version = 0;
        try (var client = HttpClient.newHttpClient()) {
            for (var environment = 0; environment < environments; environment++) {
                var answer = client.send(
                        HttpRequest.newBuilder(service.resolve("/api/v1/plans/" + subject(environment)))
                                .header("Authorization", "Bearer " + Stand.TOKEN)
                                .header("Content-Type", "application/yaml")
                                .PUT(BodyPublishers.ofString(plan(environment)))
                                .build(),
                        BodyHandlers.ofByteArray());
                if (answer.statusCode() / 100 != 2) {
                    throw new IOException("The plan was not stored: " + new String(answer.body(), UTF_8));
                }
                version = json(answer.body()).path("version").asInt();
            }
        }
        return version;
    }

    private static String plan(int environment) {
        var phases = IntStream.range(0, PHASES)
                .mapToObj(
                        "  - { name: phase-%1$d, steps: [{ name: work, await: { event: Phase%1$dDone } }] }"::formatted)
                .collect(Collectors.joining("\n"));
        return "application: %s\nenvironment: %s\nphases:\n%s\n"
                .formatted(APPLICATION, environment(environment), phases);
    }

    private static String subject(int client) {
        return APPLICATION + "/" + environment(client);
    }

    static String environment(int client) {
        return "environment-" + client;
    }

    @Override
    public Optional<Lag> lag() throws IOException, InterruptedException {
        return Optional.of(Lag.of(service));
    }

    @Override
    public void close() {
        consumer.wakeup();
        producer.close();
    }
}
