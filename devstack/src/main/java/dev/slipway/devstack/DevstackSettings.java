package dev.slipway.devstack;

import dev.slipway.devstack.target.TargetSettings;
import java.nio.file.Path;
import java.util.Map;

/**
 * Where the devstack listens, and where it keeps its data.
 *
 * @param home the folder of all data, {@code SLIPWAY_HOME}
 * @param postgresPort {@code SLIPWAY_POSTGRES_PORT}
 * @param kafkaPort {@code SLIPWAY_KAFKA_PORT}
 * @param target ports {@code SLIPWAY_TARGET_PORT} and {@code SLIPWAY_TARGET_TLS_PORT}, secrets
 *     {@code STRIPE_WEBHOOK_SECRET} and {@code REVENUECAT_WEBHOOK_SECRET}
 */
record DevstackSettings(Path home, int postgresPort, int kafkaPort, TargetSettings target) {

    /**
     * Reads the environment's variables; what it does not name has its default.
     *
     * @throws IllegalArgumentException when a port is not one; the message names the variable
     */
    static DevstackSettings from(Map<String, String> environment) {
        return new DevstackSettings(
                Path.of(environment.getOrDefault("SLIPWAY_HOME", ".slipway")),
                port(environment, "SLIPWAY_POSTGRES_PORT", 15432),
                port(environment, "SLIPWAY_KAFKA_PORT", 19092),
                TargetSettings.from(
                        environment,
                        port(environment, "SLIPWAY_TARGET_PORT", 8090),
                        port(environment, "SLIPWAY_TARGET_TLS_PORT", 8490)));
    }

    private static int port(Map<String, String> environment, String variable, int otherwise) {
        String value = environment.getOrDefault(variable, Integer.toString(otherwise));
        try {
            int port = Integer.parseInt(value.strip());
            if (port >= 1 && port <= 65535) {
                return port;
            }
        } catch (NumberFormatException e) {
            // Told below, as a number out of range is.
        }
        throw new IllegalArgumentException("%s is '%s'; it must be a port, 1 to 65535.".formatted(variable, value));
    }
}
