package dev.slipway.benchmark.stand;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A program that runs beside this one, and what it says in a file. */
public final class Program implements AutoCloseable {

    private static final long PATIENCE_SECONDS = 20;
    private static boolean over;

    private final Process process;

    private Program(Process process) {
        this.process = process;
    }

    public static synchronized Program start(Path log, Map<String, String> environment, List<String> command)
            throws IOException {
        if (over) {
            throw new IOException("All programs have been ended; none is started any more");
        }
        var builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        builder.environment().putAll(environment);
        return new Program(builder.start());
    }

    /**
     * Ends all programs that this one has started and that still run, for good, the newest first: it may need what was
     * there before it.
     */
    static synchronized void endAll() {
        over = true;
        ProcessHandle.current()
                .children()
                .sorted(Comparator.comparing(Program::startedAt).reversed())
                .forEach(Program::end);
    }

    private static Instant startedAt(ProcessHandle process) {
        return process.info().startInstant().orElse(Instant.MIN);
    }

    private static void end(ProcessHandle process) {
        process.destroy();
        process.onExit()
                .completeOnTimeout(process, PATIENCE_SECONDS, TimeUnit.SECONDS)
                .join();
        process.destroyForcibly();
    }

    /** What it holds of the machine's memory now, in MiB; as Linux says it. */
    public long residentMiB() throws IOException {
        for (var line : Files.readAllLines(Path.of("/proc/%d/status".formatted(process.pid())))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
            }
        }
        throw new IOException("There is no VmRSS of process " + process.pid());
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    @Override
    public void close() {
        end(process.toHandle());
    }
}
