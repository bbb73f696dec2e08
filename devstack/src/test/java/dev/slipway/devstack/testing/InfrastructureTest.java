package dev.slipway.devstack.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.devstack.postgres.PostgreSqlAddress;
import java.io.File;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;

class InfrastructureTest {

    @Test
    void isStartedOnceForAllTestsOfAJvm() throws Exception {
        // Given
        Infrastructure shared = Infrastructure.shared();

        // When
        Infrastructure again = Infrastructure.shared();

        // Then
        assertThat(again).isEqualTo(shared);
        assertThat(clusterId(again.kafka())).isNotBlank();
    }

    @Test
    void isTheSameForATestFrameworkThatLoadsClassesItself() throws Exception {
        // Given
        Infrastructure shared = Infrastructure.shared();
        URL[] classPath = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(InfrastructureTest::url)
                .toArray(URL[]::new);
        try (URLClassLoader loader = new URLClassLoader(classPath, ClassLoader.getPlatformClassLoader())) {
            // When
            Class<?> reloaded = loader.loadClass(Infrastructure.class.getName());
            Object seen = reloaded.getMethod("shared").invoke(null);

            // Then
            assertThat(reloaded).isNotSameAs(Infrastructure.class);
            assertThat(seen).hasToString(shared.toString());
        }
    }

    @Test
    void refusesAKindThatItDoesNotKnow() {
        // Given
        String kind = "embeded";

        // When
        assertThatThrownBy(() -> SharedInfrastructure.start(kind))
                // Then
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("slipway.test.infrastructure is 'embeded'; it must be embedded or testcontainers");
    }

    @Test
    void givesEachTestADatabaseOfItsOwn() throws SQLException {
        // Given
        PostgreSqlAddress mine = Infrastructure.shared().freshDatabase();
        PostgreSqlAddress yours = Infrastructure.shared().freshDatabase();

        // When
        execute(mine, "create table here (id int)");

        // Then
        assertThatThrownBy(() -> execute(yours, "select * from here"))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("does not exist");
    }

    @Test
    void handsAQuarkusTestWhatItsServiceNeedsToKnow() {
        // Given
        InfrastructureResource resource = new InfrastructureResource();

        // When
        Map<String, String> configuration = resource.start();
        resource.stop();

        // Then
        Infrastructure shared = Infrastructure.shared();
        assertThat(configuration)
                .containsEntry("SLIPWAY_POSTGRES_HOST", "localhost")
                .containsEntry(
                        "SLIPWAY_POSTGRES_PORT",
                        Integer.toString(shared.postgres().port()))
                .containsEntry("SLIPWAY_POSTGRES_DATABASE", "slipway")
                .containsEntry("SLIPWAY_POSTGRES_USER", "slipway")
                .containsEntry("SLIPWAY_POSTGRES_PASSWORD", "slipway")
                .containsEntry("SLIPWAY_KAFKA", shared.kafka())
                .containsEntry("SLIPWAY_TOKEN", "test-token")
                .containsEntry("quarkus.log.category.\"org.apache.kafka\".level", "WARN");
    }

    @Test
    void breaksAndComesBackWhereATestOwnsIt() throws Exception {
        // Given
        Path folder;
        try (BreakableInfrastructure own = Infrastructure.start()) {
            folder = own.folder();
            Infrastructure addresses = own.infrastructure();
            String cluster = clusterId(addresses.kafka());

            // When
            own.postgres().stop();
            own.kafka().stop();
            assertThatThrownBy(addresses.postgres()::connect).isInstanceOf(SQLException.class);
            own.postgres().start();
            own.kafka().start();

            // Then
            execute(addresses.postgres(), "select 1");
            assertThat(clusterId(addresses.kafka())).isEqualTo(cluster);
            assertThat(addresses).isNotEqualTo(Infrastructure.shared());
        }
        assertThat(Files.exists(folder)).isFalse();
    }

    private static void execute(PostgreSqlAddress address, String sql) throws SQLException {
        try (Connection connection = address.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String clusterId(String kafka) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka))) {
            return admin.describeCluster().clusterId().get();
        }
    }

    private static URL url(String path) {
        try {
            return Path.of(path).toUri().toURL();
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
