package dev.slipway.devstack.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.devstack.port.PortTaken;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EmbeddedPostgreSqlTest {
    @TempDir
    Path folder;

    @Test
    void runsAsAProductionServerWould() throws SQLException {
        // Given
        try (EmbeddedPostgreSql server = new EmbeddedPostgreSql(folder, 0).start()) {
            // When
            String settings = ask(server.address(), """
                    select string_agg(name || '=' || setting, ' ' order by name) from pg_settings where name in
                    ('server_version', 'fsync', 'synchronous_commit', 'max_connections', 'listen_addresses')""");

            // Then
            assertThat(settings)
                    .isEqualTo("fsync=on listen_addresses=localhost max_connections=200 "
                            + "server_version=18.4 synchronous_commit=on");
        }
    }

    @Test
    void offersARoleThatOwnsItsDatabaseAndMayMakeOthers() throws SQLException {
        // Given
        try (EmbeddedPostgreSql server = new EmbeddedPostgreSql(folder, 0, "Shop", "o'brien", "pass'word").start()) {
            // When
            tell(server.address(), "create schema till");
            tell(server.address(), "create database other");

            // Then
            assertThat(ask(server.address(), "select current_user || '@' || current_database()"))
                    .isEqualTo("o'brien@Shop");
            assertThat(ask(server.address().withDatabase("other"), "select current_database()"))
                    .isEqualTo("other");
        }
    }

    @Test
    void keepsPortAndDataFromStopToStart() throws SQLException {
        // Given
        try (EmbeddedPostgreSql server = new EmbeddedPostgreSql(folder, 0).start()) {
            tell(server.address(), "create table kept as select 42 as answer");

            // When
            server.stop();
            assertThatThrownBy(server.address()::connect).isInstanceOf(SQLException.class);
            server.start();

            // Then
            assertThat(ask(server.address(), "select answer from kept")).isEqualTo("42");
        }
    }

    @Test
    void keepsWhatWasCommittedWhenItIsKilled() throws SQLException {
        // Given
        try (EmbeddedPostgreSql server = new EmbeddedPostgreSql(folder, 0).start()) {
            tell(server.address(), "create table kept as select 42 as answer");

            // When
            server.kill();
            server.start();

            // Then
            assertThat(ask(server.address(), "select answer from kept")).isEqualTo("42");
        }
    }

    @Test
    void answersWhatItWasAskedWhilePausedWhenItIsResumed() throws Exception {
        // Given
        try (EmbeddedPostgreSql server = new EmbeddedPostgreSql(folder, 0).start();
                Connection connection = server.address().connect()) {
            server.pause();
            CompletableFuture<String> asked = CompletableFuture.supplyAsync(() -> answer(connection));
            assertThat(asked).failsWithin(Duration.ofMillis(500));

            // When
            server.resume();

            // Then
            assertThat(asked).succeedsWithin(Duration.ofSeconds(10)).isEqualTo("42");
        }
    }

    @Test
    void cannotBePausedWhenItDoesNotRun() {
        // Given
        try (EmbeddedPostgreSql server = new EmbeddedPostgreSql(folder, 0)) {
            // When
            assertThatThrownBy(server::pause)
                    // Then
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("PostgreSQL does not run in " + folder);
        }
    }

    @Test
    void endsTheServerThatAKilledProcessLeftBehind() throws Exception {
        // Given
        Process owner = ownerOfAServer();
        ProcessHandle leftover = postmaster();
        owner.destroyForcibly().waitFor();
        assertThat(leftover.isAlive()).isTrue();

        // When
        try (EmbeddedPostgreSql server = new EmbeddedPostgreSql(folder, 0).start()) {
            // Then
            assertThat(leftover.isAlive()).isFalse();
            assertThat(ask(server.address(), "select answer from kept")).isEqualTo("42");
        }
    }

    @Test
    void leavesTheServerOfALivingProcessAlone() throws Exception {
        // Given
        Process owner = ownerOfAServer();
        try (EmbeddedPostgreSql second = new EmbeddedPostgreSql(folder, 0)) {
            // When
            assertThatThrownBy(second::start)
                    // Then
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContainingAll("Another process runs PostgreSQL", folder.toString(), "SLIPWAY_HOME");
            assertThat(postmaster().isAlive()).isTrue();
        } finally {
            owner.getOutputStream().close();
            assertThat(owner.waitFor(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void refusesAFolderThatItUsesItself() {
        // Given
        try (EmbeddedPostgreSql first = new EmbeddedPostgreSql(folder, 0).start();
                EmbeddedPostgreSql second = new EmbeddedPostgreSql(folder, 0)) {
            // When
            assertThatThrownBy(second::start)
                    // Then
                    .hasMessageContaining("Another process runs PostgreSQL");
            assertThat(first.start()).isSameAs(first);
        }
    }

    @ParameterizedTest
    @CsvSource({"1", "nonsense"})
    void startsOverAProcessIdFileThatNamesAStranger(String content) throws Exception {
        // Given
        try (EmbeddedPostgreSql server = new EmbeddedPostgreSql(folder, 0).start()) {
            server.stop();
            Files.writeString(folder.resolve("data/postmaster.pid"), content + "\n");

            // When
            server.start();

            // Then
            assertThat(ask(server.address(), "select 1")).isEqualTo("1");
        }
    }

    @Test
    void saysWhyItDidNotStart() throws Exception {
        // Given
        Files.createDirectories(folder.resolve("data"));
        Files.createFile(folder.resolve("data/a-strangers-file"));
        try (EmbeddedPostgreSql server = new EmbeddedPostgreSql(folder, 0)) {
            // When
            assertThatThrownBy(server::start)
                    // Then
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContainingAll("PostgreSQL did not start in " + folder, "exists but is not empty");
        }
    }

    @Test
    void saysThatItCannotUseAFolder() throws Exception {
        // Given
        Path file = Files.createFile(folder.resolve("a-file"));
        try (EmbeddedPostgreSql server = new EmbeddedPostgreSql(file, 0)) {
            // When
            assertThatThrownBy(server::start)
                    // Then
                    .hasMessage("PostgreSQL cannot use the folder " + file);
        }
    }

    @Test
    void saysWhichPortIsTakenAndHowToChooseAnother() throws Exception {
        // Given
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                EmbeddedPostgreSql server = new EmbeddedPostgreSql(folder, taken.getLocalPort())) {
            // When
            assertThatThrownBy(server::start)
                    // Then
                    .isInstanceOf(PortTaken.class)
                    .hasMessageContainingAll(
                            Integer.toString(taken.getLocalPort()), "PostgreSQL", "SLIPWAY_POSTGRES_PORT");
        }
    }

    @Test
    void showsItsAddressWithoutThePassword() {
        // Given
        PostgreSqlAddress address = new PostgreSqlAddress("db", 5432, "slipway", "captain", "secret");

        // When
        String shown = address.toString();

        // Then
        assertThat(shown).isEqualTo("jdbc:postgresql://db:5432/slipway as captain");
    }

    /** Another JVM with a server in our folder; it ends when its standard input does. */
    private Process ownerOfAServer() throws Exception {
        Process owner = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Owner.class.getName(),
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        assertThat(owner.inputReader().readLine()).isEqualTo("ready");
        return owner;
    }

    private ProcessHandle postmaster() throws Exception {
        String id = Files.readAllLines(folder.resolve("data/postmaster.pid")).getFirst();
        return ProcessHandle.of(Long.parseLong(id)).orElseThrow();
    }

    private static String ask(PostgreSqlAddress address, String query) throws SQLException {
        try (Connection connection = address.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            rows.next();
            return rows.getString(1);
        }
    }

    private static String answer(Connection connection) {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select 42")) {
            rows.next();
            return rows.getString(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void tell(PostgreSqlAddress address, String command) throws SQLException {
        try (Connection connection = address.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(command);
        }
    }

    static final class Owner {
        public static void main(String[] arguments) throws Exception {
            try (EmbeddedPostgreSql server = new EmbeddedPostgreSql(Path.of(arguments[0]), 0).start()) {
                tell(server.address(), "create table kept as select 42 as answer");
                System.out.println("ready");
                while (System.in.read() >= 0) {
                    // until the end of input
                }
            }
        }
    }
}
