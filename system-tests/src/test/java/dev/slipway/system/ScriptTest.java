package dev.slipway.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("./slipway")
class ScriptTest {

    private static final List<String> PORTS = List.of(
            "SLIPWAY_RELEASE_SERVICE_PORT",
            "SLIPWAY_WEBHOOK_GATEWAY_PORT",
            "SLIPWAY_HEALTH_PROBE_PORT",
            "SLIPWAY_NOTIFIER_PORT",
            "SLIPWAY_TARGET_PORT",
            "SLIPWAY_TARGET_TLS_PORT",
            "SLIPWAY_POSTGRES_PORT",
            "SLIPWAY_KAFKA_PORT");

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir
    private Path home;

    private final Map<String, String> environment = new HashMap<>();

    /** How a command ended, and all that it printed. */
    private record Ended(int exitCode, String output) {}

    @BeforeEach
    void choosePortsOfItsOwn() {
        var free = SlipwaySystem.freePorts(PORTS.size());
        for (var i = 0; i < PORTS.size(); i++) {
            environment.put(PORTS.get(i), Integer.toString(free.get(i)));
        }
        environment.put("SLIPWAY_HOME", home.toString());
    }

    @AfterEach
    void stopWhatRuns() throws Exception {
        slipway("down");
    }

    @Test
    void demoPlaysBothReleasesToTheirEnds() throws Exception {
        // When
        var demo = slipway("demo");

        // Then
        assertThat(demo.output()).contains("1.0.0 SUCCEEDED", "2.0.0 ROLLED_BACK", "serves version 1.0.0");
        assertThat(demo.exitCode()).isZero();
        assertThat(pids()).as("what the demo started, it stopped").isEmpty();
    }

    @Test
    void upDetachedPrintsAddressesAndTokenAndBringsBackWhatWasKilled() throws Exception {
        // Given
        var up = slipway("up", "--detach");
        var token = Files.readString(home.resolve("token")).strip();
        var before = pids();

        // When
        var killed = ProcessHandle.of(before.get("notifier")).orElseThrow();
        killed.destroyForcibly();
        killed.onExit().get(10, TimeUnit.SECONDS);
        var again = slipway("up", "--detach");

        // Then
        assertThat(up.exitCode()).isZero();
        assertThat(up.output())
                .contains(token)
                .contains(PORTS.subList(0, 4).stream()
                        .map(port -> "http://localhost:" + environment.get(port))
                        .toList());
        assertThat(before)
                .containsOnlyKeys("devstack", "release-service", "webhook-gateway", "health-probe", "notifier");
        assertThat(home.resolve("logs")).isDirectoryContaining("glob:**/release-service.log");
        assertThat(again.output()).contains("Starting notifier").doesNotContain("Starting release-service");
        var after = pids();
        assertThat(after.get("notifier")).isNotEqualTo(before.get("notifier"));
        assertThat(after.get("release-service")).isEqualTo(before.get("release-service"));
        assertThat(status(null)).isEqualTo(401);
        assertThat(status("wrong")).isEqualTo(401);
        assertThat(status(token)).isEqualTo(200);
    }

    @Test
    void aDevstackThatWasKilledComesBackThoughItsPostgreSqlLivesOn() throws Exception {
        // Given
        slipway("up", "--detach");
        var killed = ProcessHandle.of(pids().get("devstack")).orElseThrow();
        killed.destroyForcibly();
        killed.onExit().get(10, TimeUnit.SECONDS);

        // When
        var again = slipway("up", "--detach");

        // Then
        assertThat(again.output()).contains("Starting PostgreSQL and Kafka").doesNotContain("Starting notifier");
        assertThat(again.exitCode()).isZero();
        var token = Files.readString(home.resolve("token")).strip();
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(status(token)).isEqualTo(200));
    }

    @Test
    void portsThatAreTakenAreNamedWithTheirOwnerAndNothingIsStarted() throws Exception {
        // Given
        try (var taken = new ServerSocket(
                Integer.parseInt(environment.get("SLIPWAY_NOTIFIER_PORT")), 1, InetAddress.getLoopbackAddress())) {

            // When
            var up = slipway("up", "--detach");

            // Then
            assertThat(up.exitCode()).isEqualTo(1);
            assertThat(up.output())
                    .contains(Integer.toString(taken.getLocalPort()), "notifier", "SLIPWAY_NOTIFIER_PORT=")
                    .contains("process " + ProcessHandle.current().pid());
            assertThat(pids()).isEmpty();
        }
    }

    @Test
    void aCommandThatDoesNotExistIsRefusedWithTheOnesThatDo() throws Exception {
        // When
        var launch = slipway("launch");

        // Then
        assertThat(launch.exitCode()).isEqualTo(1);
        assertThat(launch.output()).contains("no command 'launch'", "./slipway demo", "./slipway up");
    }

    private Ended slipway(String... arguments) throws IOException, InterruptedException {
        var command =
                new ArrayList<>(List.of(Repository.root().resolve("slipway").toString()));
        command.addAll(List.of(arguments));
        var output = Files.createTempFile("slipway", ".out");
        var builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().putAll(environment);
        var process = builder.start();
        assertThat(process.waitFor(5, TimeUnit.MINUTES))
                .as("slipway ended in time")
                .isTrue();
        return new Ended(process.exitValue(), Files.readString(output));
    }

    /** The processes that run, by the names of their files. */
    private Map<String, Long> pids() throws IOException {
        var pids = new HashMap<String, Long>();
        if (Files.isDirectory(home.resolve("pids"))) {
            try (var files = Files.list(home.resolve("pids"))) {
                for (var file : files.toList()) {
                    pids.put(
                            file.getFileName().toString().replace(".pid", ""),
                            Long.parseLong(Files.readString(file).strip()));
                }
            }
        }
        return pids;
    }

    private int status(String token) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create(
                "http://localhost:%s/api/v1/releases".formatted(environment.get("SLIPWAY_RELEASE_SERVICE_PORT"))));
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        return HTTP.send(request.build(), BodyHandlers.discarding()).statusCode();
    }
}
