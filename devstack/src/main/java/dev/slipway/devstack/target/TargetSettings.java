package dev.slipway.devstack.target;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * How the target application listens, and whose webhooks it believes.
 *
 * @param port TCP port for HTTP, or 0 for a free one
 * @param tlsPort TCP port for HTTPS, or 0 for a free one; empty for no HTTPS
 * @param stripeSecrets the signing secrets of Stripe's webhooks; without one, no signature is good
 * @param revenueCatSecrets the bearer secrets of RevenueCat's webhooks; without one, no authorization is good
 */
public record TargetSettings(
        int port, OptionalInt tlsPort, List<String> stripeSecrets, List<String> revenueCatSecrets) {

    /** HTTP and HTTPS, with the secrets that the gateway reads: several are separated by commas. */
    public static TargetSettings from(Map<String, String> environment, int port, int tlsPort) {
        return new TargetSettings(
                port,
                OptionalInt.of(tlsPort),
                secrets(environment, "STRIPE_WEBHOOK_SECRET"),
                secrets(environment, "REVENUECAT_WEBHOOK_SECRET"));
    }

    private static List<String> secrets(Map<String, String> environment, String variable) {
        return Stream.of(environment.getOrDefault(variable, "").split(","))
                .map(String::strip)
                .filter(secret -> !secret.isEmpty())
                .toList();
    }

    /** Without the secrets. */
    @Override
    public String toString() {
        return "port %d, TLS port %s".formatted(port, tlsPort);
    }
}
