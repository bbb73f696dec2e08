package dev.slipway.devstack.testing;

import dev.slipway.devstack.postgres.PostgreSqlAddress;
import java.lang.reflect.InvocationTargetException;
import java.util.Map;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.postgresql.PostgreSQLContainer;

/**
 * Starts the shared infrastructure once in this JVM. A test framework loads these classes more than once, each time by
 * another loader that it may close; so the one that counts is the one of the JVM's own loader, and what it tells is made
 * of the JDK's types.
 */
final class SharedInfrastructure {
    private SharedInfrastructure() {}

    static Map<String, String> once() {
        try {
            Class<?> holder = Class.forName(Holder.class.getName(), true, ClassLoader.getSystemClassLoader());
            Object configuration = holder.getMethod("configuration").invoke(null);
            @SuppressWarnings("unchecked") // the same method of the same class, seen from another loader
            Map<String, String> shared = (Map<String, String>) configuration;
            return shared;
        } catch (InvocationTargetException e) {
            throw new IllegalStateException("The tests' infrastructure did not start", e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("devstack must be on the class path of the tests' JVM", e);
        }
    }

    /** Public, as are its members, for the loader that looks in from outside. */
    public static final class Holder {
        private static final Map<String, String> CONFIGURATION = start(
                        System.getProperty("slipway.test.infrastructure", "embedded"))
                .configuration();

        private Holder() {}

        public static Map<String, String> configuration() {
            return CONFIGURATION;
        }
    }

    static Infrastructure start(String kind) {
        return switch (kind) {
            case "embedded" -> embedded();
            case "testcontainers" -> containers();
            default ->
                throw new IllegalArgumentException(
                        "slipway.test.infrastructure is '%s'; it must be embedded or testcontainers".formatted(kind));
        };
    }

    private static Infrastructure embedded() {
        BreakableInfrastructure embedded = BreakableInfrastructure.start();
        Runtime.getRuntime().addShutdownHook(new Thread(embedded::close, "end of the tests' infrastructure"));
        return embedded.infrastructure();
    }

    /** Testcontainers removes them when this JVM has ended. */
    @SuppressWarnings("resource")
    private static Infrastructure containers() {
        PostgreSQLContainer postgres = new PostgreSQLContainer("postgres:18")
                .withDatabaseName("slipway")
                .withUsername("slipway")
                .withPassword("slipway");
        KafkaContainer kafka = new KafkaContainer("apache/kafka:4.1.1")
                .withEnv("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false")
                .withEnv("KAFKA_NUM_PARTITIONS", "6");
        postgres.start();
        kafka.start();
        return new Infrastructure(
                new PostgreSqlAddress(
                        postgres.getHost(), postgres.getFirstMappedPort(), "slipway", "slipway", "slipway"),
                kafka.getBootstrapServers());
    }
}
