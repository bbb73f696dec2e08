package dev.slipway.probe.check;

import dev.slipway.event.CheckEvent.HttpCall;
import jakarta.inject.Singleton;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Puts secrets in the place of <code>${secrets.NAME}</code>, at the time of the call and not before: they come from the
 * environment, {@code SLIPWAY_SECRET_NAME}, and are stored and shown nowhere.
 */
@Singleton
public class Secrets {

    static final String PREFIX = "SLIPWAY_SECRET_";
    private static final Pattern REFERENCE = Pattern.compile("\\$\\{secrets\\.([A-Za-z0-9_]+)}");

    private final Map<String, String> environment;

    public Secrets() {
        this(System.getenv());
    }

    Secrets(Map<String, String> environment) {
        this.environment = environment;
    }

    /** The names of those that are set. */
    List<String> names() {
        return environment.entrySet().stream()
                .filter(it -> it.getKey().startsWith(PREFIX) && !it.getValue().isEmpty())
                .map(it -> it.getKey().substring(PREFIX.length()))
                .sorted()
                .toList();
    }

    /**
     * A call with its secrets in place.
     *
     * @param used the secrets in it, to be hidden wherever they come back
     */
    record Filled(HttpCall call, Set<String> used) {

        /** The text without the secrets. */
        String hide(String text) {
            var hidden = text;
            for (var secret : used) {
                hidden = hidden.replace(secret, "***");
            }
            return hidden;
        }
    }

    /** @throws MissingSecretException if a secret is not set */
    Filled fill(HttpCall call) throws MissingSecretException {
        var used = new HashSet<String>();
        var headers = new LinkedHashMap<String, String>();
        for (var header : call.headers().entrySet()) {
            headers.put(header.getKey(), fill(header.getValue(), used));
        }
        Optional<String> body =
                call.body().isPresent() ? Optional.of(fill(call.body().get(), used)) : Optional.empty();
        return new Filled(new HttpCall(call.method(), call.url(), headers, body), used);
    }

    private String fill(String text, Set<String> used) throws MissingSecretException {
        var matcher = REFERENCE.matcher(text);
        var filled = new StringBuilder();
        while (matcher.find()) {
            var variable = PREFIX + matcher.group(1);
            var secret = environment.get(variable);
            if (secret == null || secret.isEmpty()) {
                throw new MissingSecretException(
                        "the secret %s is not set; set the environment variable %s of health-probe"
                                .formatted(matcher.group(1), variable));
            }
            used.add(secret);
            matcher.appendReplacement(filled, Matcher.quoteReplacement(secret));
        }
        return matcher.appendTail(filled).toString();
    }

    /** A secret that a call needs is not there; the message names it and the mend. */
    static final class MissingSecretException extends Exception {

        private static final long serialVersionUID = 1L;

        MissingSecretException(String message) {
            super(message);
        }
    }
}
