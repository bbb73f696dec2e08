package dev.slipway.system;

import java.nio.file.Files;
import java.nio.file.Path;

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
}
