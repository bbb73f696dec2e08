package dev.slipway.devstack.demo;

import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Where the system is that the demo plays against, and what it needs to be believed.
 *
 * @param token the API's token
 * @param stripeSecret what Stripe signs its webhooks with
 * @param revenueCatSecret what RevenueCat sends as its authorization
 * @param plan the file of the plan
 */
public record DemoSettings(
        URI releases,
        URI gateway,
        URI probe,
        URI notifier,
        URI target,
        int targetTlsPort,
        String token,
        String stripeSecret,
        String revenueCatSecret,
        Path plan) {

    /**
     * As the {@code slipway} script sets the environment.
     *
     * @throws IllegalArgumentException if a variable is missing
     */
    static DemoSettings from(Map<String, String> environment) {
        return new DemoSettings(
                local(environment, "SLIPWAY_RELEASE_SERVICE_PORT", 8080),
                local(environment, "SLIPWAY_WEBHOOK_GATEWAY_PORT", 8081),
                local(environment, "SLIPWAY_HEALTH_PROBE_PORT", 8082),
                local(environment, "SLIPWAY_NOTIFIER_PORT", 8083),
                local(environment, "SLIPWAY_TARGET_PORT", 8090),
                Integer.parseInt(environment.getOrDefault("SLIPWAY_TARGET_TLS_PORT", "8490")),
                required(environment, "SLIPWAY_TOKEN"),
                required(environment, "STRIPE_WEBHOOK_SECRET"),
                required(environment, "REVENUECAT_WEBHOOK_SECRET"),
                Path.of(required(environment, "SLIPWAY_DEMO_PLAN")));
    }

    private static URI local(Map<String, String> environment, String variable, int otherwise) {
        return URI.create("http://localhost:" + environment.getOrDefault(variable, Integer.toString(otherwise)));
    }

    /** The first of several secrets that stand in one variable. */
    private static String required(Map<String, String> environment, String variable) {
        return Optional.ofNullable(environment.get(variable))
                .map(value -> value.split(",", 2)[0].strip())
                .filter(value -> !value.isEmpty())
                .orElseThrow(() ->
                        new IllegalArgumentException("%s is not set; ./slipway demo sets it".formatted(variable)));
    }

    /** Without the secrets. */
    @Override
    public String toString() {
        return "releases %s, gateway %s, target %s".formatted(releases, gateway, target);
    }
}
