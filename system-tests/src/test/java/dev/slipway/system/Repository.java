package dev.slipway.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Where the project's files are. */
final class Repository {

    private Repository() {}

    /** The folder that has the {@code slipway} script. */
    static Path root() {
        var folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("slipway"))) {
            folder = folder.getParent();
        }
        return folder;
    }

    /** The lines of a file that stands beside the tests. */
    static List<String> lines(String name) {
        try {
            return Files.readAllLines(
                    root().resolve("system-tests/src/test/resources").resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
