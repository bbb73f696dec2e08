package dev.slipway.devstack.testing;

import dev.slipway.devstack.kafka.EmbeddedKafka;
import dev.slipway.devstack.port.Ports;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Kafka in a process of its own, for tests that kill it. Its folder keeps the records, and {@code kafka.log}. The process
 * ends with the JVM that started it, however that ends.
 */
public final class KafkaProcess implements AutoCloseable {
    private static final String READY = "ready";

    private final Path folder;
    private final int port = Ports.free();
    private @Nullable Process process;

    /**
     * A broker that does not run until it is started.
     *
     * @param folder where records are kept; it must exist
     */
    public KafkaProcess(Path folder) {
        this.folder = folder;
    }

    /** Where clients connect, as {@code host:port}; the same after each start. */
    public String bootstrapServers() {
        return "127.0.0.1:" + port;
    }

    /**
     * Starts the broker and returns when it serves; does nothing when it runs already.
     *
     * @throws IllegalStateException when it does not come up
     */
    public synchronized KafkaProcess start() {
        if (process != null) {
            return this;
        }
        Path log = folder.resolve("kafka.log");
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        KafkaProcess.class.getName(),
                        folder.resolve("data").toString(),
                        Integer.toString(port))
                .redirectError(Redirect.appendTo(log.toFile()));
        // Too long for a command line on some systems.
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        try {
            Process started = builder.start();
            process = started;
            awaitReady(started.inputReader(), log);
        } catch (IOException e) {
            throw new UncheckedIOException("Kafka cannot be started in " + folder, e);
        }
        return this;
    }

    /** Kills the broker ({@code kill -9}), and returns when it is gone; does nothing when it does not run. */
    public synchronized void kill() {
        Process running = process;
        process = null;
        if (running != null) {
            try {
                running.destroyForcibly().waitFor();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("Interrupted while Kafka was killed", e);
            }
        }
    }

    @Override
    public void close() {
        kill();
    }

    private void awaitReady(BufferedReader output, Path log) throws IOException {
        for (String line = output.readLine(); !READY.equals(line); line = output.readLine()) {
            if (line == null) {
                kill();
                throw new IllegalStateException("Kafka did not start; see " + log);
            }
        }
    }

    /** The process: serves until it is killed, or its standard input ends with who started it. */
    public static void main(String[] arguments) throws IOException {
        List<String> folderAndPort = List.of(arguments);
        new EmbeddedKafka(Path.of(folderAndPort.getFirst()), Integer.parseInt(folderAndPort.getLast())).start();
        System.out.println(READY);
        while (System.in.read() >= 0) {
            // Nothing is said, until the end.
        }
        Runtime.getRuntime().halt(0);
    }
}
