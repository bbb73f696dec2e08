package dev.slipway.system;

import static org.awaitility.Awaitility.await;

import dev.slipway.devstack.postgres.EmbeddedPostgreSql;
import dev.slipway.devstack.testing.Infrastructure;
import dev.slipway.devstack.testing.KafkaProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpRequest.Builder;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.commons.io.FileUtils;

/** Replicas of the packaged release-service, on a PostgreSQL and a Kafka of their own. */
final class ReleaseSystem implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final Path folder;
    private final EmbeddedPostgreSql postgres;
    private final KafkaProcess kafka;
    private final List<Service> replicas = new ArrayList<>();
    private final AtomicInteger calls = new AtomicInteger();

    private ReleaseSystem(int count, Map<String, String> settings) throws IOException {
        folder = Files.createTempDirectory("slipway-release");
        postgres = new EmbeddedPostgreSql(folder.resolve("postgres"), 0);
        // A run that is itself killed leaves no server behind, as far as a JVM can see to that.
        Runtime.getRuntime().addShutdownHook(new Thread(postgres::kill));
        postgres.start();
        kafka = new KafkaProcess(folder).start();
        var environment =
                new HashMap<>(new Infrastructure(postgres.address(), kafka.bootstrapServers()).configuration());
        environment.putAll(settings);
        for (var port : SlipwaySystem.freePorts(count)) {
            var own = new HashMap<>(environment);
            own.put("SLIPWAY_RELEASE_SERVICE_PORT", Integer.toString(port));
            replicas.add(Service.start("release-service", port, own));
        }
        replicas.forEach(Service::awaitReady);
    }

    /**
     * Starts replicas, and returns when they are ready.
     *
     * @param settings environment variables beside those that the service needs
     */
    static ReleaseSystem start(int replicas, Map<String, String> settings) {
        try {
            return new ReleaseSystem(replicas, settings);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    KafkaProcess kafka() {
        return kafka;
    }

    List<Service> replicas() {
        return replicas;
    }

    /** What a query finds, each row as its first column's text. */
    List<String> rows(String sql) throws SQLException {
        return SlipwaySystem.rows(postgres.address(), sql);
    }

    /** Stores a plan or a fragment. */
    void store(String path, String yaml) {
        call(path, request -> request.PUT(BodyPublishers.ofString(yaml)));
    }

    /** Posts, under a key: whichever replica takes it, it is taken once. */
    String post(String path, String key, String json) {
        return call(path, request -> request.header("Idempotency-Key", key).POST(BodyPublishers.ofString(json)));
    }

    /** What a path answers. */
    String get(String path) {
        return call(path, Builder::GET);
    }

    private interface Call {
        Builder of(Builder request);
    }

    /** Asks one replica after the other, as a client behind a balancer does, until one has an answer of its own. */
    private String call(String path, Call call) {
        return await("an answer of " + path)
                .pollInSameThread()
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(50))
                .atMost(PATIENCE)
                .until(() -> answer(call.of(request(path)).build()), Optional::isPresent)
                .orElseThrow();
    }

    private static Optional<String> answer(HttpRequest request) throws InterruptedException {
        try {
            var response = HTTP.send(request, BodyHandlers.ofString());
            if (response.statusCode() >= 300 && response.statusCode() < 500) {
                throw new AssertionError("%s: %s".formatted(response, response.body()));
            }
            return Optional.of(response.body()).filter(body -> response.statusCode() < 300);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private Builder request(String path) {
        var replica = replicas.get(Math.floorMod(calls.incrementAndGet(), replicas.size()));
        return HttpRequest.newBuilder(replica.uri().resolve(URI.create(path)))
                .timeout(Duration.ofSeconds(10))
                .header("Authorization", "Bearer " + Infrastructure.TOKEN)
                .header("Content-Type", "application/json");
    }

    @Override
    public void close() {
        replicas.forEach(Service::kill);
        kafka.close();
        postgres.close();
        FileUtils.deleteQuietly(folder.toFile());
    }
}
