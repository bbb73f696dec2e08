package dev.slipway.devstack;

import dev.slipway.devstack.kafka.EmbeddedKafka;
import dev.slipway.devstack.postgres.EmbeddedPostgreSql;
import dev.slipway.devstack.target.TargetApplication;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import org.slf4j.LoggerFactory;

/**
 * PostgreSQL, Kafka and the demo's target application as one process. While all three serve, the file
 * {@code devstack.ready} stands in its home folder. It ends, all stopped, at SIGTERM or SIGINT.
 */
public final class Devstack implements AutoCloseable {
    private final DevstackSettings settings;
    private final EmbeddedPostgreSql postgres;
    private final EmbeddedKafka kafka;
    private final Path readyFile;
    private volatile AutoCloseable target = () -> {};

    private Devstack(DevstackSettings settings) {
        this.settings = settings;
        this.postgres = new EmbeddedPostgreSql(settings.home().resolve("postgres"), settings.postgresPort());
        this.kafka = new EmbeddedKafka(settings.home().resolve("kafka"), settings.kafkaPort());
        this.readyFile = settings.home().resolve("devstack.ready");
    }

    /** Runs until it is told to end. Exit code 1: it did not start. 2: a setting is wrong. */
    public static void main(String[] arguments) throws InterruptedException {
        DevstackSettings settings;
        try {
            settings = DevstackSettings.from(System.getenv());
        } catch (IllegalArgumentException e) {
            System.err.println("devstack: " + e.getMessage());
            System.exit(2);
            return;
        }
        // Before the threads that log: SLF4J says on standard error when they meet in its initialization.
        LoggerFactory.getILoggerFactory();
        Devstack devstack = new Devstack(settings);
        Runtime.getRuntime().addShutdownHook(new Thread(devstack::close, "devstack's end"));
        try {
            System.out.println(devstack.start());
        } catch (RuntimeException e) {
            System.err.println("devstack: " + e.getMessage());
            System.exit(1);
        }
        new CountDownLatch(1).await();
    }

    /**
     * Starts all three.
     *
     * @return one line that says where they are
     */
    private String start() {
        try {
            Files.createDirectories(settings.home());
            Files.deleteIfExists(readyFile);
            CompletableFuture<Void> database = CompletableFuture.runAsync(postgres::start);
            TargetApplication application = TargetApplication.start(settings.target(), Clock.systemUTC());
            target = application;
            kafka.start();
            database.join();
            String ready = "devstack ready: PostgreSQL localhost:%d, Kafka localhost:%d, target application %s (TLS %d)"
                    .formatted(
                            settings.postgresPort(),
                            settings.kafkaPort(),
                            application.uri(),
                            settings.target().tlsPort().orElseThrow());
            Files.writeString(readyFile, ready + System.lineSeparator());
            return ready;
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        } catch (IOException e) {
            throw new UncheckedIOException("The folder %s cannot be used".formatted(settings.home()), e);
        }
    }

    @Override
    public void close() {
        try (postgres;
                kafka;
                AutoCloseable closing = target) {
            Files.deleteIfExists(readyFile);
        } catch (Exception e) {
            System.err.println("devstack: " + e);
        }
    }
}
