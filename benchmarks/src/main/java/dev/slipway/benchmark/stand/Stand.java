package dev.slipway.benchmark.stand;

import dev.slipway.devstack.port.Ports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** PostgreSQL and Kafka of the devstack, and services beside them, each as {@code ./slipway} starts it. */
public final class Stand implements AutoCloseable {

    /** What a caller of a service's API says it is. */
    public static final String TOKEN = "benchmark";

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Path root = Path.of(System.getProperty("slipway.root", ".")).toAbsolutePath();
    private final Path home;
    private final boolean passing;
    private final int postgresPort = Ports.free();
    private final int kafkaPort = Ports.free();

    private Stand(Path home, boolean passing) {
        this.home = home;
        this.passing = passing;
    }

    private void startDevstack() throws IOException, InterruptedException {
        Files.deleteIfExists(home.resolve("devstack.ready"));
        java(
                "devstack",
                Map.of(
                        "SLIPWAY_HOME", home.toString(),
                        "SLIPWAY_POSTGRES_PORT", Integer.toString(postgresPort),
                        "SLIPWAY_KAFKA_PORT", Integer.toString(kafkaPort),
                        "SLIPWAY_TARGET_PORT", Integer.toString(Ports.free()),
                        "SLIPWAY_TARGET_TLS_PORT", Integer.toString(Ports.free())),
                List.of(
                        "-cp",
                        "%s:%s"
                                .formatted(
                                        root.resolve("devstack/target/devstack-0.1.0-SNAPSHOT.jar"),
                                        root.resolve("devstack/target/lib/*")),
                        "dev.slipway.devstack.Devstack"));
        await(() -> Files.exists(home.resolve("devstack.ready")));
    }

    /** Starts PostgreSQL and Kafka, empty, and says where the logs are; the data go when it is closed. */
    public static Stand start() throws IOException, InterruptedException {
        return start(Files.createTempDirectory("slipway-bench"), true);
    }

    /** Starts PostgreSQL and Kafka with the data of a folder, and says so. */
    public static Stand start(Path home) throws IOException, InterruptedException {
        return start(home, false);
    }

    private static Stand start(Path home, boolean passing) throws IOException, InterruptedException {
        var stand = new Stand(home, passing);
        // A benchmark that is told to end, by SIGINT or SIGTERM, closes nothing itself.
        Runtime.getRuntime().addShutdownHook(new Thread(stand::close, "the stand's end"));
        stand.startDevstack();
        System.out.println("Logs and data: " + stand.home);
        return stand;
    }

    /** A service that is ready, and where. */
    public record Service(Program program, URI uri) implements AutoCloseable {

        @Override
        public void close() {
            program.close();
        }
    }

    /**
     * Starts a packaged service, and waits until it is ready.
     *
     * @param settings of its environment, besides those that every service has
     */
    public Service service(String name, Map<String, String> settings) throws IOException, InterruptedException {
        var port = Ports.free();
        var environment = new HashMap<>(settings);
        environment.put(
                "SLIPWAY_%s_PORT".formatted(name.toUpperCase(Locale.ROOT).replace('-', '_')), Integer.toString(port));
        environment.put("QUARKUS_HTTP_HOST", "127.0.0.1");
        environment.put("SLIPWAY_POSTGRES_PORT", Integer.toString(postgresPort));
        environment.put("SLIPWAY_KAFKA", kafka());
        environment.put("SLIPWAY_TOKEN", TOKEN);
        var program = java(
                name,
                environment,
                List.of(
                        "-jar",
                        root.resolve(name)
                                .resolve("target/quarkus-app/quarkus-run.jar")
                                .toString()));
        var uri = URI.create("http://127.0.0.1:" + port);
        await(() -> isReady(uri));
        return new Service(program, uri);
    }

    /** A Java program with the flags that {@code ./slipway} gives to its services. */
    public Program java(String name, Map<String, String> environment, List<String> arguments) throws IOException {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow"));
        command.addAll(arguments);
        return Program.start(log(name), environment, command);
    }

    public Path log(String name) {
        return home.resolve(name + ".log");
    }

    /** The repository's folder. */
    public Path root() {
        return root;
    }

    /** Kafka's address. */
    public String kafka() {
        return "127.0.0.1:" + kafkaPort;
    }

    public int postgresPort() {
        return postgresPort;
    }

    /** The database, with its user and its password. */
    public String jdbcUrl() {
        return "jdbc:postgresql://127.0.0.1:%d/slipway?user=slipway&password=slipway".formatted(postgresPort);
    }

    /** The only number that a query answers. */
    public long query(String sql) {
        try (var connection = DriverManager.getConnection(jdbcUrl());
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getLong(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Has PostgreSQL do what it does of its own accord when it has run for a while: it gets to know how large its tables
     * are, and writes its log into files that are there already.
     */
    public void settle() {
        var administrator = "jdbc:postgresql://127.0.0.1:%d/slipway?user=postgres".formatted(postgresPort);
        try (var connection = DriverManager.getConnection(administrator);
                var statement = connection.createStatement()) {
            statement.execute("VACUUM ANALYZE");
            statement.execute("CHECKPOINT");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Waits until something is so. */
    public void await(BooleanSupplier condition) throws InterruptedException, IOException {
        var end = Instant.now().plus(PATIENCE);
        while (!condition.getAsBoolean()) {
            if (Instant.now().isAfter(end)) {
                throw new IOException("It did not come about within two minutes; the logs stand in " + home);
            }
            TimeUnit.MILLISECONDS.sleep(200);
        }
    }

    private static boolean isReady(URI service) {
        try (var client = HttpClient.newHttpClient()) {
            var request = HttpRequest.newBuilder(service.resolve("/health/ready"));
            return client.send(request.build(), BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Ends all that was started. */
    @Override
    public synchronized void close() {
        Program.endAll();
        if (passing) {
            // Half an hour of deliveries are tens of gigabytes.
            delete(home.resolve("kafka"));
            delete(home.resolve("postgres"));
        }
    }

    private static void delete(Path folder) {
        if (Files.exists(folder)) {
            try (var files = Files.walk(folder)) {
                for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            } catch (IOException e) {
                throw new UncheckedIOException("The data cannot be deleted", e);
            }
        }
    }
}
