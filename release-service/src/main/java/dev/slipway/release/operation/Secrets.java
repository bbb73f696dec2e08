package dev.slipway.release.operation;

import dev.slipway.release.plan.Template;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.eclipse.microprofile.config.Config;

/**
 * Puts secrets in their places at the moment of use. A plan names a secret, {@code ${secrets.NAME}}; its value is the
 * setting {@code SLIPWAY_SECRET_NAME}, so that a plan can reach nothing else of the service's environment.
 */
@Singleton
public class Secrets {

    private static final String PREFIX = "SLIPWAY_SECRET_";

    private final Config config;

    public Secrets(Config config) {
        this.config = config;
    }

    /**
     * Settings with their secrets.
     *
     * @param with the settings, ready for use
     * @param used the values that must not be shown
     */
    record Revealed(Map<String, Object> with, List<String> used) {

        /** A text without the secrets, to be shown. */
        String redact(String text) {
            var redacted = text;
            for (var secret : used) {
                redacted = redacted.replace(secret, "•••");
            }
            return redacted;
        }
    }

    /** A secret that a plan names is not set. */
    static final class MissingSecretException extends Exception {

        private static final long serialVersionUID = 1L;

        MissingSecretException(String name) {
            super("The secret %s is not set; set %s%s for release-service".formatted(name, PREFIX, name));
        }
    }

    /** Whether it is set. */
    public boolean has(String name) {
        return find(name).isPresent();
    }

    private Optional<String> find(String name) {
        return config.getOptionalValue(PREFIX + name, String.class).filter(value -> !value.isBlank());
    }

    @SuppressWarnings("unchecked") // Filling keeps the shape.
    Revealed reveal(Map<String, Object> with) throws MissingSecretException {
        var used = new ArrayList<String>();
        var missing = new ArrayList<String>();
        var filled = (Map<String, Object>) Template.fillAll(
                with,
                text -> Template.fillSecrets(
                        text,
                        name -> find(name)
                                .map(value -> {
                                    used.add(value);
                                    return value;
                                })
                                .orElseGet(() -> {
                                    missing.add(name);
                                    return "";
                                })));
        if (!missing.isEmpty()) {
            throw new MissingSecretException(missing.getFirst());
        }
        return new Revealed(filled, List.copyOf(used));
    }
}
