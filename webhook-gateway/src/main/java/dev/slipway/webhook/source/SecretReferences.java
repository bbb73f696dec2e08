package dev.slipway.webhook.source;

import dev.slipway.webhook.forward.SigningSecret;
import dev.slipway.webhook.scheme.KnownScheme;
import dev.slipway.webhook.source.SecretDraft.Content;
import dev.slipway.webhook.source.SourceSecret.Kind;
import dev.slipway.webhook.source.SourceSecret.State;
import dev.slipway.webhook.source.SourceSecret.Value;
import dev.slipway.webhook.source.SourceSecret.Value.Known;
import dev.slipway.webhook.source.SourceSecret.Value.Signs;
import dev.slipway.webhook.source.SourceSecret.Value.Unknown;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.Config;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Secrets that stand in the gateway's environment. Whoever may set up a source must not get at the rest of it: a
 * variable's name must end in {@code _WEBHOOK_SECRET}, and a file must lie in the folder that is meant for them.
 */
@Singleton
public class SecretReferences {

    private static final Logger LOG = Logger.getLogger(SecretReferences.class);
    private static final Pattern VARIABLE = Pattern.compile("[A-Z][A-Z0-9_]{0,240}_WEBHOOK_SECRET");
    private static final Pattern FILE = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,250}");

    private final Config environment;
    private final Optional<Path> folder;

    public SecretReferences(Config environment, SetupConfig config) {
        this.environment = environment;
        this.folder = config.secretFolder();
    }

    /** @throws IllegalArgumentException if no source may name this variable */
    Content variable(String name) {
        if (!VARIABLE.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "must be a variable whose name ends in _WEBHOOK_SECRET, such as STRIPE_WEBHOOK_SECRET");
        }
        return new Content(Kind.ENV, name);
    }

    /** @throws IllegalArgumentException if no source may name this file */
    Content file(String name) {
        if (folder.isEmpty()) {
            throw new IllegalArgumentException(
                    "needs a folder of such files: start the gateway with SLIPWAY_WEBHOOK_SECRET_FOLDER");
        }
        if (!FILE.matcher(name).matches()) {
            throw new IllegalArgumentException("must be the name of a file in the secret folder, without a path");
        }
        return new Content(Kind.FILE, name);
    }

    /** The secret itself, as far as it is there; blanks around it are not part of it. */
    Optional<String> value(Content content) {
        return switch (content.kind()) {
            case STORED, CONFIGURED -> Optional.of(content.text());
            // As it is: a secret may have ${ in it.
            case ENV -> present(environment.getConfigValue(content.text()).getRawValue());
            case FILE -> folder.flatMap(it -> read(it.resolve(content.text())));
        };
    }

    /** The secret as its scheme uses it, or why it cannot be had. */
    Value secret(Content content, KnownScheme scheme) {
        return read(content, text -> new Known(scheme.secret(text)));
    }

    /** The secret as forwards are signed with it, or why it cannot be had. */
    Value signingSecret(Content content, Optional<Instant> expiresAt) {
        return read(content, text -> new Signs(SigningSecret.parse(text, expiresAt)));
    }

    private Value read(Content content, Function<String, Value> reader) {
        try {
            return value(content)
                    .map(reader)
                    .orElseGet(() -> new Unknown(
                            State.MISSING,
                            "The gateway's environment has no %s %s; put it there, and start the gateway again"
                                    .formatted(
                                            content.kind() == Kind.ENV ? "variable" : "secret file", content.text())));
        } catch (IllegalArgumentException e) {
            return new Unknown(State.UNREADABLE, String.valueOf(e.getMessage()));
        }
    }

    private static Optional<String> read(Path file) {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            return present(Files.readString(file));
        } catch (IOException e) {
            LOG.warnf("The secret in %s cannot be read: %s", file, e);
            return Optional.empty();
        }
    }

    private static Optional<String> present(@Nullable String value) {
        return Optional.ofNullable(value).map(String::strip).filter(it -> !it.isEmpty());
    }
}
