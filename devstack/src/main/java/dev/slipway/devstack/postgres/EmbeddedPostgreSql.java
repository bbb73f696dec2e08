package dev.slipway.devstack.postgres;

import dev.slipway.devstack.port.Ports;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * PostgreSQL 18 as a child process, listening on the loopback address. The folder keeps the data (in {@code data}) and
 * the server's log ({@code postgres.log}); data survives a stop, and a kill of the server or of this process. A server
 * left behind by a killed process is ended at the next start.
 *
 * <p>Its commits are durable (fsync), as those of a production server are. Roles log in without their password being
 * looked at.
 */
public final class EmbeddedPostgreSql implements AutoCloseable {
    /** How long a start may take, the recovery after a crash included. */
    private static final Duration START_LIMIT = Duration.ofSeconds(30);

    private static final Duration KILL_LIMIT = Duration.ofSeconds(10);

    private final Path folder;
    private final Path data;
    private final PostgreSqlAddress address;
    private @Nullable EmbeddedPostgres server;

    /**
     * A server with the database, role and password {@code slipway}. It does not run until it is started.
     *
     * @param folder where data and log are kept; made when it does not exist
     * @param port 1 to 65535, or 0 for a free one, which is then kept
     */
    public EmbeddedPostgreSql(Path folder, int port) {
        this(folder, port, "slipway", "slipway", "slipway");
    }

    /**
     * A server with a database and a role of the given names, both made at a start that misses them.
     *
     * @param folder where data and log are kept; made when it does not exist
     * @param port 1 to 65535, or 0 for a free one, which is then kept
     */
    public EmbeddedPostgreSql(Path folder, int port, String database, String user, String password) {
        this.folder = folder.toAbsolutePath().normalize();
        this.data = this.folder.resolve("data");
        this.address = new PostgreSqlAddress("localhost", port == 0 ? Ports.free() : port, database, user, password);
    }

    /** Where the database is while the server runs; the same after each start. */
    public PostgreSqlAddress address() {
        return address;
    }

    /**
     * Starts the server and returns when it answers; does nothing when it runs already.
     *
     * @throws IllegalStateException when the port is taken, when another process uses the folder, or when the server
     *     does not come up; then the message has the end of the server's log
     * @throws UncheckedIOException when the folder cannot be written to
     */
    public synchronized EmbeddedPostgreSql start() {
        if (server != null) {
            return this;
        }
        try {
            Files.createDirectories(data);
            endLeftover();
            Files.deleteIfExists(log());
        } catch (IOException e) {
            throw new UncheckedIOException("PostgreSQL cannot use the folder " + folder, e);
        }
        Ports.requireFree(address.port(), "PostgreSQL", "SLIPWAY_POSTGRES_PORT");
        try {
            server = launch();
            createRoleAndDatabase(server);
        } catch (IOException | SQLException | RuntimeException e) {
            stop();
            postmaster().ifPresent(EmbeddedPostgreSql::kill);
            throw new IllegalStateException(
                    "PostgreSQL did not start in %s. The end of its log:%n%s".formatted(folder, endOfLog()), e);
        }
        return this;
    }

    /**
     * Ends connections, writes all to disk, and stops the server, or kills it when that takes more than 5 seconds; does
     * nothing when it does not run.
     */
    public synchronized void stop() {
        EmbeddedPostgres running = server;
        server = null;
        if (running == null) {
            return;
        }
        try {
            running.close();
            // The library only logs that the server would not stop.
            postmaster().ifPresent(EmbeddedPostgreSql::kill);
        } catch (IOException e) {
            throw new UncheckedIOException("PostgreSQL in %s did not stop".formatted(folder), e);
        }
    }

    /** Kills the server as a crash would ({@code kill -9}), and returns when all its processes are gone. */
    public synchronized void kill() {
        postmaster().ifPresent(EmbeddedPostgreSql::kill);
        stop();
    }

    /**
     * Freezes all processes of the server, as a machine that hangs does: it takes connections and requests still, and
     * answers none. It cannot be stopped or killed until it is resumed. Not for Windows.
     */
    public synchronized void pause() {
        signal("STOP");
    }

    /** Lets a paused server go on where it was. */
    public synchronized void resume() {
        signal("CONT");
    }

    @Override
    public void close() {
        stop();
    }

    private void signal(String name) {
        ProcessHandle postmaster =
                postmaster().orElseThrow(() -> new IllegalStateException("PostgreSQL does not run in " + folder));
        // The first process before its children, so that it makes no further ones in between.
        send(name, List.of(postmaster));
        send(name, postmaster.descendants().toList());
    }

