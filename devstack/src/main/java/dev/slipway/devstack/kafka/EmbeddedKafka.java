package dev.slipway.devstack.kafka;

import dev.slipway.devstack.port.Ports;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.jspecify.annotations.Nullable;

/**
 * One Kafka node (KRaft, broker and controller in one) inside this process, listening on the loopback address. The
 * folder keeps its records; they survive a stop and a kill of this process. Topics are made by who needs them, never by
 * being written to.
 */
public final class EmbeddedKafka implements AutoCloseable {
    private static final String HOST = "127.0.0.1";

    private final Path folder;
    private final int port;
    private @Nullable KafkaRaftServer server;

    /**
     * A broker that does not run until it is started.
     *
     * @param folder where records are kept; made when it does not exist
     * @param port 1 to 65535, or 0 for a free one, which is then kept
     */
    public EmbeddedKafka(Path folder, int port) {
        this.folder = folder.toAbsolutePath().normalize();
        this.port = port == 0 ? Ports.free() : port;
    }

    /** Where clients connect, as {@code host:port}; the same after each start. */
    public String bootstrapServers() {
        return HOST + ":" + port;
    }

    /**
     * Starts the broker and returns when it serves; does nothing when it runs already.
     *
     * @throws IllegalStateException when the port is taken or the broker does not come up
     */
    public synchronized EmbeddedKafka start() {
        if (server != null) {
            return this;
        }
        Ports.requireFree(port, "Kafka", "SLIPWAY_KAFKA_PORT");
        // Kafka loads classes by the thread's loader, and its threads inherit it: a test framework's loader would be
        // closed under the running broker.
        Thread thread = Thread.currentThread();
        ClassLoader loader = thread.getContextClassLoader();
        thread.setContextClassLoader(EmbeddedKafka.class.getClassLoader());
        try {
            format();
            KafkaRaftServer starting = new KafkaRaftServer(new KafkaConfig(settings(), false), Time.SYSTEM);
            server = starting;
            starting.startup();
        } catch (Exception e) {
            stop();
            throw new IllegalStateException("Kafka did not start in %s: %s".formatted(folder, e.getMessage()), e);
        } finally {
            thread.setContextClassLoader(loader);
        }
        return this;
    }

    /** Stops the broker; does nothing when it does not run. */
    public synchronized void stop() {
        KafkaRaftServer running = server;
        server = null;
        if (running != null) {
            running.shutdown();
            running.awaitShutdown();
        }
    }

    @Override
    public void close() {
        stop();
    }

    private void format() throws Exception {
        if (Files.exists(folder.resolve("meta.properties"))) {
            return;
        }
        Files.createDirectories(folder);
        new Formatter()
                .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
                .setClusterId(Uuid.randomUuid().toString())
                .setNodeId(1)
                .setControllerListenerName("CONTROLLER")
                .setMetadataLogDirectory(folder.toString())
                .setDirectories(List.of(folder.toString()))
                .run();
    }

    private Map<String, String> settings() {
        // The controller is met by this broker only, and nobody remembers its port.
        int controllerPort = Ports.free();
        return Map.ofEntries(
                Map.entry("process.roles", "broker,controller"),
                Map.entry("node.id", "1"),
                Map.entry("controller.quorum.voters", "1@%s:%d".formatted(HOST, controllerPort)),
                Map.entry("controller.listener.names", "CONTROLLER"),
                Map.entry(
                        "listeners",
                        "PLAINTEXT://%s:%d,CONTROLLER://%s:%d".formatted(HOST, port, HOST, controllerPort)),
                Map.entry("advertised.listeners", "PLAINTEXT://%s:%d".formatted(HOST, port)),
                Map.entry("log.dirs", folder.toString()),
                Map.entry("auto.create.topics.enable", "false"),
                Map.entry("num.partitions", "6"),
                // One node: nothing to replicate to, nobody to hand over to, no members worth waiting for.
                Map.entry("default.replication.factor", "1"),
                Map.entry("offsets.topic.replication.factor", "1"),
                Map.entry("transaction.state.log.replication.factor", "1"),
                Map.entry("transaction.state.log.min.isr", "1"),
                Map.entry("share.coordinator.state.topic.replication.factor", "1"),
                Map.entry("share.coordinator.state.topic.min.isr", "1"),
                // A killed broker's registration stands in the way of its next start for as long as its session lasts.
                Map.entry("broker.heartbeat.interval.ms", "500"),
                Map.entry("broker.session.timeout.ms", "3000"),
                Map.entry("group.initial.rebalance.delay.ms", "0"),
                Map.entry("group.min.session.timeout.ms", "3000"),
                // A laptop's share of memory, threads and files: the default buffer of the log cleaner alone is 128
                // MiB.
                Map.entry("offsets.topic.num.partitions", "6"),
                Map.entry("transaction.state.log.num.partitions", "6"),
                Map.entry("share.coordinator.state.topic.num.partitions", "6"),
                Map.entry("log.cleaner.dedupe.buffer.size", "4194304"),
                Map.entry("log.index.size.max.bytes", "1048576"),
                Map.entry("num.network.threads", "2"),
                Map.entry("num.io.threads", "4"),
                Map.entry("background.threads", "2"));
    }
}
