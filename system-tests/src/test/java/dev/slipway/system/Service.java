package dev.slipway.system;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A packaged service as a process of its own, which can be killed and started again. */
final class Service {

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final String name;
    private final int port;
    private final Map<String, String> environment;
    private final Path log;
    private Process process;

    private Service(String name, int port, Map<String, String> environment, Path log) {
        this.name = name;
        this.port = port;
        this.environment = environment;
        this.log = log;
        this.process = launch();
    }

    /** Starts a service; it may not be ready yet. */
    static Service start(String name, int port, Map<String, String> environment) {
        var logs = Repository.root().resolve("system-tests/target/logs");
        try {
            Files.createDirectories(logs);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Service(name, port, environment, logs.resolve("%s-%d.log".formatted(name, port)));
    }

    String name() {
        return name;
    }

    URI uri() {
        return URI.create("http://localhost:" + port);
    }

    /** Ends the process as {@code kill -9} does. */
    void kill() {
        try {
            process.destroyForcibly().waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Starts the process again, after it was killed. */
    void restart() {
        process = launch();
    }

    /** How much of its heap is in use by what it cannot let go of, in bytes. */
    long liveHeap() {
        try {
            var collected = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "jcmd")
                                    .toString(),
                            Long.toString(process.pid()),
                            "GC.run")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
            if (collected != 0) {
                throw new IllegalStateException("jcmd ended with " + collected);
            }
            var request = HttpRequest.newBuilder(uri().resolve("/metrics")).build();
            return HTTP.send(request, BodyHandlers.ofLines())
                    .body()
                    .filter(line -> line.startsWith("jvm_memory_used_bytes{area=\"heap\""))
                    .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                    .sum();
        } catch (IOException e) {
            throw new UncheckedIOException("The heap of %s cannot be measured".formatted(name), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    void awaitReady() {
        await(name + " to be ready").atMost(Duration.ofMinutes(2)).until(this::isReady);
    }

    /** Waits until it is ready, and starts it again if what happens around it ends it before that. */
    void awaitReadyWhateverHappens() {
        await(name + " to be ready").atMost(Duration.ofMinutes(2)).until(() -> {
            if (!process.isAlive()) {
                restart();
            }
            return saysReady();
        });
    }

    /** What it has logged as an error. */
    List<String> errors() throws IOException {
        try (var lines = Files.lines(log)) {
            return lines.filter(line -> line.contains(" ERROR ")).toList();
        }
    }

    boolean isReady() throws InterruptedException {
        if (!process.isAlive()) {
            throw new AssertionError("%s ended; see %s".formatted(name, log));
        }
        return saysReady();
    }

    private boolean saysReady() throws InterruptedException {
        try {
            var request = HttpRequest.newBuilder(uri().resolve("/health/ready"))
                    .timeout(Duration.ofSeconds(5))
                    .build();
            return HTTP.send(request, BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    private Process launch() {
        var jar = Repository.root().resolve(name).resolve("target/quarkus-app/quarkus-run.jar");
        var builder = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-jar",
                        jar.toString()))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().putAll(environment);
        try {
            var started = builder.start();
            // A test run that is itself killed leaves no service behind, as far as a JVM can see to that.
            Runtime.getRuntime().addShutdownHook(new Thread(started::destroyForcibly));
            return started;
        } catch (IOException e) {
            throw new UncheckedIOException("%s cannot be started".formatted(name), e);
        }
    }
}
