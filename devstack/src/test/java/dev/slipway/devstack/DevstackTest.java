package dev.slipway.devstack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.devstack.port.Ports;
import dev.slipway.devstack.postgres.PostgreSqlAddress;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DevstackTest {
    @TempDir
    Path home;

    private final List<Integer> ports = Ports.free(4);
    private final List<Process> processes = new ArrayList<>();

    @AfterEach
    void endWhatIsLeft() throws InterruptedException {
        for (Process process : processes) {
            process.destroy();
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void servesAllThreeAndSaysSoInOneLineAndOneFile() throws Exception {
        // Given
        Process devstack = devstack(Map.of());

        // When
        String line = devstack.inputReader().readLine();

        // Then
        assertThat(line)
                .isEqualTo(
                        "devstack ready: PostgreSQL localhost:%d, Kafka localhost:%d, "
                                + "target application http://localhost:%d (TLS %d)",
                        ports.toArray());
        awaitReady();
        assertThat(statusOf("/health")).isEqualTo(200);
        execute("create table kept (id int)");
        createTopic("kept");
    }

    @Test
    void stopsWithinSecondsLeavingNoProcessAndSayingNothing() throws Exception {
        // Given
        Process devstack = devstack(Map.of());
        awaitReady();
        List<ProcessHandle> all = List.of(devstack.toHandle(), postmaster());

        // When
        devstack.toHandle().destroy();

        // Then
        assertThat(devstack.waitFor(10, TimeUnit.SECONDS)).isTrue();
        Awaitility.await().untilAsserted(() -> assertThat(all).noneMatch(ProcessHandle::isAlive));
        assertThat(home.resolve("devstack.ready")).doesNotExist();
        assertThat(devstack.inputReader().lines()).hasSize(1);
        assertThat(devstack.errorReader().lines()).isEmpty();
    }

    @Test
    void comesBackWithAllDataAfterItWasKilled() throws Exception {
        // Given
        Process first = devstack(Map.of());
        awaitReady();
        execute("create table kept (id int)");
        createTopic("kept");
        first.destroyForcibly().waitFor();

        // When
        Process second = devstack(Map.of());

        // Then
        assertThat(second.inputReader().readLine()).startsWith("devstack ready");
        execute("select * from kept");
        try (Admin admin = admin()) {
            assertThat(admin.listTopics().names().get(20, TimeUnit.SECONDS)).contains("kept");
        }
    }

    @Test
    void endsWithTheReasonWhenAPortIsTaken() throws Exception {
        // Given
        try (ServerSocket taken = new ServerSocket(ports.get(1), 1, InetAddress.getLoopbackAddress())) {
            // When
            Process devstack = devstack(Map.of());

            // Then
            assertThat(devstack.errorReader().readLine())
                    .isEqualTo(
                            "devstack: Port %d, wanted for Kafka, is taken on this machine. "
                                    + "Stop what listens there, or set SLIPWAY_KAFKA_PORT to another port.",
                            taken.getLocalPort());
            assertThat(devstack.waitFor()).isEqualTo(1);
            assertThat(home.resolve("devstack.ready")).doesNotExist();
        }
    }

    @Test
    void endsWithTheReasonWhenPostgreSqlsPortIsTaken() throws Exception {
        // Given
        try (ServerSocket taken = new ServerSocket(ports.getFirst(), 1, InetAddress.getLoopbackAddress())) {
            // When
            Process devstack = devstack(Map.of());

            // Then
            assertThat(devstack.errorReader().readLine())
                    .contains(Integer.toString(taken.getLocalPort()), "PostgreSQL", "SLIPWAY_POSTGRES_PORT");
            assertThat(devstack.waitFor()).isEqualTo(1);
        }
    }

    @Test
    void endsWithTheReasonWhenItsHomeIsNoFolder() throws Exception {
        // Given
        Path file = Files.createFile(home.resolve("a-file"));

        // When
        Process devstack = devstack(Map.of("SLIPWAY_HOME", file.toString()));

        // Then
        assertThat(devstack.errorReader().readLine()).isEqualTo("devstack: The folder %s cannot be used", file);
        assertThat(devstack.waitFor()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"SLIPWAY_POSTGRES_PORT, 0", "SLIPWAY_KAFKA_PORT, 65536", "SLIPWAY_TARGET_PORT, http"})
    void refusesASettingThatIsNoPort(String variable, String value) throws Exception {
        // Given
        Map<String, String> wrong = Map.of(variable, value);

        // When
        Process devstack = devstack(wrong);

        // Then
        try (BufferedReader errors = devstack.errorReader()) {
            assertThat(errors.readLine())
                    .isEqualTo("devstack: %s is '%s'; it must be a port, 1 to 65535.", variable, value);
        }
        assertThat(devstack.waitFor()).isEqualTo(2);
    }

    @Test
    void listensOnTheHousesPortsUnlessToldOtherwise() {
        // Given
        Map<String, String> nothing = Map.of();

        // When
        DevstackSettings settings = DevstackSettings.from(nothing);

        // Then
        assertThat(settings)
                .hasToString("DevstackSettings[home=.slipway, postgresPort=15432, kafkaPort=19092, "
                        + "target=port 8090, TLS port OptionalInt[8490]]");
    }

    /** As the script starts it, with the coverage agent of this JVM. */
    private Process devstack(Map<String, String> environment) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("-javaagent:"))
                .forEach(command::add);
        command.addAll(List.of(
                "--sun-misc-unsafe-memory-access=allow",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Devstack.class.getName()));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().keySet().removeIf(name -> name.startsWith("SLIPWAY_"));
        builder.environment()
                .putAll(Map.of(
                        "SLIPWAY_HOME", home.toString(),
                        "SLIPWAY_POSTGRES_PORT", ports.get(0).toString(),
                        "SLIPWAY_KAFKA_PORT", ports.get(1).toString(),
                        "SLIPWAY_TARGET_PORT", ports.get(2).toString(),
                        "SLIPWAY_TARGET_TLS_PORT", ports.get(3).toString()));
        builder.environment().putAll(environment);
        Process process = builder.start();
        processes.add(process);
        return process;
    }

    private void awaitReady() {
        Awaitility.await()
                .atMost(Duration.ofSeconds(40))
                .untilAsserted(() -> assertThat(home.resolve("devstack.ready")).exists());
    }

    private ProcessHandle postmaster() throws IOException {
        String id =
                Files.readAllLines(home.resolve("postgres/data/postmaster.pid")).getFirst();
        return ProcessHandle.of(Long.parseLong(id)).orElseThrow();
    }

    private int statusOf(String path) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            URI uri = URI.create("http://localhost:" + ports.get(2) + path);
            return client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        }
    }

    private void execute(String sql) throws Exception {
        PostgreSqlAddress address =
                new PostgreSqlAddress("localhost", ports.getFirst(), "slipway", "slipway", "slipway");
        try (Connection connection = address.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private void createTopic(String name) throws Exception {
        try (Admin admin = admin()) {
            admin.createTopics(List.of(new NewTopic(name, 1, (short) 1))).all().get(20, TimeUnit.SECONDS);
        }
    }

    private Admin admin() {
        return Admin.create(Map.of("bootstrap.servers", "localhost:" + ports.get(1)));
    }
}
