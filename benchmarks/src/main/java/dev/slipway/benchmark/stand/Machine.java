package dev.slipway.benchmark.stand;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What all figures depend on. */
final class Machine {

    private Machine() {}

    static String describe() throws IOException {
        return "Machine: %d cores (%s), %d MiB of memory, Linux %s, Java %s."
                .formatted(
                        Runtime.getRuntime().availableProcessors(),
                        field("/proc/cpuinfo", "model name"),
                        Long.parseLong(field("/proc/meminfo", "MemTotal").replaceAll("\\D", "")) / 1024,
                        System.getProperty("os.version"),
                        System.getProperty("java.version"));
    }

    private static String field(String file, String name) throws IOException {
        for (var line : Files.readAllLines(Path.of(file))) {
            if (line.startsWith(name)) {
                return line.substring(line.indexOf(':') + 1).strip();
            }
        }
        return "unknown";
    }
}