    private static void send(String signal, List<ProcessHandle> processes) {
        List<String> command = new ArrayList<>(List.of("kill", "-" + signal));
        processes.forEach(process -> command.add(Long.toString(process.pid())));
        try {
            int exitCode = new ProcessBuilder(command).start().waitFor();
            // The others got it if one of PostgreSQL's workers has ended meanwhile.
            if (exitCode != 0 && processes.stream().allMatch(ProcessHandle::isAlive)) {
                throw new IllegalStateException("%s ended with %d".formatted(command, exitCode));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("PostgreSQL cannot be sent the signal " + signal, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while PostgreSQL was sent the signal " + signal, e);
        }
    }

    private EmbeddedPostgres launch() throws IOException {
        Redirect log = Redirect.appendTo(log().toFile());
        return EmbeddedPostgres.builder()
                .setDataDirectory(data)
                .setCleanDataDirectory(false)
                .setRegisterShutdownHook(false)
                .setPort(address.port())
                .setPGStartupWait(START_LIMIT)
                .setErrorRedirector(log)
                .setOutputRedirector(log)
                // The library's defaults trade durability for speed; here data is kept.
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("max_connections", "200")
                // A socket file in /tmp would outlive a killed server, and be in the way of the next.
                .setServerConfig("unix_socket_directories", "''")
                .start();
    }

    private void createRoleAndDatabase(EmbeddedPostgres running) throws SQLException {
        try (Connection connection = running.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            if (isMissing(connection, "select 1 from pg_roles where rolname = ?", address.user())) {
                statement.execute("create role %s login createdb password %s"
                        .formatted(
                                statement.enquoteIdentifier(address.user(), true),
                                statement.enquoteLiteral(address.password())));
            }
            if (isMissing(connection, "select 1 from pg_database where datname = ?", address.database())) {
                statement.execute("create database %s owner %s"
                        .formatted(
                                statement.enquoteIdentifier(address.database(), true),
                                statement.enquoteIdentifier(address.user(), true)));
            }
        }
    }

    private static boolean isMissing(Connection connection, String query, String name) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(query)) {
            select.setString(1, name);
            return !select.executeQuery().next();
        }
    }

    /**
     * Ends the server of a process that was killed. The folder's lock tells it from the server of a process that lives:
     * the operating system frees the lock with its process.
     */
    private void endLeftover() throws IOException {
        if (!Files.exists(data.resolve("postmaster.pid"))) {
            return;
        }
        try (FileChannel channel = FileChannel.open(
                        data.resolve("epg-lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            if (lock == null) {
                throw inUse(null);
            }
            // Killed, not asked: a server that is asked waits for its clients, and the log is replayed either way.
            postmaster().ifPresent(EmbeddedPostgreSql::kill);
            // The id may belong to a stranger by now, which PostgreSQL would take for a running server.
            Files.deleteIfExists(data.resolve("postmaster.pid"));
        } catch (OverlappingFileLockException e) {
            throw inUse(e);
        }
    }

    private IllegalStateException inUse(@Nullable Exception cause) {
        return new IllegalStateException(
                "Another process runs PostgreSQL in %s. Stop it, or set SLIPWAY_HOME to another folder."
                        .formatted(folder),
                cause);
    }

    /** The server's first process, if {@code postmaster.pid} names one that lives and is PostgreSQL in our folder. */
    private Optional<ProcessHandle> postmaster() {
        try {
            List<String> lines = Files.readAllLines(data.resolve("postmaster.pid"));
            return ProcessHandle.of(Long.parseLong(lines.getFirst().strip())).filter(this::isOurs);
        } catch (IOException | RuntimeException e) {
            // Missing, or half written by a crash: it names nobody.
            return Optional.empty();
        }
    }

    private boolean isOurs(ProcessHandle process) {
        boolean postgres = process.info()
                .command()
                .map(command -> Path.of(command).getFileName().toString())
                .filter(name -> name.equals("postgres") || name.equals("postgres.exe"))
                .isPresent();
        // Windows does not tell arguments.
        boolean ourFolder = process.info()
                .arguments()
                .map(arguments -> Arrays.asList(arguments).contains(data.toString()))
                .orElse(true);
        return postgres && ourFolder;
    }

    private static void kill(ProcessHandle postmaster) {
        List<ProcessHandle> processes = new ArrayList<>(postmaster.descendants().toList());
        processes.add(postmaster);
        postmaster.destroyForcibly();
        CompletableFuture.allOf(processes.stream().map(ProcessHandle::onExit).toArray(CompletableFuture[]::new))
                .orTimeout(KILL_LIMIT.toSeconds(), TimeUnit.SECONDS)
                .join();
    }

    private Path log() {
        return folder.resolve("postgres.log");
    }

    private String endOfLog() {
        try {
            List<String> lines = Files.readAllLines(log());
            return String.join(System.lineSeparator(), lines.subList(Math.max(0, lines.size() - 10), lines.size()));
        } catch (IOException e) {
            return "(no log: " + e.getMessage() + ")";
        }
    }
}
