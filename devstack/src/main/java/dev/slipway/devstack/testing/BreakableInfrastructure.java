package dev.slipway.devstack.testing;

import dev.slipway.devstack.kafka.EmbeddedKafka;
import dev.slipway.devstack.port.Ports;
import dev.slipway.devstack.postgres.EmbeddedPostgreSql;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.io.FileUtils;

/**
 * An embedded infrastructure of one test's own, for tests of outages: its parts stop, start again on the same port with
 * the same data, and PostgreSQL can be killed.
 *
 * @param postgres started, until the test stops it
 * @param kafka started, until the test stops it
 * @param folder a temporary one, deleted by {@link #close()}
 */
public record BreakableInfrastructure(EmbeddedPostgreSql postgres, EmbeddedKafka kafka, Path folder)
        implements AutoCloseable {

    static BreakableInfrastructure start() {
        List<Integer> ports = Ports.free(2);
        Path folder = temporaryFolder();
        BreakableInfrastructure infrastructure = new BreakableInfrastructure(
                new EmbeddedPostgreSql(folder.resolve("postgres"), ports.getFirst()),
                new EmbeddedKafka(folder.resolve("kafka"), ports.getLast()),
                folder);
        try {
            infrastructure.postgres.start();
            infrastructure.kafka.start();
            return infrastructure;
        } catch (RuntimeException | Error e) {
            infrastructure.close();
            throw e;
        }
    }

    /** Where its parts are while they run. */
    public Infrastructure infrastructure() {
        return new Infrastructure(postgres.address(), kafka.bootstrapServers());
    }

    @Override
    public void close() {
        kafka.close();
        postgres.close();
        FileUtils.deleteQuietly(folder.toFile());
    }

    private static Path temporaryFolder() {
        try {
            return Files.createTempDirectory("slipway-test");
        } catch (IOException e) {
            throw new UncheckedIOException("No temporary folder for the tests' infrastructure", e);
        }
    }
}
